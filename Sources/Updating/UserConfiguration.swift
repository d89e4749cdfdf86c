import Platform
package import Releases
import Storage

extension PluginHost {
  /// The values that a plugin would be started with: the kept ones, the given ones over them, and defaults for the
  /// rest.
  ///
  /// Throws ``UpdatingError/missingConfiguration(plugin:keys:)`` where a required option has no value,
  /// ``UpdatingError/unknownConfiguration(plugin:key:known:)``, `SecretError.missing` for a secret that its store does
  /// not have any more, and `ReleaseError` for a value that breaks its option's rule.
  package func configuration(
    for manifest: BundleManifest, setting texts: [String] = []
  ) async throws -> [String: UserConfigValue] {
    let known = manifest.userConfig.map(\.key)
    for key in texts.map({ String($0.prefix { $0 != "=" }) }) where !known.contains(key) {
      throw UpdatingError.unknownConfiguration(plugin: manifest.plugin.text, key: key, known: known)
    }
    let given = try UserConfigOption.values(from: texts, options: manifest.userConfig)
    var values = try keptConfiguration(of: manifest)
    // What is given now need not be looked up, and mends what was lost.
    for (key, value) in try await secretConfiguration(of: manifest, except: Set(given.keys)) { values[key] = value }
    for (key, value) in given { values[key] = value }
    let missing = UserConfigOption.missing(values, options: manifest.userConfig)
    guard missing.isEmpty else {
      throw UpdatingError.missingConfiguration(plugin: manifest.plugin.text, keys: missing.map(\.key))
    }
    return values
  }

  /// What a release needs and nobody has given a value for yet.
  func missingSettings(of manifest: BundleManifest) throws -> [UserConfigOption] {
    let secrets = try ledger.secrets(of: manifest.plugin).map(\.key)
    return UserConfigOption.missing(try keptConfiguration(of: manifest), options: manifest.userConfig)
      .filter { !secrets.contains($0.key) }
  }

  /// Keeps values outside the tree, where every later release finds them; secret ones in the store for secrets.
  func keep(_ values: [String: UserConfigValue], of manifest: BundleManifest) async throws {
    var records: [UserConfigRecord] = []
    for (key, value) in values {
      if manifest.userConfig.first(where: { $0.key == key })?.sensitive == true {
        try await keepSecret(value, under: key, of: manifest.plugin)
      } else {
        records.append(UserConfigRecord(key: key, value: value.json, isSensitive: false))
      }
    }
    try ledger.setUserConfig(records, of: manifest.plugin)
  }

  /// The keys that have a value, secret or not.
  func configuredKeys(of plugin: PluginName) throws -> Set<String> {
    Set(try ledger.userConfig(of: plugin).map(\.key)).union(try ledger.secrets(of: plugin).map(\.key))
  }

  /// The kept values that this release still knows; what it no longer knows stays kept, for a rollback.
  private func keptConfiguration(of manifest: BundleManifest) throws -> [String: UserConfigValue] {
    // A plugin without options asks nothing of the ledger, which costs time at each start.
    guard !manifest.userConfig.isEmpty else { return [:] }
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
