internal import GRDB
package import Platform
package import Releases

/// A person's recorded consent to something that is never done automatically.
package struct Approval: Hashable, Sendable {
  /// The plugin.
  package var plugin: PluginName
  /// The exact release it is for.
  package var tree: TreeName
  /// What was approved, such as "permission-widening" or "tool-text".
  package var kind: String
  /// Who approved.
  package var who: String
  /// When.
  package var time: Instant
  /// Why, in that person's words.
  package var reason: String

  /// Makes an approval from its parts.
  package init(plugin: PluginName, tree: TreeName, kind: String, who: String, time: Instant, reason: String) {
    self.plugin = plugin
    self.tree = tree
    self.kind = kind
    self.who = who
    self.time = time
    self.reason = reason
  }
}

/// What keeps a plugin from taking an update.
package struct Hold: Hashable, Sendable {
  /// What kind of obstacle it is.
  package enum Kind: String, Sendable {
    /// Stay here and take no update, or not this version.
    case hold
    /// Stay on this version.
    case pin
    /// Never take this version.
    case skip
  }

  /// Its number; 0 before it is placed.
  package var id: Int64
  /// The plugin.
  package var plugin: PluginName
  /// What kind of obstacle it is.
  package var kind: Kind
  /// The version it is about; nil for every version.
  package var version: ReleaseVersion?
  /// When it ends by itself; nil for never.
  package var until: Instant?
  /// Why, in a sentence.
  package var reason: String
  /// When it was placed.
  package var created: Instant

  /// Makes a hold that is not placed yet.
  package init(
    plugin: PluginName, kind: Kind, version: ReleaseVersion? = nil, until: Instant? = nil, reason: String,
    created: Instant
  ) {
    id = 0
    self.plugin = plugin
    self.kind = kind
    self.version = version
    self.until = until
    self.reason = reason
    self.created = created
  }
}

extension Ledger {
  /// Records a person's consent; a later one for the same release and kind replaces it.
  package func approve(_ approval: Approval) throws(StorageError) {
    try write { database in
      try database.execute(
        sql: "INSERT OR REPLACE INTO approvals VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          approval.plugin.text, approval.tree.text, approval.kind.forLedger, approval.who.forLedger,
          approval.time.rfc3339, approval.reason.forLedger,
        ])
    }
  }

  /// What was approved of a plugin, sorted by tree and kind; of one release when a tree is named.
  package func approvals(of plugin: PluginName, tree: TreeName? = nil) throws(StorageError) -> [Approval] {
    let sql = "SELECT * FROM approvals WHERE plugin = ?1 AND (?2 IS NULL OR tree = ?2) ORDER BY tree, kind"
    return try rows("approvals", sql, [plugin.text, tree?.text]) { row throws(StorageError) in
      Approval(
        plugin: try row.plugin(), tree: try row.tree("tree"), kind: try row.text("kind"), who: try row.text("who"),
        time: try row.time("time"), reason: try row.text("reason"))
    }
  }

  /// Places a hold; one of the same kind for the same version is replaced, and there is only ever one pin.
  @discardableResult
  package func place(_ hold: Hold) throws(StorageError) -> Hold {
    try write { database in
      let same = "DELETE FROM holds WHERE plugin = ? AND kind = ? AND (version IS ? OR kind = 'pin')"
      try database.execute(sql: same, arguments: [hold.plugin.text, hold.kind.rawValue, hold.version?.text])
      try database.execute(
        sql: "INSERT INTO holds (plugin, kind, version, until, reason, created) VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          hold.plugin.text, hold.kind.rawValue, hold.version?.text, hold.until?.rfc3339, hold.reason.forLedger,
          hold.created.rfc3339,
        ])
      var placed = hold
      placed.id = database.lastInsertedRowID
      return placed
    }
  }

  /// The holds that are in force at a moment, oldest first; of all plugins when none is named.
  package func holds(of plugin: PluginName? = nil, at now: Instant) throws(StorageError) -> [Hold] {
    let sql = "SELECT * FROM holds WHERE ?1 IS NULL OR plugin = ?1 ORDER BY id"
    let all = try rows("holds", sql, [plugin?.text]) { row throws(StorageError) in
      var hold = Hold(
        plugin: try row.plugin(), kind: try row.value("kind"), version: try row.optionalVersion("version"),
        until: try row.optionalTime("until"), reason: try row.text("reason"), created: try row.time("created"))
      hold.id = try row.integer("id")
      return hold
    }
    return all.filter { $0.until.map { $0 > now } ?? true }
  }

  /// Lifts the one hold of this number.
  ///
  /// - Returns: whether it was still there.
  @discardableResult
  package func lift(hold id: Int64) throws(StorageError) -> Bool {
    try write { database in
      try database.execute(sql: "DELETE FROM holds WHERE id = ?", arguments: [id])
      return database.changesCount == 1
    }
  }

  /// Lifts holds of a plugin.
  ///
  /// - Parameters:
  ///   - kind: only of this kind; nil for every kind.
  ///   - version: only those about this version; nil for every one.
  /// - Returns: how many were lifted.
  @discardableResult
  package func lift(
    of plugin: PluginName, kind: Hold.Kind? = nil, version: ReleaseVersion? = nil
  ) throws(StorageError) -> Int {
    try write { database in
      let sql = """
        DELETE FROM holds WHERE plugin = ?1 AND (?2 IS NULL OR kind = ?2) AND (?3 IS NULL OR version = ?3)
        """
      try database.execute(sql: sql, arguments: [plugin.text, kind?.rawValue, version?.text])
      return database.changesCount
    }
  }
}
