import Clients
package import Platform
import Releases
import Storage
package import SystemPackage

/// A change of `config.yaml` that was worked out and not made yet.
package struct SettingsChange: Sendable {
  /// The option.
  package let key: SettingKey
  /// The section that changes; nil for the whole host.
  package let section: String?
  /// The file.
  package let path: FilePath
  /// What changes, line by line; empty where the file says so already.
  package let difference: [String]
  /// The variable that holds against what the file says, if one is set.
  package let overriding: String?
  private let file: ConfigurationFile
  private let content: [UInt8]

  init(_ key: SettingKey, section: String?, file: ConfigurationFile, to text: String, overriding: String?) {
    self.key = key
    self.section = section
    self.file = file
    self.overriding = overriding
    path = file.path
    content = Array(text.utf8)
    difference = LineDifference.lines(from: file.bytes ?? [], to: content)
  }

  /// Makes the change in one step; throws `ClientError`, such as `.changedMeanwhile`.
  package func apply(_ machine: Machine) throws {
    guard !difference.isEmpty else { return }
    try file.write(content, machine.files, keepingBackup: false)
  }
}

extension PluginHost {
  /// Works out how an option is set in `config.yaml`, or with nil for the text taken out of it.
  ///
  /// - Parameter plugin: the plugin whose section is meant, by its full name, or by the short name of one that is
  ///   installed; nil for the whole host.
  /// - Throws: ``SettingsError`` with what is allowed, ``UpdatingError/notInstalled(plugin:)`` for a short name that
  ///   nobody knows, `ClientError` for a file that cannot be replaced.
  package func planSetting(_ name: String, to text: String?, plugin: String?) throws -> SettingsChange {
    guard let key = SettingKey(rawValue: name) else {
      throw SettingsError.noSuchSetting(
        offered: name, nearest: NearestName.of(name, among: SettingKey.allCases.map(\.rawValue)))
    }
    let path = HostSettings.path(folders)
    let file = try ConfigurationFile.read(path, machine.files)
    guard let before = String(validating: file.bytes ?? [], as: UTF8.self) else {
      throw SettingsError.unreadable(path: path.string, place: nil, reason: "it is not UTF-8 text")
    }
    let section = try plugin.map { try self.section(of: $0, in: SettingsFile(before, at: path)) }
    if let section, !key.isPerPlugin {
      throw SettingsError.notForPlugins(path: path.string, place: nil, key: key.rawValue, section: section)
    }
    let edit = try SettingsEdit(before, at: path)
    let after: String
    if let text {
      let texts = key.texts(from: text)
      guard key.takes(texts) else { throw SettingsError.badOffer(key: name, offered: text, rule: key.rule) }
      after = try edit.setting(key, to: texts, section: section)
    } else {
      after = try edit.unsetting(key, section: section)
    }
    let overriding = environment[key.variable].flatMap { $0.isEmpty ? nil : key.variable }
    return SettingsChange(key, section: section, file: file, to: after, overriding: overriding)
  }

  /// The name that a plugin's section has or gets.
  private func section(of name: String, in file: SettingsFile) throws -> String {
    if file.plugins[name] != nil { return name }
    let full = try (try? PluginName(name)) ?? self.plugin(named: name).plugin
    return file.plugins[full.text] == nil && file.plugins[full.name] != nil ? full.name : full.text
  }
}
