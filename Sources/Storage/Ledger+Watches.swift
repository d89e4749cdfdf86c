internal import GRDB
package import Platform
package import Releases

/// A release that was switched on and whose first sessions have not yet proved it.
package struct ReleaseWatch: Hashable, Sendable {
  /// The plugin.
  package let plugin: PluginName
  /// The version that is watched.
  package let version: ReleaseVersion
  /// Its tree; another tree ends the watch.
  package let tree: TreeName
  /// When it was switched on.
  package let since: Instant

  /// A watch from a moment on.
  package init(plugin: PluginName, version: ReleaseVersion, tree: TreeName, since: Instant) {
    self.plugin = plugin
    self.version = version
    self.tree = tree
    self.since = since
  }
}

/// One time that a host left a release by itself.
package struct AutomaticReturn: Hashable, Sendable {
  /// Its number; later ones are larger.
  package let id: Int64
  /// The version that was left.
  package let version: ReleaseVersion
  /// The tree that was left.
  package let tree: TreeName
  /// When.
  package let time: Instant
  /// How often it was tried; more than one where a process died on the way.
  package let attempts: Int
  /// Whether it came to its end.
  package let isDone: Bool
  /// Whether nothing was left, because a person was asked instead.
  package let isQuestion: Bool
  /// Why, in a sentence.
  package let reason: String
}

extension Ledger {
  /// How many returns of one plugin are remembered.
  package static let returnLimit = 200

  /// Watches a release from now on; a plugin has at most one watch.
  package func beginWatch(_ watch: ReleaseWatch) throws(StorageError) {
    try write { database in
      try database.execute(
        sql: "INSERT OR REPLACE INTO watches VALUES (?, ?, ?, ?)",
        arguments: [watch.plugin.text, watch.version.text, watch.tree.text, watch.since.rfc3339])
    }
  }

  /// What is watched of a plugin; nil for nothing.
  package func watch(of plugin: PluginName) throws(StorageError) -> ReleaseWatch? {
    try rows("watches", "SELECT * FROM watches WHERE plugin = ?", [plugin.text], Self.watch).first
  }

  /// Everything that is watched, by plugin.
  package func watches() throws(StorageError) -> [ReleaseWatch] {
    try rows("watches", "SELECT * FROM watches ORDER BY plugin", [], Self.watch)
  }

  /// Ends the watch of a plugin, or only the one over a tree.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  package func endWatch(of plugin: PluginName, tree: TreeName? = nil) throws(StorageError) -> Bool {
    try write { database in
      try database.execute(
        sql: "DELETE FROM watches WHERE plugin = ?1 AND (?2 IS NULL OR tree = ?2)",
        arguments: [plugin.text, tree?.text])
      return database.changesCount == 1
    }
  }

  /// What stands in the column `done` where a person was asked.
  private static let asked: Int64 = 2

  /// Writes down that a person was asked whether a release is to be left, so that it is never left by itself later.
  package func noteQuestion(_ watch: ReleaseWatch, at now: Instant, reason: String) throws(StorageError) {
    try write { database in
      try database.execute(
        sql: """
          INSERT INTO automatic_returns (plugin, version, tree, time, attempts, done, reason)
          VALUES (?, ?, ?, ?, 1, ?, ?)
          """,
        arguments: [
          watch.plugin.text, watch.version.text, watch.tree.text, now.rfc3339, Self.asked, reason.forLedger,
        ])
    }
  }

  /// Writes down, before it happens, that a release is left by itself; a try that was cut is gone on with.
  package func beginReturn(_ watch: ReleaseWatch, at now: Instant, reason: String) throws(StorageError) {
    try write { database in
      let again = "UPDATE automatic_returns SET attempts = attempts + 1 WHERE plugin = ? AND tree = ? AND done = 0"
      try database.execute(sql: again, arguments: [watch.plugin.text, watch.tree.text])
      guard database.changesCount == 0 else { return }
      try database.execute(
        sql: """
          INSERT INTO automatic_returns (plugin, version, tree, time, attempts, done, reason)
          VALUES (?, ?, ?, ?, 1, 0, ?)
          """,
        arguments: [watch.plugin.text, watch.version.text, watch.tree.text, now.rfc3339, reason.forLedger])
      let old = """
        DELETE FROM automatic_returns WHERE plugin = ?1 AND id NOT IN (
          SELECT id FROM automatic_returns WHERE plugin = ?1 ORDER BY id DESC LIMIT ?2)
        """
      try database.execute(sql: old, arguments: [watch.plugin.text, Self.returnLimit])
    }
  }

  /// Writes down that a release was left, and ends its watch in the same step.
  package func finishReturn(_ watch: ReleaseWatch) throws(StorageError) {
    try write { database in
      try database.execute(
        sql: "UPDATE automatic_returns SET done = 1 WHERE plugin = ? AND tree = ? AND done = 0",
        arguments: [watch.plugin.text, watch.tree.text])
      try database.execute(
        sql: "DELETE FROM watches WHERE plugin = ? AND tree = ?", arguments: [watch.plugin.text, watch.tree.text])
    }
  }

  /// How often releases of a plugin were left by themselves, newest first.
  package func automaticReturns(of plugin: PluginName) throws(StorageError) -> [AutomaticReturn] {
    let sql = "SELECT * FROM automatic_returns WHERE plugin = ? ORDER BY id DESC"
    return try rows("automatic_returns", sql, [plugin.text]) { row throws(StorageError) in
      AutomaticReturn(
        id: try row.integer("id"), version: try row.version("version"), tree: try row.tree("tree"),
        time: try row.time("time"), attempts: Int(clamping: try row.integer("attempts")), isDone: try row.flag("done"),
        isQuestion: try row.integer("done") == Self.asked, reason: try row.text("reason"))
    }
  }

  private static func watch(_ row: LedgerRow) throws(StorageError) -> ReleaseWatch {
    ReleaseWatch(
      plugin: try row.plugin(), version: try row.version("version"), tree: try row.tree("tree"),
      since: try row.time("since"))
  }
}
