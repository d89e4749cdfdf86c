internal import GRDB
package import Platform
package import Releases
package import Signing
package import StrictJSON
package import SystemPackage

/// An entry that this host made in the configuration of an AI client.
package struct ConnectionRecord: Hashable, Sendable {
  /// How far it has come; a kill in between must not look like somebody else's deed.
  package enum Phase: String, Sendable {
    /// It is about to be written, or was.
    case connecting
    /// It was written.
    case connected
    /// It is about to be taken away, or was.
    case disconnecting
  }

  /// The plugin that it starts.
  package var plugin: PluginName
  /// The client, by the name that the command line knows it by.
  package var client: String
  /// For whom: "user" or "project".
  package var scope: String
  /// The client's file.
  package var path: FilePath
  /// The name of the entry.
  package var key: String
  /// How far it has come.
  package var phase: Phase
  /// The digest of what the entry says; nil before it is written.
  package var entry: SHA256Digest?
  /// What was added around it.
  package var details: JSON
  /// When it was made.
  package var time: Instant

  /// Makes a record from its parts.
  package init(
    plugin: PluginName, client: String, scope: String, path: FilePath, key: String, phase: Phase,
    entry: SHA256Digest? = nil, details: JSON = .null, time: Instant
  ) {
    self.plugin = plugin
    self.client = client
    self.scope = scope
    self.path = path
    self.key = key
    self.phase = phase
    self.entry = entry
    self.details = details
    self.time = time
  }
}

extension Ledger {
  /// Remembers an entry, replacing what was remembered of the one of that name in that file.
  package func save(_ connection: ConnectionRecord) throws(StorageError) {
    try write { database in
      try database.execute(
        sql: "INSERT OR REPLACE INTO connections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        arguments: [
          connection.path.string, connection.key, connection.plugin.text, connection.client, connection.scope,
          connection.phase.rawValue, connection.entry?.hex, connection.details.text(), connection.time.rfc3339,
        ])
    }
  }

  /// The entries that are remembered, sorted by file and name; of all plugins when none is named.
  package func connections(of plugin: PluginName? = nil) throws(StorageError) -> [ConnectionRecord] {
    let sql = "SELECT * FROM connections WHERE ?1 IS NULL OR plugin = ?1 ORDER BY path, key"
    return try rows("connections", sql, [plugin?.text]) { row throws(StorageError) in
      ConnectionRecord(
        plugin: try row.plugin(), client: try row.text("client"), scope: try row.text("scope"),
        path: FilePath(try row.text("path")), key: try row.text("key"), phase: try row.value("phase"),
        entry: row.optionalText("entry").flatMap { SHA256Digest(hex: $0) }, details: try row.json("details"),
        time: try row.time("time"))
    }
  }

  /// Forgets an entry; what stands in the file stays.
  package func forgetConnection(_ key: String, at path: FilePath) throws(StorageError) {
    try write { database in
      try database.execute(
        sql: "DELETE FROM connections WHERE path = ? AND key = ?", arguments: [path.string, key])
    }
  }
}
