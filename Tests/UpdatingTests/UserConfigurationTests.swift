import Platform
import Releases
import Storage
import Testing

@testable import Updating

@Suite("Values that the user gave")
struct UserConfigurationTests {
  private static let options = """
    { "zone": { "type": "string", "title": "Zone", "description": "Where", "required": true },
      "token": { "type": "string", "title": "Token", "description": "Secret", "sensitive": true },
      "count": { "type": "number", "title": "Count", "description": "How many", "min": 1, "max": 9, "default": 3 } }
    """

  private let shop: Shop
  private let host: PluginHost
  private let release: PreparedRelease

  init() async throws {
    shop = try Shop()
    host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1, userConfig: Self.options)
    release = try await host.prepare(host.offer(of: "time", in: shop.channel))
  }

  @Test func `must be there where they are required, and keep to their rules`() async throws {
    await #expect(throws: UpdatingError.missingConfiguration(plugin: shop.plugin.text, keys: ["zone"])) {
      try await host.configuration(for: release.manifest)
    }
    let unknown = UpdatingError.unknownConfiguration(
      plugin: shop.plugin.text, key: "unknown", known: ["zone", "token", "count"])
    await #expect(throws: unknown) {
      try await host.configuration(for: release.manifest, setting: ["zone=x", "unknown=1"])
    }
    for bad in [["zone=Europe/Paris", "count=12"], ["zone"], ["zone=a", "zone=b"]] {
      await #expect(throws: ReleaseError.self) { try await host.configuration(for: release.manifest, setting: bad) }
    }
    #expect(
      try await host.configuration(for: release.manifest, setting: ["zone=Europe/Paris", "count=4"]).count == 2)
    #expect(try host.ledger.userConfig(of: shop.plugin).isEmpty, "looking keeps nothing")
  }

  @Test func `are kept over an update, checked against the new release, and not lost for a rollback`() async throws {
    let given = try await host.configuration(
      for: release.manifest, setting: ["zone=Europe/Paris", "count=4", "token=hunter2"])
    try await host.keep(given, of: release.manifest)
    try host.activate(release, event: "install", reason: "by a test")
    #expect(try await host.configuration(for: release.manifest) == given)
    #expect(try host.ledger.userConfig(of: shop.plugin).map(\.key) == ["count", "zone"])
    #expect(try host.ledger.secrets(of: shop.plugin).map(\.key) == ["token"])

    // The next release knows no zone, and allows fewer.
    try shop.release(
      "1.1.0", sequence: 2,
      userConfig: """
        { "count": { "type": "number", "title": "Count", "description": "How many", "max": 3, "required": true } }
        """)
    let next = try await host.prepare(host.offer(of: "time", in: shop.channel))
    await #expect(throws: UpdatingError.missingConfiguration(plugin: shop.plugin.text, keys: ["count"])) {
      try await host.configuration(for: next.manifest)
    }
    try await host.keep(host.configuration(for: next.manifest, setting: ["count=2"]), of: next.manifest)
    #expect(try await host.configuration(for: release.manifest)["zone"] == .string("Europe/Paris"))
  }

  @Test func `are never part of an error when they are secret`() async throws {
    do {
      _ = try await host.configuration(for: release.manifest, setting: ["zone=x", "token=hunter2", "token=hunter3"])
      Issue.record("two values for one")
    } catch {
      #expect(!"\(error)".contains("hunter"))
    }
  }
}
