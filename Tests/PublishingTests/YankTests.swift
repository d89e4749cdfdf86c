import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

@testable import Publishing

@Suite("Withdrawing a release")
struct YankTests {
  private func yank(_ desk: Desk, _ version: String) throws -> [YankStep] {
    try desk.publisher().yank(desk.plugin, version: try ReleaseVersion(version), reason: "it eats data")
  }

  private func offer(_ desk: Desk, _ channel: String) throws -> ChannelManifest? {
    try desk.publisher().status().plugins.first?.offers.first { $0.channel.text == channel }
  }

  @Test func `goes back to the release before, in every channel that offers it`() async throws {
    let desk = try Desk.ready()
    for version in ["1.0.0", "1.1.0"] { try desk.release(version) }
    let steps = try yank(desk, "1.1.0")
    #expect(steps.map(\.channel.text) == ["canary", "stable"])
    #expect(steps.allSatisfy { $0.before.text == "1.1.0" && $0.after.text == "1.0.0" && $0.sequence == 3 })
    let now = desk.clock.now().seconds
    for channel in [Desk.canary, Desk.stable] {
      #expect(
        try await RepositoryReader(desk).offer(in: channel, at: now)
          == RepositoryReader.Offer(version: "1.0.0", sequence: 3))
      #expect(try offer(desk, channel)?.yank(of: ReleaseVersion("1.1.0"))?.reason == "it eats data")
    }
    #expect(throws: PublishingError.self, "what was withdrawn does not come back") { try desk.publish("1.1.0") }
  }

  @Test func `never resurrects what was withdrawn before`() throws {
    let desk = try Desk.ready()
    for version in ["1.0.0", "1.1.0", "1.2.0"] { try desk.publish(version) }
    #expect(try yank(desk, "1.2.0").map(\.after.text) == ["1.1.0"])
    #expect(try yank(desk, "1.1.0").map(\.after.text) == ["1.0.0"])
    #expect(try offer(desk, Desk.canary)?.yanked.map(\.version.text) == ["1.2.0", "1.1.0"])
    #expect(
      throws: PublishingError.nothingLeft(plugin: desk.plugin.text, channel: "canary", version: "1.0.0")
    ) { try yank(desk, "1.0.0") }
    #expect(throws: PublishingError.self, "it is withdrawn already") { try yank(desk, "1.2.0") }
  }

  @Test func `of an older release only marks it`() throws {
    let desk = try Desk.ready()
    for version in ["1.0.0", "1.1.0"] { try desk.publish(version) }
    #expect(try yank(desk, "1.0.0").map(\.after.text) == ["1.1.0"])
    #expect(try offer(desk, Desk.canary)?.version.text == "1.1.0")
    #expect(
      throws: PublishingError.nothingLeft(plugin: desk.plugin.text, channel: "canary", version: "1.1.0"),
      "the release before is withdrawn, too"
    ) { try yank(desk, "1.1.0") }
  }

  @Test func `believes no manifest that somebody laid among the targets`() throws {
    let desk = try Desk.ready()
    try desk.release("1.0.0")
    try desk.release("1.1.0")
    // 1.2.0 is a good bundle that only canary ever offered.
    let planted = try desk.publish("1.2.0")
    let forged = try ChannelManifest(
      plugin: desk.plugin, channel: try ChannelName(Desk.stable), sequence: 1_000_000, version: planted.version,
      published: Timestamp(seconds: desk.clock.now().seconds), bundles: planted.bundles)
    let bytes = forged.encoded()
    try desk.scratch.write(
      bytes,
      to: "workspace/repository/targets/plugins/\(desk.plugin)/\(SHA256Digest.of(bytes).hex).stable.json")
    let steps = try yank(desk, "1.1.0")
    #expect(steps.first { $0.channel.text == Desk.stable }?.after.text == "1.0.0")
  }

  @Test func `does not count a release whose promotion was cut before anybody saw it`() throws {
    let desk = try Desk.ready()
    try desk.release("1.0.0")
    try desk.release("1.1.0")
    try desk.attest(desk.publish("1.2.0"))
    var step = 0
    while true {
      let files = FaultyFileSystem(failsAt: step)
      do { try desk.promote(files: files) } catch {}
      if try offer(desk, Desk.stable)?.version.text == "1.2.0" { break }
      let plan = try desk.publisher().planYank(
        of: desk.plugin, version: ReleaseVersion("1.1.0"), reason: "it eats data")
      #expect(plan.first { $0.step.channel.text == Desk.stable }?.step.after.text == "1.0.0", "step \(step)")
      step += 1
    }
    #expect(step > 10)
  }

  @Test func `says what it would do before it does it`() throws {
    let desk = try Desk.ready()
    for version in ["1.0.0", "1.1.0"] { try desk.publish(version) }
    let timestamp = try desk.scratch.read("workspace/repository/metadata/timestamp.json")
    let plan = try desk.publisher().planYank(of: desk.plugin, version: ReleaseVersion("1.1.0"), reason: "x")
    #expect(plan.map(\.step.after.text) == ["1.0.0"])
    #expect(try desk.scratch.read("workspace/repository/metadata/timestamp.json") == timestamp)
    #expect(throws: PublishingError.self, "it was never offered") { try yank(desk, "9.9.9") }
  }
}
