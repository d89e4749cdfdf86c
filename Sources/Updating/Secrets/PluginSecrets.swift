import Platform
package import Releases
package import Signing
package import Storage
import StrictJSON

/// A secret that an installed release can have.
package struct SecretSlot: Hashable, Sendable {
  /// The key of the setting, or the name of the variable.
  package let key: String
  /// Whether the release does not start without it.
  package let isRequired: Bool
  /// Where its value is kept; nil where none was set.
  package let record: SecretRecord?
  /// Whether the store still has it; nil where none was set.
  package let isThere: Bool?
}

extension PluginHost {
  /// The store of this host's secrets.
  package func vault() throws -> SecretVault {
    SecretVault(
      ledger: ledger, machine: machine, environment: environment, choice: try settings().values.secretStore,
      hostID: try folder.hostID())
  }

  /// The secrets that a plugin has or could have: sensitive settings, secret variables, and what was set before.
  package func secrets(of plugin: PluginName) async throws -> [SecretSlot] {
    let records = try ledger.secrets(of: plugin)
    let manifest = try? installed(plugin).manifest
    let needs = manifest.map(Self.secretNeeds) ?? []
    let keys = Set(needs.map(\.key)).union(records.map(\.key)).sorted()
    var slots: [SecretSlot] = []
    for key in keys {
      let record = records.first { $0.key == key }
      var isThere: Bool?
      if let record { isThere = try await vault().value(of: record) != nil }
      slots.append(
        SecretSlot(
          key: key, isRequired: needs.first { $0.key == key }?.isRequired ?? false, record: record, isThere: isThere))
    }
    return slots
  }

  /// Keeps a secret of a plugin, in the place of an older one.
  ///
  /// The value is what the user typed. Throws ``SecretError/unknownKey(plugin:key:known:)`` where the installed release
  /// has no such secret, `ReleaseError` where the value breaks the setting's rule, and what the store refuses.
  package func setSecret(_ key: String, of plugin: PluginName, to text: borrowing SecretBytes) async throws
    -> SecretRecord
  {
    var bytes = text.exposed()
    defer { SecretBytes.wipe(&bytes) }
    guard let typed = String(validating: bytes, as: UTF8.self), !typed.utf8.contains(0) else {
      throw SecretError.badValue(key: key, reason: "it is no text")
    }
    var value = UserConfigValue.string(typed)
    let manifests = try manifests(of: plugin)
    if !manifests.isEmpty {
      let known = Set(manifests.flatMap(Self.secretNeeds).map(\.key))
      guard known.contains(key) else {
        throw SecretError.unknownKey(plugin: plugin.text, key: key, known: known.sorted())
      }
      let options = manifests.flatMap(\.userConfig)
      if let option = options.first(where: { $0.key == key && $0.sensitive }) {
        value = try option.value(from: [typed])
      }
    }
    return try await keepSecret(value, under: key, of: plugin)
  }

  /// What is installed of a plugin, and what waits to be: a release may wait for the very secret that it needs.
  private func manifests(of plugin: PluginName) throws -> [BundleManifest] {
    let home = try folder.plugin(plugin)
    let trees = [try? home.current(), try? home.marked(.candidate)].compactMap { $0 }
    return trees.compactMap { try? home.outline(of: $0) }
  }

  /// Refuses a release some of whose secret variables have no value: it would not start.
  ///
  /// Throws ``UpdatingError/missingConfiguration(plugin:keys:)``.
  func requireSecretVariables(of manifest: BundleManifest) throws {
    let kept = try ledger.secrets(of: manifest.plugin).map(\.key)
    let missing = manifest.permissions.env.secret.filter { !kept.contains($0) && environment[$0] == nil }
    guard missing.isEmpty else {
      throw UpdatingError.missingConfiguration(plugin: manifest.plugin.text, keys: missing)
    }
  }

  /// Asks the kernel's keyring for what it keeps of this host: what nobody asks for it forgets after three days.
  func keepSecretsAwake() {
    guard let records = try? ledger.secrets(), let vault = try? vault() else { return }
    vault.touch(records)
  }

