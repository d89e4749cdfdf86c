internal import GRDB
package import Platform
package import Releases
package import StrictJSON

/// What a host remembers about one installed plugin.
package struct InstallRecord: Hashable, Sendable {
  /// The plugin.
  package var plugin: PluginName
  /// The id of the repository it comes from.
  package var repository: String
  /// The channel it follows.
  package var channel: ChannelName
  /// The version that was switched to last; `current` is the truth.
  package var version: ReleaseVersion?
  /// The tree that was switched to last; `current` is the truth.
  package var tree: TreeName?
  /// How this host updates it: soak, automatic updates, whatever its user chose.
  package var policy: JSON
  /// When it was installed first.
  package var installed: Instant
  /// When this record changed last.
  package var changed: Instant

  /// Makes a record from its parts.
  package init(
    plugin: PluginName, repository: String, channel: ChannelName, version: ReleaseVersion? = nil, tree: TreeName? = nil,
    policy: JSON = .object([:]), installed: Instant, changed: Instant
  ) {
    self.plugin = plugin
    self.repository = repository
    self.channel = channel
    self.version = version
    self.tree = tree
    self.policy = policy
    self.installed = installed
    self.changed = changed
  }
}

/// One configuration value of a plugin, kept outside its tree over all updates.
package struct UserConfigRecord: Hashable, Sendable {
  /// The option's key.
  package var key: String
  /// The value, as the bundle manifest's option reads it.
  package var value: JSON
  /// Whether it must not be shown.
  package var isSensitive: Bool

  /// Makes a record from its parts.
  package init(key: String, value: JSON, isSensitive: Bool) {
    self.key = key
    self.value = value
    self.isSensitive = isSensitive
  }
}

extension Ledger {
  /// The installed plugins, sorted by name.
  package func installs() throws(StorageError) -> [InstallRecord] {
    try rows("installs", "SELECT * FROM installs ORDER BY plugin", [], Self.install)
  }

  /// What is remembered about one plugin; nil when it is not installed.
  package func install(of plugin: PluginName) throws(StorageError) -> InstallRecord? {
    try rows("installs", "SELECT * FROM installs WHERE plugin = ?", [plugin.text], Self.install).first
  }

  /// Remembers a plugin, replacing what was remembered; the first time of installation stays.
  package func save(_ install: InstallRecord) throws(StorageError) {
    try write { database in
      try database.execute(
        sql: """
          INSERT INTO installs (plugin, repository, channel, version, tree, policy, installed, changed)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (plugin) DO UPDATE SET repository = excluded.repository, channel = excluded.channel,
            version = excluded.version, tree = excluded.tree, policy = excluded.policy, changed = excluded.changed
          """,
        arguments: [
          install.plugin.text, install.repository, install.channel.text, install.version?.text, install.tree?.text,
          install.policy.text(), install.installed.rfc3339, install.changed.rfc3339,
        ])
    }
  }

  /// Forgets a plugin with its configuration values, holds and approvals.
  ///
  /// History and sequence floors stay: installing it again must not open the way to an older release.
  package func forget(_ plugin: PluginName) throws(StorageError) {
    try write { database in
      for table in [
        "installs", "user_config", "holds", "approvals", "observed_tools", "accepted_tools", "secrets",
      ] {
        try database.execute(sql: "DELETE FROM \(table) WHERE plugin = ?", arguments: [plugin.text])
      }
    }
  }

  /// The highest sequence of a channel manifest that was ever seen; nil when none was.
  package func sequenceFloor(
    repository: String, plugin: PluginName, channel: ChannelName
  ) throws(StorageError) -> Int64? {
    let sql = "SELECT sequence FROM sequence_floors WHERE repository = ? AND plugin = ? AND channel = ?"
    return try read { try Int64.fetchOne($0, sql: sql, arguments: [repository, plugin.text, channel.text]) }
  }

  /// Raises a sequence floor; a lower sequence changes nothing.
  ///
  /// - Returns: the floor afterwards.
  @discardableResult
  package func raiseSequenceFloor(
    repository: String, plugin: PluginName, channel: ChannelName, to sequence: Int64
  ) throws(StorageError) -> Int64 {
    try write { database in
      try database.execute(
        sql: """
          INSERT INTO sequence_floors VALUES (?, ?, ?, ?)
          ON CONFLICT (repository, plugin, channel) DO UPDATE SET sequence = max(sequence, excluded.sequence)
          """, arguments: [repository, plugin.text, channel.text, sequence])
      let sql = "SELECT sequence FROM sequence_floors WHERE repository = ? AND plugin = ? AND channel = ?"
      let found = try Int64.fetchOne(database, sql: sql, arguments: [repository, plugin.text, channel.text])
      return found ?? sequence
    }
  }

  /// The configuration values of a plugin, sorted by key.
  package func userConfig(of plugin: PluginName) throws(StorageError) -> [UserConfigRecord] {
    try rows("user_config", "SELECT * FROM user_config WHERE plugin = ? ORDER BY key", [plugin.text]) {
      row throws(StorageError) in
      UserConfigRecord(
        key: try row.text("key"), value: try row.json("value"), isSensitive: try row.flag("sensitive"))
    }
  }

  /// Sets configuration values of a plugin, leaving the others alone.
  ///
  /// The value `null` removes one. All changes are made or none.
  package func setUserConfig(_ values: [UserConfigRecord], of plugin: PluginName) throws(StorageError) {
    try write { database in
      for value in values {
        if value.value.isNull {
          let sql = "DELETE FROM user_config WHERE plugin = ? AND key = ?"
          try database.execute(sql: sql, arguments: [plugin.text, value.key])
        } else {
          try database.execute(
            sql: "INSERT OR REPLACE INTO user_config VALUES (?, ?, ?, ?)",
            arguments: [plugin.text, value.key, value.value.text(), value.isSensitive ? 1 : 0])
        }
      }
    }
  }

  private static func install(_ row: LedgerRow) throws(StorageError) -> InstallRecord {
    guard let channel = try? ChannelName(try row.text("channel")) else {
      throw .ledgerRow(table: "installs", reason: "the column channel is malformed")
    }
    return InstallRecord(
      plugin: try row.plugin(), repository: try row.text("repository"), channel: channel,
      version: try row.optionalVersion("version"), tree: try row.optionalTree("tree"), policy: try row.json("policy"),
      installed: try row.time("installed"), changed: try row.time("changed"))
  }
}
