package import Platform
package import Releases
package import Signing
package import Storage

/// Where this host keeps the secrets of its plugins.
///
/// Chosen by what works: the Secret Service of the session, which is encrypted on the disk and outlives reboots; else
/// the kernel's keyring, which is never on a disk and forgets at the next start of the machine. A file is taken only
/// where the setting `secret-store` says so. Where a secret was put is remembered with it, so that reading asks one
/// store.
package struct SecretVault: Sendable {
  /// The largest value in bytes, as it is kept.
  static let limit = 32_000

  let ledger: Ledger
  let machine: Machine
  let environment: [String: String]
  /// What the settings say.
  let choice: SecretStoreChoice
  /// Keeps the secrets of different hosts of one user apart.
  let hostID: String

  private var service: SecretService { SecretService(machine: machine, environment: environment) }

  /// What a new secret would be kept in; throws ``SecretError/noStore(reasons:)`` where nothing works.
  package func store() async throws -> SecretRecord.Store {
    switch choice {
    case .automatic: break
    case .secretService: return .secretService
    case .keyring: return .keyring
    case .file: return .file
    }
    let reasons = await obstacles()
    if reasons.service == nil { return .secretService }
    if reasons.keyring == nil { return .keyring }
    throw SecretError.noStore(reasons: [reasons.service, reasons.keyring].compactMap { $0 })
  }

  /// Why each store cannot be used here; nil where it can.
  func obstacles() async -> (service: String?, keyring: String?) {
    var keyring: String?
    do throws(KeyringError) { try machine.keyring.check() } catch { keyring = error.description }
    return (await service.obstacle(), keyring)
  }

  /// Keeps a secret, in the place of an older one wherever that was.
  package func set(
    _ key: String, of plugin: PluginName, to value: borrowing SecretBytes, at now: Instant
  ) async throws -> SecretRecord {
    guard value.count <= Self.limit else {
      throw SecretError.badValue(key: key, reason: "it has \(value.count) bytes, at most \(Self.limit) are kept")
    }
    let record = SecretRecord(plugin: plugin, key: key, store: try await store(), time: now)
    var text: String?
    switch record.store {
    case .secretService:
      try await service.set(attributes(record), label: "Serin: \(key) of \(plugin)", to: value)
    case .keyring:
      do throws(KeyringError) { try machine.keyring.set(name(record), to: value) } catch {
        throw SecretError.keyring(error)
      }
    case .file:
      var bytes = value.exposed()
      text = String(decoding: bytes, as: UTF8.self)
      SecretBytes.wipe(&bytes)
    }
    // Only when the new one is safe does the old one go.
    if let old = try ledger.secrets(of: plugin).first(where: { $0.key == key }), old.store != record.store {
      try await removeValue(of: old)
    }
    try ledger.keep(record, value: text)
    return record
  }

  /// The value of a secret; nil where its store does not have it any more.
  package func value(of record: SecretRecord) async throws -> SecretBytes? {
    switch record.store {
    case .secretService: return try await service.value(of: attributes(record))
    case .keyring:
      do throws(KeyringError) { return try machine.keyring.value(of: name(record)) } catch {
        throw SecretError.keyring(error)
      }
    case .file:
      guard let text = try ledger.secretValue(of: record.plugin, key: record.key) else { return nil }
      var bytes = Array(text.utf8)
      return try SecretBytes(copying: &bytes)
    }
  }

  /// Removes a secret and forgets where it was.
  package func remove(_ record: SecretRecord) async throws {
    try await removeValue(of: record)
    _ = try ledger.forgetSecret(of: record.plugin, key: record.key)
  }

  /// Asks the keyring for secrets, which keeps it from forgetting them; others need no asking.
  func touch(_ records: [SecretRecord]) {
    for record in records where record.store == .keyring { _ = try? machine.keyring.value(of: name(record))?.count }
  }

  private func removeValue(of record: SecretRecord) async throws {
    switch record.store {
    case .secretService: try await service.remove(attributes(record))
    case .keyring:
      do throws(KeyringError) { _ = try machine.keyring.remove(name(record)) } catch {
        throw SecretError.keyring(error)
      }
    case .file: break
    }
  }

  private func name(_ record: SecretRecord) -> String { "serin:\(hostID):\(record.plugin):\(record.key)" }

  private func attributes(_ record: SecretRecord) -> SecretService.Attributes {
    [("serin", "secret"), ("host", hostID), ("plugin", record.plugin.text), ("key", record.key)]
  }
}

extension SecretRecord.Store {
  /// The store in words.
  package var words: String {
    switch self {
    case .secretService: "the Secret Service of your session"
    case .keyring: "the kernel's keyring (until the machine starts again)"
    case .file: "the host's ledger, a file"
    }
  }
}