  /// Removes a secret of a plugin; throws ``SecretError/notSet(plugin:key:known:)``.
  package func removeSecret(_ key: String, of plugin: PluginName) async throws {
    let records = try ledger.secrets(of: plugin)
    guard let record = records.first(where: { $0.key == key }) else {
      throw SecretError.notSet(plugin: plugin.text, key: key, known: records.map(\.key))
    }
    try await vault().remove(record)
  }

  /// Removes all secrets of a plugin from their stores: what goes with a plugin that is removed.
  package func removeSecrets(of plugin: PluginName) async throws {
    for record in try ledger.secrets(of: plugin) { try await vault().remove(record) }
  }

  /// Keeps a value in the store, unless the store has this very value already.
  @discardableResult
  func keepSecret(_ value: UserConfigValue, under key: String, of plugin: PluginName) async throws -> SecretRecord {
    var bytes = value.json.serialized(pretty: false)
    defer { SecretBytes.wipe(&bytes) }
    let vault = try vault()
    if let record = try ledger.secrets(of: plugin).first(where: { $0.key == key }),
      var kept = try await vault.value(of: record)?.exposed()
    {
      let isSame = kept == bytes
      SecretBytes.wipe(&kept)
      if isSame { return record }
    }
    let secret = try SecretBytes(copying: &bytes)
    return try await vault.set(key, of: plugin, to: secret, at: machine.clock.now())
  }

  /// The values of a release's sensitive settings.
  ///
  /// One that still stands in the ledger, as before there was a store, moves to the store on this occasion. Throws
  /// ``SecretError/missing(plugin:key:store:)`` where a store does not have one any more.
  func secretConfiguration(
    of manifest: BundleManifest, except given: Set<String>
  ) async throws -> [String: UserConfigValue] {
    try await moveSecrets(of: manifest)
    var values: [String: UserConfigValue] = [:]
    for record in try ledger.secrets(of: manifest.plugin) where !given.contains(record.key) {
      guard let option = manifest.userConfig.first(where: { $0.key == record.key && $0.sensitive }) else { continue }
      let value = try await read(record)
      if (try? option.check(value)) != nil { values[record.key] = value }
    }
    return values
  }

  /// The values of the variables that a release declares secret: kept ones, else those of this process.
  ///
  /// Throws ``SecretError/missing(plugin:key:store:)`` for one that is nowhere.
  func secretVariables(of manifest: BundleManifest) async throws -> [String: String] {
    let records = try ledger.secrets(of: manifest.plugin)
    var values: [String: String] = [:]
    for name in manifest.permissions.env.secret {
      if let record = records.first(where: { $0.key == name }) {
        values[name] = try await read(record).single
      } else if let own = environment[name] {
        values[name] = own
      } else {
        throw SecretError.missing(plugin: manifest.plugin.text, key: name, store: nil)
      }
    }
    return values
  }

  private func read(_ record: SecretRecord) async throws -> UserConfigValue {
    guard var bytes = try await vault().value(of: record)?.exposed() else {
      throw SecretError.missing(plugin: record.plugin.text, key: record.key, store: record.store.words)
    }
    defer { SecretBytes.wipe(&bytes) }
    guard let value = (try? JSON.parse(bytes)).flatMap(UserConfigValue.init(json:)) else {
      throw SecretError.badValue(key: record.key, reason: "its store returned something else than was kept")
    }
    return value
  }

  /// Moves sensitive values out of the ledger; where no store works they stay, and the user is told.
  private func moveSecrets(of manifest: BundleManifest) async throws {
    for record in try ledger.userConfig(of: manifest.plugin) {
      let isSensitive =
        manifest.userConfig.first { $0.key == record.key }?.sensitive ?? record.isSensitive
      guard isSensitive, let value = UserConfigValue(json: record.value) else { continue }
      do {
        try await keepSecret(value, under: record.key, of: manifest.plugin)
      } catch let error as SecretError {
        warn("the secret \(record.key) of \(manifest.plugin) stays in a file of this host: \(error)")
      }
    }
  }

  private static func secretNeeds(_ manifest: BundleManifest) -> [(key: String, isRequired: Bool)] {
    let settings = manifest.userConfig.filter(\.sensitive).map { (key: $0.key, isRequired: $0.required) }
    return settings + manifest.permissions.env.secret.map { (key: $0, isRequired: true) }
  }
}
