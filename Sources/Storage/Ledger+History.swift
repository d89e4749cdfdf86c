internal import GRDB
package import Platform
package import Releases
package import StrictJSON

/// One thing that happened to a plugin on this host.
package struct HistoryEntry: Hashable, Sendable {
  /// Its number, 0 before it is recorded; later ones are larger.
  package var id: Int64
  /// When it happened.
  package var time: Instant
  /// The plugin.
  package var plugin: PluginName
  /// What happened in one word, such as "install", "update" or "rollback".
  package var event: String
  /// The version before.
  package var fromVersion: ReleaseVersion?
  /// The version afterwards.
  package var toVersion: ReleaseVersion?
  /// The tree before.
  package var fromTree: TreeName?
  /// The tree afterwards.
  package var toTree: TreeName?
  /// Why, in a sentence.
  package var reason: String
  /// More, for programs.
  package var details: JSON

  /// Makes an entry that is not recorded yet.
  package init(
    time: Instant, plugin: PluginName, event: String, fromVersion: ReleaseVersion? = nil,
    toVersion: ReleaseVersion? = nil, fromTree: TreeName? = nil, toTree: TreeName? = nil, reason: String,
    details: JSON = .null
  ) {
    id = 0
    self.time = time
    self.plugin = plugin
    self.event = event
    self.fromVersion = fromVersion
    self.toVersion = toVersion
    self.fromTree = fromTree
    self.toTree = toTree
    self.reason = reason
    self.details = details
  }
}

extension Ledger {
  /// Records something that happened; beyond `historyLimit` the oldest entries go.
  ///
  /// - Returns: the entry's number.
  @discardableResult
  package func record(_ entry: HistoryEntry) throws(StorageError) -> Int64 {
    try write { database in try Self.insert(entry, database) }
  }

  /// Writes an entry within a change that is made with it or not at all.
  @discardableResult
  static func insert(_ entry: HistoryEntry, _ database: Database) throws -> Int64 {
    try database.execute(
      sql: """
        INSERT INTO history (time, plugin, event, from_version, to_version, from_tree, to_tree, reason, details)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        entry.time.rfc3339, entry.plugin.text, entry.event.forLedger, entry.fromVersion?.text, entry.toVersion?.text,
        entry.fromTree?.text, entry.toTree?.text, entry.reason.forLedger, entry.details.text(),
      ])
    let id = database.lastInsertedRowID
    try database.execute(sql: "DELETE FROM history WHERE id <= ?", arguments: [id - Int64(Self.historyLimit)])
    return id
  }

  /// The latest entries, newest first; of all plugins when none is named.
  package func history(of plugin: PluginName? = nil, limit: Int = 100) throws(StorageError) -> [HistoryEntry] {
    let sql = "SELECT * FROM history WHERE ?1 IS NULL OR plugin = ?1 ORDER BY id DESC LIMIT ?2"
    return try rows("history", sql, [plugin?.text, max(0, limit)]) { row throws(StorageError) in
      var entry = HistoryEntry(
        time: try row.time("time"), plugin: try row.plugin(), event: try row.text("event"),
        fromVersion: try row.optionalVersion("from_version"), toVersion: try row.optionalVersion("to_version"),
        fromTree: try row.optionalTree("from_tree"), toTree: try row.optionalTree("to_tree"),
        reason: try row.text("reason"), details: try row.json("details"))
      entry.id = try row.integer("id")
      return entry
    }
  }

  /// Every plugin to which something happened, sorted by name, whether or not it is installed.
  package func pluginsOfHistory() throws(StorageError) -> [PluginName] {
    try rows("history", "SELECT DISTINCT plugin FROM history ORDER BY plugin") { row throws(StorageError) in
      try row.plugin()
    }
  }
}
