internal import GRDB
package import Platform
package import Releases

/// Where a secret of a plugin is kept; its value is not here.
package struct SecretRecord: Hashable, Sendable {
  /// The place that keeps the value.
  package enum Store: String, Hashable, Sendable, CaseIterable {
    /// The Secret Service of the user's session: GNOME Keyring, KWallet, KeePassXC.
    case secretService = "secret-service"
    /// The kernel's keyring, which the next start of the machine empties.
    case keyring
    /// The host's ledger, a file: only where somebody asked for it.
    case file
  }

  /// The plugin.
  package var plugin: PluginName
  /// The key of the setting, or the name of the variable.
  package var key: String
  /// The place that keeps the value.
  package var store: Store
  /// When it was set.
  package var time: Instant

  /// Makes a record from its parts.
  package init(plugin: PluginName, key: String, store: Store, time: Instant) {
    self.plugin = plugin
    self.key = key
    self.store = store
    self.time = time
  }
}

extension Ledger {
  /// The secrets that were set, sorted by plugin and key; of all plugins when none is named.
  package func secrets(of plugin: PluginName? = nil) throws(StorageError) -> [SecretRecord] {
    let sql = "SELECT * FROM secrets WHERE ?1 IS NULL OR plugin = ?1 ORDER BY plugin, key"
    return try rows("secrets", sql, [plugin?.text]) { row throws(StorageError) in
      SecretRecord(
        plugin: try row.plugin(), key: try row.text("key"), store: try row.value("store"), time: try row.time("time"))
    }
  }

  /// Remembers where a secret is kept; `value` only for the store `file`.
  ///
  /// A value that stood among the plain settings under this key is overwritten on the disk.
  package func keep(_ secret: SecretRecord, value: String? = nil) throws(StorageError) {
    try overwriting { database in
      try database.execute(
        sql: "INSERT OR REPLACE INTO secrets VALUES (?, ?, ?, ?, ?)",
        arguments: [secret.plugin.text, secret.key, secret.store.rawValue, value, secret.time.rfc3339])
      let sql = "DELETE FROM user_config WHERE plugin = ? AND key = ?"
      try database.execute(sql: sql, arguments: [secret.plugin.text, secret.key])
    }
  }

  /// The value of a secret that is kept in the file.
  package func secretValue(of plugin: PluginName, key: String) throws(StorageError) -> String? {
    let sql = "SELECT value FROM secrets WHERE plugin = ? AND key = ? AND store = 'file'"
    return try read { try String.fetchOne($0, sql: sql, arguments: [plugin.text, key]) }
  }

  /// Forgets a secret, overwriting a value that is kept in the file.
  ///
  /// - Returns: whether there was one.
  package func forgetSecret(of plugin: PluginName, key: String) throws(StorageError) -> Bool {
    try overwriting { database in
      try database.execute(sql: "DELETE FROM secrets WHERE plugin = ? AND key = ?", arguments: [plugin.text, key])
      return database.changesCount == 1
    }
  }

  /// Writes with what is deleted overwritten by zeros, and empties the write-ahead log afterwards.
  private func overwriting<Value>(_ body: (Database) throws -> Value) throws(StorageError) -> Value {
    let value = try write { database in
      try database.execute(sql: "PRAGMA secure_delete = ON")
      return try body(database)
    }
    // Whoever reads meanwhile keeps the log as it is for a while; the value is gone from it at the next chance.
    try? checkpoint()
    return value
  }
}
