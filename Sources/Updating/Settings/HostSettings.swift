package import Platform
package import Releases
package import SystemPackage

/// Every option of this host with who set it.
///
/// What holds, from the weakest to the strongest: the standard, `config.yaml`, the plugin's section in it, the
/// environment, the command line. `SERIN_CHANNEL` alone does not reach plugins that are installed: it names the channel
/// of new ones.
package struct HostSettings: Sendable {
  /// The file, whether it is there or not.
  package let path: FilePath
  /// What holds for the whole host.
  package let values: SettingValues
  /// Variables that look like options and are none, with what may be meant.
  package let strangers: [(name: String, nearest: String?)]
  private let origins: [SettingKey: SettingOrigin]
  private let file: SettingsFile
  private let variables: [SettingKey: WrittenSetting]

  /// Reads `config.yaml` and the environment.
  ///
  /// Throws ``SettingsError`` with file, line, column and what is allowed, and `FileError`. A file that is not there
  /// says nothing.
  package static func load(
    folders: Folders, environment: [String: String], files: any FileSystem
  ) throws -> HostSettings {
    let path = Self.path(folders)
    return try HostSettings(try SettingsFile.read(path, files), environment: environment)
  }

  /// Where the file is: `$XDG_CONFIG_HOME/serin/config.yaml`.
  package static func path(_ folders: Folders) -> FilePath { folders.config.appending("config.yaml") }

  init(_ file: SettingsFile, environment: [String: String]) throws {
    (path, self.file) = (file.path, file)
    variables = try Self.variables(environment)
    strangers = Self.strangers(environment)
    (values, origins) = Self.merge([file.host, variables])
  }

  /// What holds for one plugin; a section with its full name goes before one with its short name.
  package func plugin(_ name: PluginName) -> PluginSettings {
    let values = merged(for: name).values
    return PluginSettings(values, channel: section(of: name)[.channel] == nil ? nil : values.channel)
  }

  /// The value of an option and who set it, for one plugin or for the whole host.
  package func value(of key: SettingKey, for plugin: PluginName? = nil) -> (
    texts: [String], origin: SettingOrigin
  ) {
    guard let plugin else { return (values.texts(of: key), origins[key] ?? .standard) }
    let (values, origins) = merged(for: plugin)
    return (values.texts(of: key), origins[key] ?? .standard)
  }

  /// The channel from which a plugin is installed, by its full or short name.
  package func channel(of name: String) -> ChannelName {
    let named = file.plugins[name] ?? file.plugins.first { $0.key.hasSuffix("/" + name) }?.value
    guard let texts = named?[.channel]?.texts else { return values.channel }
    var section = values
    return section.set(.channel, to: texts) ? section.channel : values.channel
  }

  /// The names that have sections of their own, sorted.
  package var sections: [String] { file.plugins.keys.sorted() }

  private func merged(for plugin: PluginName) -> (values: SettingValues, origins: [SettingKey: SettingOrigin]) {
    var variables = variables
    // A variable that moved every installed plugin to another channel would be a trap.
    if section(of: plugin)[.channel] != nil { variables[.channel] = nil }
    return Self.merge([file.host, section(of: plugin), variables])
  }

  private func section(of plugin: PluginName) -> [SettingKey: WrittenSetting] {
    file.plugins[plugin.text] ?? file.plugins[plugin.name] ?? [:]
  }

  private static func merge(
    _ layers: [[SettingKey: WrittenSetting]]
  ) -> (values: SettingValues, origins: [SettingKey: SettingOrigin]) {
    var values = SettingValues()
    var origins: [SettingKey: SettingOrigin] = [:]
    for layer in layers {
      for (key, setting) in layer where values.set(key, to: setting.texts) { origins[key] = setting.origin }
    }
    return (values, origins)
  }

  private static func variables(_ environment: [String: String]) throws -> [SettingKey: WrittenSetting] {
    var found: [SettingKey: WrittenSetting] = [:]
    for key in SettingKey.allCases {
      // As for XDG's variables, an empty one counts as not set.
      guard let text = environment[key.variable], !text.isEmpty else { continue }
      let texts = key.texts(from: text)
      guard key.takes(texts) else {
        throw SettingsError.badVariable(name: key.variable, offered: text, rule: key.rule)
      }
      found[key] = WrittenSetting(texts: texts, origin: .variable(key.variable))
    }
    return found
  }

  private static func strangers(_ environment: [String: String]) -> [(name: String, nearest: String?)] {
    let known = SettingKey.allCases.map(\.variable) + ["SERIN_HOME", "SERIN_PASSPHRASE_FILE"]
    return environment.keys.filter { $0.hasPrefix("SERIN_") && !known.contains($0) }.sorted().compactMap { name in
      // Others' variables may begin the same way: only what is near to one of ours is worth a word.
      NearestName.of(name.lowercased(), among: known.map { $0.lowercased() }).map { (name, $0.uppercased()) }
    }
  }
}

extension SettingsFile {
  static func read(_ path: FilePath, _ files: any FileSystem) throws -> SettingsFile {
    let bytes: [UInt8]
    do {
      bytes = try files.readAll(path, limit: limit)
    } catch {
      if error.reason == .notFound { return SettingsFile(absent: path) }
      throw error
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw SettingsError.unreadable(path: path.string, place: nil, reason: "it is not UTF-8 text")
    }
    return try SettingsFile(text, at: path)
  }
}

extension PluginHost {
  /// The settings of this host, read anew.
  ///
  /// Throws ``SettingsError``: whoever acts by settings must not act by others than those that are written.
  package func settings() throws -> HostSettings {
    try HostSettings.load(folders: folders, environment: environment, files: machine.files)
  }
}
