internal import GRDB
package import Platform
package import Releases

/// A plugin that is on its way off this host.
package struct Removal: Hashable, Sendable {
  /// The plugin.
  package let plugin: PluginName
  /// Whether its state goes as well.
  package let purges: Bool
  /// When it was decided.
  package let time: Instant
}

extension Ledger {
  /// Decides that a plugin goes, and writes that into the history, in one step: from here on it is not installed, and
  /// whoever comes next finishes what is left of it.
  ///
  /// Its configuration values and its audit log stay where its state does. History, sequence floors and the ages of
  /// offers stay always: installing it again must not open the way to an older release.
  package func decideRemoval(
    of plugin: PluginName, purging purges: Bool, _ entry: HistoryEntry
  ) throws(StorageError) {
    try write { database in
      try database.execute(
        sql: "INSERT OR REPLACE INTO removals VALUES (?, ?, ?)",
        arguments: [plugin.text, purges ? 1 : 0, entry.time.rfc3339])
      let always = ["installs", "holds", "approvals", "observed_tools", "accepted_tools"]
      for table in always + (purges ? ["user_config", "audit_heads", "secrets"] : []) {
        try database.execute(sql: "DELETE FROM \(table) WHERE plugin = ?", arguments: [plugin.text])
      }
      try Self.insert(entry, database)
    }
  }

  /// The plugins that are on their way off this host, sorted by name.
  package func removals() throws(StorageError) -> [Removal] {
    try rows("removals", "SELECT * FROM removals ORDER BY plugin") { row throws(StorageError) in
      Removal(plugin: try row.plugin(), purges: try row.flag("purge"), time: try row.time("time"))
    }
  }

  /// Remembers that nothing is left of a plugin but what was to stay.
  package func endRemoval(of plugin: PluginName) throws(StorageError) {
    try write { database in
      try database.execute(sql: "DELETE FROM removals WHERE plugin = ?", arguments: [plugin.text])
    }
  }
}
