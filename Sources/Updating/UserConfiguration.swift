import Platform
package import Releases
import Storage

extension PluginHost {
  /// The values that a plugin would be started with: the kept ones, the given ones over them, and defaults for the
  /// rest.
  ///
  /// Throws ``UpdatingError/missingConfiguration(plugin:keys:)`` where a required option has no value,
  /// ``UpdatingError/unknownConfiguration(plugin:key:known:)``, and `ReleaseError` for a value that
  /// breaks its option's rule.
  package func configuration(
    for manifest: BundleManifest, setting texts: [String] = []
  ) throws -> [String: UserConfigValue] {
    var values = try keptConfiguration(of: manifest)
    let known = manifest.userConfig.map(\.key)
    for key in texts.map({ String($0.prefix { $0 != "=" }) }) where !known.contains(key) {
      throw UpdatingError.unknownConfiguration(plugin: manifest.plugin.text, key: key, known: known)
    }
    for (key, value) in try UserConfigOption.values(from: texts, options: manifest.userConfig) { values[key] = value }
    let missing = missing(values, of: manifest)
    guard missing.isEmpty else {
      throw UpdatingError.missingConfiguration(plugin: manifest.plugin.text, keys: missing.map(\.key))
    }
    return values
  }

  /// What a release needs and nobody has given a value for yet.
  func missingSettings(of manifest: BundleManifest) throws -> [UserConfigOption] {
    missing(try keptConfiguration(of: manifest), of: manifest)
  }

  private func missing(_ values: [String: UserConfigValue], of manifest: BundleManifest) -> [UserConfigOption] {
    UserConfigOption.missing(values, options: manifest.userConfig)
  }

  /// Keeps values outside the tree, where every later release finds them.
  func keep(_ values: [String: UserConfigValue], of manifest: BundleManifest) throws {
    let records = values.map { key, value in
      UserConfigRecord(
        key: key, value: value.json,
        isSensitive: manifest.userConfig.first { $0.key == key }?.sensitive ?? false)
    }
    try ledger.setUserConfig(records, of: manifest.plugin)
  }

  /// The kept values that this release still knows; what it no longer knows stays kept, for a rollback.
  private func keptConfiguration(of manifest: BundleManifest) throws -> [String: UserConfigValue] {
    var values: [String: UserConfigValue] = [:]
    for record in try ledger.userConfig(of: manifest.plugin) {
      guard let option = manifest.userConfig.first(where: { $0.key == record.key }),
        let value = UserConfigValue(json: record.value), (try? option.check(value)) != nil
      else { continue }
      values[record.key] = value
    }
    return values
  }
}
