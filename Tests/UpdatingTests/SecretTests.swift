import Foundation
import Platform
import Releases
import Sandbox
import Signing
import Storage
import StrictJSON
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Updating

@Suite("Secrets of plugins") struct SecretTests {
  private static let options = """
    { "token": { "type": "string", "title": "Token", "description": "Secret", "sensitive": true, "required": true },
      "zone": { "type": "string", "title": "Zone", "description": "Where" } }
    """
  private static let permissions = #"{ "version": 1, "env": { "secret": ["API_KEY"] } }"#

  private let shop: Shop

  init() throws { shop = try Shop() }

  private func installed() async throws -> (PluginHost, PreparedRelease) {
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1, permissions: Self.permissions, userConfig: Self.options)
    let release = try await shop.activate(on: host, event: "install")
    return (host, release)
  }

  private func secret(_ text: String) throws -> SecretBytes {
    var bytes = Array(text.utf8)
    return try SecretBytes(copying: &bytes)
  }

  /// Everything that lies in the host's folder, as one text.
  private func onDisk() throws -> String {
    let root = (shop.scratch / "host").string
    var text = ""
    for case let name as String in FileManager.default.enumerator(atPath: root) ?? .init() {
      if let data = FileManager.default.contents(atPath: root + "/" + name) {
        text += String(decoding: data, as: UTF8.self)
      }
    }
    return text
  }

  @Test func `given values of sensitive settings go to the store and to no file`() async throws {
    let (host, release) = try await installed()
    try await host.keep(
      host.configuration(for: release.manifest, setting: ["token=hunter2", "zone=Paris"]), of: release.manifest)
    #expect(
      try await host.configuration(for: release.manifest) == ["token": .string("hunter2"), "zone": .string("Paris")])
    #expect(shop.keyring.names.count == 1)
    #expect(try !onDisk().contains("hunter2"))
    #expect(try host.review(release).newSettings == [], "it has a value")
  }

  @Test func `values that lie in the ledger from before move to the store when they are read`() async throws {
    let (host, release) = try await installed()
    try host.ledger.setUserConfig(
      [UserConfigRecord(key: "token", value: "hunter2", isSensitive: true)], of: shop.plugin)
    #expect(try await host.configuration(for: release.manifest)["token"] == .string("hunter2"))
    #expect(try host.ledger.userConfig(of: shop.plugin).isEmpty)
    #expect(shop.keyring.names.count == 1)
    #expect(try !onDisk().contains("hunter2"), "overwritten in the file and in its log")
    #expect(try await host.configuration(for: release.manifest)["token"] == .string("hunter2"))
  }

  @Test func `where no store works they stay, which is said`() async throws {
    let (warnings, told) = (Warnings(), "the kernel's keyring cannot be used here: it is forbidden here")
    shop.keyring = MemoryKeyring(refusing: .unavailable(reason: "it is forbidden here"))
    let (_, release) = try await installed()
    let host = try shop.host(warn: { warnings.add($0) })
    try host.ledger.setUserConfig(
      [UserConfigRecord(key: "token", value: "hunter2", isSensitive: true)], of: shop.plugin)
    #expect(try await host.configuration(for: release.manifest)["token"] == .string("hunter2"))
    #expect(warnings.all.count == 1)
    #expect(warnings.all.first?.contains(told) == true)
    let refusal = SecretError.noStore(reasons: ["there is no session bus for the Secret Service", told])
    await #expect(throws: refusal) {
      try await host.keep(["token": .string("hunter3")], of: release.manifest)
    }
  }

  @Test func `a file is taken only where somebody asks for it`() async throws {
    shop.keyring = MemoryKeyring(refusing: .unavailable(reason: "no"))
    let (host, release) = try await installed()
    let vault = SecretVault(
      ledger: host.ledger, machine: host.machine, environment: [:], choice: .file, hostID: "h")
    let record = try await vault.set("token", of: shop.plugin, to: secret("\"hunter2\""), at: shop.clock.now())
    #expect(record.store == .file)
    #expect(try await host.configuration(for: release.manifest)["token"] == .string("hunter2"))
    try await host.removeSecret("token", of: shop.plugin)
    #expect(try !onDisk().contains("hunter2"))
  }

  @Test func `after a reboot the plugin does not start, and the sentence says which command sets it`() async throws {
    let (host, release) = try await installed()
    _ = try await host.setSecret("token", of: shop.plugin, to: secret("hunter2"))
    _ = try await host.setSecret("API_KEY", of: shop.plugin, to: secret("k"))
    #expect(try await host.liveRequest(host.installed(shop.plugin)).secrets == ["API_KEY": "k"])
    shop.keyring.reboot()
    do {
      _ = try await host.liveRequest(host.installed(shop.plugin))
      Issue.record("it started")
    } catch let error as SecretError {
      #expect(
        "\(error)" == "io.github.acme/time needs the secret token, and the kernel's keyring (until the machine starts "
          + "again) does not have it any more")
      #expect(error.help == "set it with `serin secret set time token`")
    }
    #expect(try await host.secrets(of: shop.plugin).map(\.isThere) == [false, false])
    #expect(
      try await host.examine().filter { $0.code == "secret-lost" }.map(\.command).sorted { ($0 ?? "") < ($1 ?? "") }
        == [
          "serin secret set time API_KEY", "serin secret set time token",
        ])
    // A value that is given anew mends it.
    try await host.keep(host.configuration(for: release.manifest, setting: ["token=new"]), of: release.manifest)
    #expect(try await host.configuration(for: release.manifest)["token"] == .string("new"))
  }

  @Test func `a secret variable that was never set is missed by name, or taken from the environment`() async throws {
    let (host, release) = try await installed()
    await #expect(throws: SecretError.missing(plugin: shop.plugin.text, key: "API_KEY", store: nil)) {
      try await host.secretVariables(of: release.manifest)
    }
    await #expect(throws: SecretError.unknownKey(plugin: shop.plugin.text, key: "zone", known: ["API_KEY", "token"])) {
      try await host.setSecret("zone", of: shop.plugin, to: secret("x"))
    }
    await #expect(throws: SecretError.notSet(plugin: shop.plugin.text, key: "token", known: [])) {
      try await host.removeSecret("token", of: shop.plugin)
    }
  }

  @Test func `a release that needs a secret nobody set waits, and can be given it while it waits`() async throws {
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: host, event: "install")
    try shop.release("1.1.0", sequence: 2, permissions: Self.permissions)
    let next = try await host.prepare(host.offer(of: shop.plugin.text, in: shop.channel))
    let missing = UpdatingError.missingConfiguration(plugin: shop.plugin.text, keys: ["API_KEY"])
    await #expect(throws: missing) { try await host.update(next, soak: .standard) }
    #expect(try host.folder.plugin(shop.plugin).marked(.candidate) == next.tree)
    _ = try await host.setSecret("API_KEY", of: shop.plugin, to: secret("k"))
    try host.requireSecretVariables(of: next.manifest)
    host.keepSecretsAwake()
  }

  @Test func `a removed plugin leaves no secret in the store`() async throws {
    let (host, _) = try await installed()
    for key in ["token", "API_KEY"] { _ = try await host.setSecret(key, of: shop.plugin, to: secret(key)) }
    try await host.removeSecrets(of: shop.plugin)
    #expect(shop.keyring.names.isEmpty)
    #expect(try host.ledger.secrets().isEmpty)
  }
}

/// Warnings in the order in which they were given.
private final class Warnings: Sendable {
  private let texts = Mutex<[String]>([])
  var all: [String] { texts.withLock { $0 } }
  func add(_ text: String) { texts.withLock { $0.append(text) } }
}
