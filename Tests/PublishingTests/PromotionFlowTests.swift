import Canary
import Platform
import Releases
import Signing
import SystemPackage
import TUF
import TestSupport
import Testing

@testable import Publishing

@Suite("Promoting a release")
struct PromotionFlowTests {
  @Test func `carries the same bundles on, with its verdict, once the evidence is good`() async throws {
    let desk = try Desk.ready()
    let published = try desk.publish("1.0.0")
    let path = try desk.attest(published)
    let promoted = try desk.promote("1.0.0")
    #expect(promoted.bundles == published.bundles && promoted.sequence == 1)
    let offer = try await RepositoryReader(desk).offer(in: Desk.stable, at: desk.clock.now().seconds)
    #expect(offer == RepositoryReader.Offer(version: "1.0.0", sequence: 1))
    let manifest = try #require(try desk.publisher().status().plugins[0].offers.last)
    #expect(manifest.evidence.map(\.sha256) == [.of(try LocalFileSystem().readAll(path, limit: 1 << 20))])
    let served = try desk.workspace().targets.pushing(FilePath(manifest.evidence[0].path))
    #expect(try LocalFileSystem().exists(served) && LocalFileSystem().exists(FilePath(served.string + ".minisig")))
    #expect(throws: PublishingError.alreadyOffered(plugin: desk.plugin.text, version: "1.0.0", channel: "stable")) {
      try desk.promote("1.0.0")
    }
  }

  @Test func `is refused without any verdict`() throws {
    let desk = try Desk.ready()
    try desk.publish("1.0.0")
    #expect(try desk.refusals() == ["no-evidence"])
  }

  @Test func `is refused for verdicts of other signers, other trees, and failures, however many passed`() throws {
    let desk = try Desk.ready()
    let release = try desk.publish("1.0.0")
    try desk.attest(release, tree: .of([1]))
    #expect(try desk.refusals() == ["evidence-other-tree"])
    try desk.attest(release, by: "build")
    #expect(try desk.refusals() == ["evidence-signer"])
    try desk.attest(release)
    try desk.attest(release, observed: 7200)
    try desk.attest(release, .fail)
    #expect(try desk.refusals() == ["canary-failed"])
  }

  @Test func `names every reason at once`() throws {
    let desk = try Desk.ready()
    try desk.attest(desk.publish("1.0.0"), observed: 600, probes: 3)
    do {
      try desk.promote()
      Issue.record("it was promoted")
    } catch PublishingError.policyRefuses(let channel, let version, let findings) {
      #expect(channel == "stable" && version == "1.0.0")
      #expect(findings.map(\.code) == ["short-soak", "short-soak"])
      let sentence = PublishingError.policyRefuses(channel: channel, version: version, findings: findings).description
      for finding in findings { #expect(sentence.contains(finding.sentence)) }
    }
    #expect(try desk.publisher().status().plugins[0].offers.count == 1, "nothing was offered")
  }

  @Test func `believes no verdict that was changed after it was signed`() throws {
    let desk = try Desk.ready()
    let path = try desk.attest(desk.publish("1.0.0"), .fail)
    let files = LocalFileSystem()
    let text = String(decoding: try files.readAll(path, limit: 1 << 20), as: UTF8.self)
    try files.write(Array(text.replacing("fail", with: "pass").utf8), atomicallyTo: path, mode: 0o644)
    #expect(try desk.refusals() == ["no-evidence"])
    // Nor one whose signature belongs to a stranger.
    let stranger = Signer(try SecretKey.generate())
    let evidence = try Evidence(json: files.readAll(path, limit: 1 << 20))
    let forged = try EvidenceFile(evidence, signer: stranger)
    try files.write(Array(forged.signature.utf8), atomicallyTo: FilePath(path.string + ".minisig"), mode: 0o644)
    #expect(try desk.refusals() == ["no-evidence"])
  }

  @Test func `waits for a person where permissions widen`() throws {
    let desk = try Desk.ready()
    try desk.release("1.0.0")
    try desk.attest(desk.publish("1.1.0", permissions: #"{"net": {"allow": ["time.example.org:443"]}}"#))
    #expect(try desk.refusals() == ["permission-widening"])
    #expect(try desk.promote(approving: [.permissionWidening]).sequence == 2)
  }

  @Test func `takes only what the channel before offers now`() throws {
    let desk = try Desk.ready()
    #expect(
      throws: PublishingError.notInChannel(
        plugin: desk.plugin.text, version: "anything", channel: "canary", offered: nil)
    ) { try desk.promote() }
    try desk.publish("1.0.0")
    try desk.publish("1.1.0")
    #expect(
      throws: PublishingError.notInChannel(
        plugin: desk.plugin.text, version: "1.0.0", channel: "canary", offered: "1.1.0")
    ) { try desk.promote("1.0.0") }
  }

  @Test func `looks again under the lock at what was planned`() throws {
    let desk = try Desk.ready()
    let first = try desk.publish("1.0.0")
    try desk.attest(first)
    let publisher = try desk.publisher()
    let plan = try publisher.planPromotion(of: desk.plugin, version: nil, to: try ChannelName("stable"))
    #expect(plan.isAllowed)
    try desk.attest(first, .fail)
    #expect(throws: PublishingError.self, "a verdict that came in between counts") { try publisher.promote(plan) }
    try desk.publish("1.1.0")
    #expect(throws: PublishingError.self, "another release came in between") { try publisher.promote(plan) }
  }

  @Test func `points to the newest verdicts only, as many as a manifest can`() throws {
    let desk = try Desk.ready()
    let release = try desk.publish("1.0.0")
    for round in 0..<Int64(ChannelManifest.maxEvidence + 6) {
      try desk.attest(release, observed: 3600 + round)
      desk.clock.advance(by: .seconds(1))
    }
    try desk.promote()
    #expect(try desk.publisher().status().plugins[0].offers.last?.evidence.count == ChannelManifest.maxEvidence)
  }

  @Test func `needs as many keys as the channel's threshold, and names those that are missing`() throws {
    let desk = try Desk.ready()
    // A workspace whose stable channel takes two signers is made by hand: `create` gives every channel one.
    try desk.scratch.write(
      "follows: canary\nsigners: [stable, second]\nthreshold: 2\nevidence: { required: false }\n",
      to: "workspace/channels/stable.yaml")
    let second = try #require(try desk.keys.signer(named: "second"))
    try desk.scratch.write(second.publicKey.minisignText, to: "workspace/keys/second.pub")
    try LocalFileSystem().removeTree(try desk.workspace().metadata)
    try LocalFileSystem().makeDirectories(try desk.workspace().metadata)
    _ = try desk.publisher().createRepository()
    try desk.publish("1.0.0")
    desk.keys.lose("second")
    do {
      try desk.promote()
      Issue.record("one key was enough")
    } catch TUFError.missingSignatures(let role, let needed, let have, let keyIDs) {
      #expect(role.text == "stable" && needed == 2 && have == 1)
      #expect(keyIDs.contains(MetadataKey(second.publicKey).keyID))
    }
    #expect(try desk.publisher().status().plugins[0].offers.map(\.channel.text) == ["canary"])
  }
}
