import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

@testable import Publishing

@Suite("Publishing a release")
struct PublishTests {
  @Test func `offers it in the first channel, signature beside the bundle`() async throws {
    let desk = try Desk.ready()
    let first = try desk.publish("1.0.0")
    #expect(first.sequence == 1)
    let second = try desk.publish("1.1.0")
    #expect(second.sequence == 2)
    let offer = try await RepositoryReader(desk).offer(in: Desk.canary, at: desk.clock.now().seconds)
    #expect(offer == RepositoryReader.Offer(version: "1.1.0", sequence: 2))
    #expect(try await RepositoryReader(desk).offer(in: Desk.stable, at: desk.clock.now().seconds) == nil)
    let folder = "plugins/\(desk.plugin)/1.1.0"
    let names = try LocalFileSystem().list(try desk.workspace().targets.pushing(FilePath(folder))).map(\.name)
      .filter { !$0.contains(".delta.") }
    #expect(names.count == 2 && names[1] == names[0] + ".minisig")
  }

  @Test func `takes the same bytes again, and never others under the same version`() async throws {
    let desk = try Desk.ready()
    let first = try desk.publish("1.0.0")
    let again = try desk.publish("1.0.0")
    #expect(again.bundles == first.bundles)
    let timestamp = try desk.scratch.read("workspace/repository/metadata/timestamp.json")
    do {
      try desk.publish("1.0.0", text: "something else")
      Issue.record("a published version changed")
    } catch PublishingError.versionExists(let plugin, let version, _, let published, let offered) {
      #expect(plugin == desk.plugin.text && version == "1.0.0")
      #expect(published == first.bundles[0].sha256.hex && offered != published)
    }
    #expect(try desk.scratch.read("workspace/repository/metadata/timestamp.json") == timestamp)
    #expect(try LocalFileSystem().list(try desk.workspace().staging).isEmpty, "nothing is left in staging")
    #expect(try await RepositoryReader(desk).offer(in: Desk.canary, at: desk.clock.now().seconds)?.sequence == 2)
  }

  @Test func `begins only in a channel that follows none`() throws {
    let desk = try Desk.ready()
    let source = try desk.source("1.0.0")
    #expect(throws: PublishingError.notAnEntryChannel(channel: "stable", follows: "canary")) {
      try desk.publisher().publish(PublishRequest(source: source, channel: try ChannelName("stable")))
    }
    #expect(throws: PublishingError.unknownChannel(offered: "beta", known: ["canary", "stable"])) {
      try desk.publisher().publish(PublishRequest(source: source, channel: try ChannelName("beta")))
    }
  }

  @Test func `needs the build key, and says so before anything is written`() throws {
    let desk = try Desk.ready()
    desk.keys.lose("build")
    let before = try desk.scratch.read("workspace/repository/metadata/timestamp.json")
    #expect(throws: PublishingError.badKey(name: "build", reason: "no secret half is on this machine")) {
      try desk.publish("1.0.0")
    }
    #expect(try desk.scratch.read("workspace/repository/metadata/timestamp.json") == before)
  }

  @Test func `waits for nobody who holds the workspace`() throws {
    let desk = try Desk.ready()
    let lock = try desk.workspace().lock()
    #expect(throws: LockError.self) { try desk.publish("1.0.0") }
    withExtendedLifetime(lock) {}
  }

  @Test func `finds a plugin by its short name`() throws {
    let desk = try Desk.ready()
    #expect(throws: PublishingError.unknownPlugin(offered: "time", known: [])) {
      try desk.publisher().plugin(named: "time")
    }
    try desk.publish("1.0.0")
    #expect(try desk.publisher().plugin(named: "time") == desk.plugin)
    #expect(try desk.publisher().status().plugins.map(\.offers.count) == [1])
  }
}
