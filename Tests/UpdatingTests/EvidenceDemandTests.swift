import Canary
import Platform
import Releases
import Signing
import Storage
import StrictJSON
import TestSupport
import Testing

@testable import Updating

/// Whose word a host wants before it takes a release.
@Suite("Demanded evidence") struct EvidenceDemandTests {
  private let (tester, other): (Signer, Signer)
  private let bundle: BundleOffer
  private let manifest: ChannelManifest
  private let demand: EvidenceDemand
  private static let now: Int64 = 1_795_400_000

  init() throws {
    (tester, other) = (Signer(try SecretKey.generate()), Signer(try SecretKey.generate()))
    let plugin = try PluginName("io.github.acme/time")
    let version = try ReleaseVersion("2.0")
    bundle = try BundleOffer(
      platform: .any, path: ReleasePaths.bundle(plugin, version, .any), length: 10, sha256: .of([1]), tree: .of([2]))
    manifest = try ChannelManifest(
      plugin: plugin, channel: .canary, sequence: 1, version: version, published: Timestamp(seconds: Self.now),
      bundles: [bundle])
    demand = try #require(EvidenceDemand(keys: [tester.publicKey]))
  }

  private func file(by signer: Signer? = nil, _ change: (inout Evidence) throws -> Void = { _ in }) throws
    -> EvidenceFile
  {
    var evidence = Evidence(
      plugin: manifest.plugin, version: manifest.version, platform: .any, tree: bundle.tree, verdict: .pass,
      reasons: [], observedSeconds: 86_400, requiredSeconds: 86_400, shortened: false, probes: 1440,
      started: Timestamp(seconds: Self.now - 90_000), ended: Timestamp(seconds: Self.now - 100))
    try change(&evidence)
    return try EvidenceFile(evidence, signer: signer ?? tester)
  }

  private func reasons(_ files: [EvidenceFile]) throws -> [String] {
    do {
      _ = try demand.satisfied(by: files, for: bundle, of: manifest, now: Self.now)
      return []
    } catch UpdatingError.evidenceMissing(_, let version, let keys, let reasons) {
      #expect(version == "2.0" && keys == "key \(tester.publicKey.keyNumberHex)")
      return reasons
    }
  }

  @Test func `one pass by one of the keys is enough, and the newest is told`() throws {
    let older = try file { $0.ended = Timestamp(seconds: Self.now - 5000) }
    let found = try demand.satisfied(
      by: [older, file(), file(by: other)], for: bundle, of: manifest, now: Self.now)
    #expect(found.ended.seconds == Self.now - 100)
  }

  @Test func `every other verdict is refused with its reason`() throws {
    #expect(try reasons([]) == ["the repository carries none"])
    #expect(try reasons([file(by: other)]).first?.contains("not signed as it must be") == true)
    let changes: [(String, (inout Evidence) throws -> Void)] = [
      ("is about", { $0.tree = .of([9]) }), ("is about", { $0.version = try ReleaseVersion("2.1") }),
      ("is about", { $0.plugin = try PluginName("io.github.acme/clock") }),
      ("is about", { $0.platform = .linuxX86_64 }), ("inconclusive", { $0.verdict = .inconclusive }),
      ("shortened", { $0.shortened = true }), ("only 1h", { $0.observedSeconds = 3600 }),
      ("from the future", { $0.ended = Timestamp(seconds: Self.now + 301) }),
    ]
    for (words, change) in changes {
      let found = try reasons([file(change)])
      #expect(found.count == 1 && found[0].contains(words), "\(words): \(found)")
    }
  }

  @Test func `a failure outweighs any pass, but only by a key that counts`() throws {
    let failed: (inout Evidence) throws -> Void = {
      $0.verdict = .fail
      $0.reasons = [Finding(.refusal, code: "exited", "it died"), Finding(.notice, code: "x", "y")]
    }
    let (pass, fail, foreign) = try (file(), file(failed), file(by: other, failed))
    #expect(throws: UpdatingError.canaryFailed(plugin: manifest.plugin.text, version: "2.0", reasons: ["it died"])) {
      try demand.satisfied(by: [pass, fail], for: bundle, of: manifest, now: Self.now)
    }
    #expect(throws: Never.self) {
      try demand.satisfied(by: [pass, foreign], for: bundle, of: manifest, now: Self.now)
    }
  }

  @Test func `a demand survives its record, and a damaged record opens no door`() throws {
    let both = try #require(EvidenceDemand(keys: [tester.publicKey, other.publicKey]))
    #expect(EvidenceDemand(policy: ["evidence": both.json]) == both)
    #expect(EvidenceDemand(policy: [:]) == nil && EvidenceDemand(keys: []) == nil)
    for damaged: JSON in [["keys": ["RWx"]], [:], "x", ["keys": []]] {
      let demand = try #require(EvidenceDemand(policy: ["evidence": damaged]))
      #expect(throws: UpdatingError.self) {
        try demand.satisfied(by: [file()], for: bundle, of: manifest, now: Self.now)
      }
    }
  }

  @Test func `a host remembers what it demands until somebody takes it back`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    #expect(throws: UpdatingError.notInstalled(plugin: shop.plugin.text)) {
      try host.demandEvidence(demand, of: shop.plugin, by: "me")
    }
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: host, event: "install")
    try host.demandEvidence(demand, of: shop.plugin, by: "me")
    try host.demandEvidence(demand, of: shop.plugin, by: "me")
    #expect(try host.evidenceDemand(of: shop.plugin) == demand)
    try shop.release("1.1.0", sequence: 2)
    try await shop.activate(on: host)
    #expect(try host.evidenceDemand(of: shop.plugin) == demand, "an update keeps it")
    let offer = try await host.offer(of: "time", in: shop.channel)
    await #expect(throws: UpdatingError.self) { try await host.requireEvidence(demand, for: offer) }
    try host.demandEvidence(nil, of: shop.plugin, by: "me")
    #expect(try host.evidenceDemand(of: shop.plugin) == nil)
    #expect(try host.ledger.history(of: shop.plugin).filter { $0.event == "evidence-demand" }.count == 2)
  }

  @Test func `what an install demands stands in the record that makes it installed`() async throws {
    let shop = try Shop()
    let host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    let release = try await host.prepare(host.offer(of: shop.plugin.text, in: shop.channel))
    try host.activate(release, event: "install", reason: "by a test", demanding: demand)
    #expect(try host.evidenceDemand(of: shop.plugin) == demand)
    try shop.release("1.1.0", sequence: 2)
    try await shop.activate(on: host)
    #expect(try host.evidenceDemand(of: shop.plugin) == demand, "an update without a word leaves it")
  }
}
