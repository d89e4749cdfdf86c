import Platform
import Releases
import Signing
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Updating

@Suite("Staging, switching and going back")
struct RollbackFlowTests {
  private func writeState(_ shop: Shop, _ text: String) throws {
    try shop.scratch.write(text, to: "host/plugins/\(shop.plugin)/state/notes.txt")
  }

  private func state(_ shop: Shop) throws -> String {
    try shop.scratch.text("host/plugins/\(shop.plugin)/state/notes.txt")
  }

  /// A host on 1.1.0 that was on 1.0.0 before, each with a state of its own.
  private func updated(_ shop: Shop) async throws -> PluginHost {
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: host, event: "install")
    try writeState(shop, "old")
    try shop.release("1.1.0", sequence: 2)
    try await shop.activate(on: host)
    try writeState(shop, "new")
    return host
  }

  private func decision(_ host: PluginHost) async throws -> UpdateDecision? {
    try await host.check(host.ledger.installs()).first?.decision
  }

  @Test func `a packed bundle becomes a tree that its signed manifest describes, and only a switch makes it run`()
    async throws
  {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    let bundle = try shop.release("1.0.0", sequence: 1)
    let release = try await host.prepare(host.offer(of: "time", in: shop.channel))
    #expect(release.manifest.tree == bundle.tree && release.downloaded == bundle.length)
    #expect(throws: UpdatingError.notInstalled(plugin: shop.plugin.text)) { try host.installed(shop.plugin) }
    #expect(try LocalFileSystem().list(host.folder.downloads).isEmpty, "the bundle itself is not kept")
    let again = try await host.prepare(host.offer(of: "time", in: shop.channel))
    #expect(again.downloaded == 0 && again.tree == release.tree)
    try host.activate(again, event: "install", reason: "by a test")
    let report = try await host.verify(shop.plugin)
    #expect(report.differences.isEmpty && report.version.text == "1.0.0" && report.entries == 2)
    #expect(try host.ledger.history(of: shop.plugin).map(\.event) == ["install"])
    #expect(try await decision(host) == .nothingNew)
  }

  @Test func `a bundle that was changed on the server is refused, and nothing of it is unpacked`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    let offer = try await host.offer(of: "time", in: shop.channel)
    var bytes = [UInt8](repeating: 0, count: Int(offer.bundle.length))
    bytes[0] = 0x28
    shop.transport.replace(".tar.zst", with: bytes)
    await #expect(throws: UpdatingError.self) { try await host.prepare(offer) }
    #expect(try host.folder.plugin(shop.plugin).trees().isEmpty)
    #expect(try LocalFileSystem().list(host.folder.downloads).isEmpty)
  }

  @Test func `going back needs no network and no valid metadata, brings the state back, and stays away`() async throws {
    let shop = try Shop()
    _ = try await updated(shop)
    shop.transport.isDown = true
    shop.clock.advance(by: .seconds(400 * 86_400))
    let asked = shop.transport.requests.count
    let host = try shop.host()
    let result = try host.rollBack(shop.plugin, keepState: false, reason: "wrong zone")
    #expect(result.from.text == "1.1.0" && result.to.text == "1.0.0" && result.isStateRestored)
    #expect(result.hold == "rolled back to 1.0.0: wrong zone")
    #expect(try state(shop) == "old")
    #expect(shop.transport.requests.count == asked)
    #expect(try host.holds(of: shop.plugin).map(\.version?.text) == ["1.1.0"])

    let undone = try host.rollBack(shop.plugin, keepState: false, reason: "")
    #expect(undone.to.text == "1.1.0" && undone.isStateRestored)
    #expect(try state(shop) == "new", "what was replaced is kept")
    #expect(try host.ledger.history(of: shop.plugin).map(\.event) == ["rollback", "rollback", "update", "install"])
  }

  @Test func `the version that was left does not come back by itself`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    _ = try host.rollBack(shop.plugin, keepState: true, reason: "")
    #expect(try state(shop) == "new", "the state was to stay")
    guard case .held = try await decision(host) else {
      Issue.record("nothing keeps the bad version away")
      return
    }
    try shop.release("1.2.0", sequence: 3)
    #expect(try await decision(host) == .available, "a better one may come")
    #expect(try host.unhold(shop.plugin) == 1)
  }

  @Test func `a withdrawn release is not gone back to`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    let yank = try YankedRelease(version: ReleaseVersion("1.0.0"), reason: "it eats data")
    try shop.release("1.2.0", sequence: 3, yanked: [yank])
    _ = try await host.check(host.ledger.installs())
    shop.transport.isDown = true
    #expect(throws: UpdatingError.yanked(plugin: shop.plugin.text, version: "1.0.0", reason: "it eats data")) {
      try host.rollBack(shop.plugin, keepState: false, reason: "")
    }
    #expect(try host.installed(shop.plugin).manifest.version.text == "1.1.0")
    #expect(try host.holds(of: shop.plugin).isEmpty)
  }

  @Test func `there is a clear word when there is nothing to go back to`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    #expect(throws: UpdatingError.notInstalled(plugin: shop.plugin.text)) {
      try host.rollBack(shop.plugin, keepState: false, reason: "")
    }
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: host, event: "install")
    #expect(throws: UpdatingError.nothingToRollBackTo(plugin: shop.plugin.text, version: nil, kept: [])) {
      try host.rollBack(shop.plugin, keepState: false, reason: "")
    }
    #expect(try host.holds(of: shop.plugin).isEmpty)
  }

  @Test func `a damaged record of a repository does not stand in the way back`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    try shop.scratch.write("{", to: "host/repositories/acme/repository.json")
    #expect(try host.rollBack(shop.plugin, keepState: false, reason: "").to.text == "1.0.0")
  }

  @Test func `a rollback that is cut leaves the old release, or the new one with its hold`() async throws {
    let shop = try Shop()
    _ = try await updated(shop)
    var version = "1.1.0"
    for step in 0..<200 {
      let files = FaultyFileSystem(failsAt: step)
      let host = try shop.host(files)
      do {
        _ = try host.rollBack(shop.plugin, keepState: false, reason: "")
      } catch {
        #expect(files.isDead, "step \(step): \(error)")
      }
      // The next process finds a settled release.
      let folder = try shop.host().folder.plugin(shop.plugin)
      _ = try SwitchTransaction(folder).recover()
      let now = try shop.host().installed(shop.plugin).manifest.version.text
      if now != version {
        let holds = try shop.host().holds(of: shop.plugin)
        #expect(holds.contains { $0.version?.text == version }, "step \(step): the way back to \(version) is open")
        _ = try shop.host().unhold(shop.plugin)
        version = now
      }
      #expect(try state(shop) == (now == "1.0.0" ? "old" : "new"), "step \(step): code and state belong together")
      if !files.isDead { return }
    }
    Issue.record("the rollback never came to its end")
  }

  @Test func `a rollback that is refused leaves no hold behind`() async throws {
    let shop = try Shop()
    let host = try await updated(shop)
    let lock = try host.folder.plugin(shop.plugin).lock()
    #expect(throws: StorageError.self) { try host.rollBack(shop.plugin, keepState: false, reason: "") }
    #expect(try host.holds(of: shop.plugin).isEmpty)
    let earlier = try host.hold(shop.plugin, version: ReleaseVersion("1.1.0"), reason: "mine")
    #expect(throws: StorageError.self) { try host.rollBack(shop.plugin, keepState: false, reason: "") }
    #expect(try host.holds(of: shop.plugin).map(\.reason) == [earlier.reason], "an older hold is put back")
    withExtendedLifetime(lock) {}
  }
}
