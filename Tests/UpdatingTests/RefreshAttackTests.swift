import Platform
import Releases
import Signing
import Storage
import TUF
import TestSupport
import Testing

@testable import Updating

@Suite("A repository that lies")
struct RefreshAttackTests {
  private func kind(_ work: () async throws -> Void) async -> TUFErrorKind? {
    do {
      try await work()
      return nil
    } catch {
      return (error as? TUFError)?.kind
    }
  }

  @Test func `cannot show an older timestamp again`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    let old = try shop.scratch.read("repository/metadata/timestamp.json")
    try shop.release("1.1.0", sequence: 2)
    #expect(try await host.offer(of: "time", in: shop.channel).manifest.version.text == "1.1.0")
    shop.transport.replace("timestamp.json", with: old)
    #expect(await kind { _ = try await host.offer(of: "time", in: shop.channel) } == .rollback)
    shop.transport.replace("timestamp.json", with: nil)
    #expect(try await host.offer(of: "time", in: shop.channel).manifest.version.text == "1.1.0")
  }

  @Test func `cannot freeze a host beyond the timestamp's life`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: host, event: "install")
    shop.clock.advance(by: .seconds(8 * 86_400))
    #expect(await kind { _ = try await host.check(host.ledger.installs()) } == .expired)
    #expect(try await host.verify(shop.plugin).differences.isEmpty, "what is installed goes on")
    try shop.sign { $0.renewOnlineRoles() }
    #expect(try await host.check(host.ledger.installs()).map(\.decision) == [.nothingNew])
  }

  @Test func `needs both parties to name the same bytes`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    let bundle = try shop.bundle("1.0.0")
    let other = try BundleOffer(
      platform: bundle.platform, path: bundle.path, length: bundle.length, sha256: .of([1]), tree: bundle.tree)
    try shop.offer(shop.manifest(other, "1.0.0", sequence: 1))
    let offer = try await host.offer(of: "time", in: shop.channel)
    await #expect(
      throws: UpdatingError.partiesDisagree(
        path: bundle.path, channel: SHA256Digest.of([1]).hex, bundles: bundle.sha256.hex)
    ) { try await host.prepare(offer) }
    let unknown = try BundleOffer(
      platform: bundle.platform, path: "plugins/\(shop.plugin)/9.9.9/x.tar.zst", length: 1, sha256: .of([1]),
      tree: bundle.tree)
    try shop.offer(shop.manifest(unknown, "9.9.9", sequence: 2))
    let next = try await host.offer(of: "time", in: shop.channel)
    await #expect(
      throws: UpdatingError.partiesDisagree(
        path: unknown.path, channel: SHA256Digest.of([1]).hex, bundles: "nothing")
    ) { try await host.prepare(next) }
  }

  @Test func `cannot let a bundle pass for another release`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    let old = try shop.bundle("1.0.0")
    // Well signed by both roles, but the manifest inside tells another version.
    try shop.offer(shop.manifest(old, "2.0.0", sequence: 1))
    let offer = try await host.offer(of: "time", in: shop.channel)
    await #expect(throws: UpdatingError.self) { try await host.prepare(offer) }
    #expect(try host.folder.plugin(shop.plugin).trees().isEmpty)
  }

  @Test func `cannot let a sequence go back, however well it is signed`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    let bundle = try shop.release("1.0.0", sequence: 5)
    _ = try await host.offer(of: "time", in: shop.channel)
    try shop.offer(shop.manifest(bundle, "1.0.0", sequence: 4))
    let refusal = UpdatingError.sequenceRollback(
      plugin: shop.plugin.text, channel: "stable", offered: 4, trusted: 5)
    await #expect(throws: refusal) { try await host.offer(of: "time", in: shop.channel) }
    await #expect(throws: refusal, "another process remembers it, too") {
      try await shop.host().offer(of: "time", in: shop.channel)
    }
  }

  @Test func `cannot answer for one plugin or channel with the manifest of another`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    let bundle = try shop.bundle("1.0.0")
    try shop.offer(shop.manifest(bundle, "1.0.0", sequence: 1, channel: try ChannelName("canary")))
    await #expect(
      throws: UpdatingError.wrongManifest(field: "channel", asked: "stable", offered: "canary")
    ) { try await host.offer(of: "time", in: shop.channel) }
    let other = try PluginName("io.github.acme/other")
    let foreign = try BundleOffer(
      platform: bundle.platform, path: "plugins/\(other)/1.0.0/other.tar.zst", length: 1, sha256: .of([1]),
      tree: bundle.tree)
    try shop.offer(shop.manifest(foreign, "1.0.0", sequence: 2, plugin: other))
    await #expect(
      throws: UpdatingError.wrongManifest(field: "plugin", asked: shop.plugin.text, offered: other.text)
    ) { try await host.offer(of: "time", in: shop.channel) }
  }

  @Test func `cannot change the bytes of a channel manifest`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    let bundle = try shop.release("1.0.0", sequence: 1)
    let forged = try shop.manifest(bundle, "1.0.0", sequence: 9)
    let name = SHA256Digest.of(try shop.manifest(bundle, "1.0.0", sequence: 1).encoded()).hex + ".stable.json"
    shop.transport.replace(name, with: forged.encoded())
    #expect(await kind { _ = try await host.offer(of: "time", in: shop.channel) } == .digest)
    shop.transport.replace(name, with: nil)
    #expect(try await host.offer(of: "time", in: shop.channel).manifest.sequence == 1)
  }

  @Test func `offers nothing that it withdrew itself, and says what it lacks`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    await #expect(
      throws: UpdatingError.notOffered(plugin: "time", channel: "stable", repositories: ["acme"])
    ) { try await host.offer(of: "time", in: shop.channel) }
    let yank = try YankedRelease(version: ReleaseVersion("1.0.0"), reason: "it eats data")
    try shop.release("1.0.0", sequence: 1, yanked: [yank])
    await #expect(
      throws: UpdatingError.yanked(plugin: shop.plugin.text, version: "1.0.0", reason: "it eats data")
    ) { try await host.offer(of: "time", in: shop.channel) }
  }

  @Test func `asks for nothing but the timestamp when nothing is new`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: host, event: "install")
    let before = shop.transport.requests.count
    _ = try await host.check(host.ledger.installs())
    let asked = shop.transport.requests.dropFirst(before)
    #expect(asked.allSatisfy { $0.hasSuffix(".root.json") || $0 == "metadata/timestamp.json" }, "\(asked)")
  }
}
