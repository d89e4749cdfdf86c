import Platform
import Releases
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Updating

@Suite("Epochs of the state, from the publisher to the host") struct EpochTests {
  private let next = #"{"epoch": 1, "reads": [0, 1]}"#

  private func check(_ host: PluginHost) async throws -> UpdateCheck {
    try #require(try await host.check(host.ledger.installs()).first)
  }

  private func installed(_ shop: Shop) async throws -> PluginHost {
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: host, event: "install")
    try shop.scratch.write("old", to: "host/plugins/\(shop.plugin)/state/notes.txt")
    return host
  }

  @Test func `a step that there is no way back from is said before anything is fetched`() async throws {
    let shop = try Shop()
    let host = try await installed(shop)
    try shop.release("2.0.0", sequence: 2, state: next)
    let check = try await check(host)
    #expect(check.decision == .available)
    let change = try #require(check.stateChange)
    #expect(change.isOneWay && change.isReadable)
    #expect(change.sentence?.contains("older releases cannot read the plugin's data") == true)
    let release = try await host.prepare(host.offer(of: "time", in: shop.channel))
    #expect(try host.review(release).stateChange == change)
  }

  @Test func `nothing is said where nothing changes, or where both can read both`() async throws {
    let shop = try Shop()
    let host = try await installed(shop)
    try shop.release("1.1.0", sequence: 2)
    #expect(try await check(host).stateChange == nil)
    #expect(
      StateChange(from: try StateEpoch(writes: 0, reads: [0, 1]), to: try .init(writes: 1, reads: [0, 1])).sentence
        == nil)
  }

  @Test func `a release that cannot read the present data is refused, by name and by number`() async throws {
    let shop = try Shop()
    let host = try await installed(shop)
    try shop.release("3.0.0", sequence: 2, state: #"{"epoch": 2, "reads": [1, 2]}"#)
    let check = try await check(host)
    #expect(check.decision == .stateUnreadable(reads: [1, 2], present: 0))
    #expect(check.decision.word == "state-unreadable")
    let refusal = UpdatingError.cannotReadState(
      plugin: shop.plugin.text, version: "3.0.0", reads: [1, 2], present: 0)
    #expect(check.refusal == refusal)
    #expect(refusal.description.contains("epoch 0: it reads only epoch 1 and 2") && refusal.help != nil)
    let release = try await host.prepare(host.offer(of: "time", in: shop.channel))
    #expect(throws: refusal) { try host.activate(release, event: "update", reason: "") }
    #expect(try host.installed(shop.plugin).manifest.version.text == "1.0.0")
  }

  @Test func `data of a later epoch are not kept under a release that cannot read them`() async throws {
    let shop = try Shop()
    let host = try await installed(shop)
    try shop.release("2.0.0", sequence: 2, state: next)
    try await shop.activate(on: host)
    try shop.scratch.write("new", to: "host/plugins/\(shop.plugin)/state/notes.txt")
    let refusal = UpdatingError.cannotKeepState(plugin: shop.plugin.text, version: "1.0.0", reads: [0], present: 1)
    #expect(throws: refusal) { try host.rollBack(shop.plugin, keepState: true, reason: "") }
    #expect(try host.holds(of: shop.plugin).isEmpty)
    _ = try host.rollBack(shop.plugin, keepState: false, reason: "")
    let notes = { try shop.scratch.text("host/plugins/\(shop.plugin)/state/notes.txt") }
    #expect(try notes() == "old")
    // What was written since is there for the undo, and the older data can be read by the newer release.
    _ = try host.undoRollback(shop.plugin, reason: "")
    #expect(try notes() == "new")
    // Nor does a tree come back whose state nobody kept.
    let home = try host.folder.plugin(shop.plugin)
    for snapshot in try home.snapshots() where snapshot.version.text == "1.0.0" {
      try LocalFileSystem().removeTree(home.root.appending("snapshots").appending(String(snapshot.number)))
    }
    #expect(throws: refusal) {
      try host.rollBack(shop.plugin, to: ReleaseVersion("1.0.0"), keepState: false, reason: "")
    }
  }

  @Test func `an offer that says other epochs than the signed bundle is refused`() async throws {
    let shop = try Shop()
    let host = try await installed(shop)
    let bundle = try shop.bundle("2.0.0", state: next)
    let silent = try BundleOffer(
      platform: bundle.platform, path: bundle.path, length: bundle.length, sha256: bundle.sha256, tree: bundle.tree)
    try shop.offer(shop.manifest(silent, "2.0.0", sequence: 2))
    await #expect(throws: UpdatingError.self) {
      try await host.prepare(host.offer(of: "time", in: shop.channel))
    }
    #expect(try host.folder.plugin(shop.plugin).trees().count == 1)
  }
}
