import Releases
import Signing
import StrictJSON
import Testing

@Suite("promotion") struct PromotionTests {
  private let policy: ChannelPolicy

  init() throws {
    policy = try ChannelPolicy(
      follows: .canary, signers: ["alice", "bob"], threshold: 2,
      evidence: ChannelPolicy.EvidenceRule(signers: ["canary"]))
  }

  private func candidate(_ change: (inout PromotionCandidate) throws -> Void = { _ in }) throws -> PromotionCandidate {
    var candidate = PromotionCandidate(
      plugin: try PluginName("io.github.acme/time"), version: try ReleaseVersion("2026.10.19"),
      bundles: [try Samples.offer()], source: try Samples.channel(),
      current: try Samples.channel(.beta, version: "2026.10.10"),
      evidence: [.init(evidence: try Samples.evidence(), signers: ["canary"])], signers: ["alice", "bob"])
    try change(&candidate)
    return candidate
  }

  private func codes(
    _ change: (inout PromotionCandidate) throws -> Void, policy other: ChannelPolicy? = nil
  ) throws -> [String] {
    try (other ?? policy).findings(for: candidate(change), now: Samples.time).map(\.code)
  }

  @Test func `a release with everything in order has no findings`() throws {
    #expect(try codes { _ in } == [])
    #expect(try policy.findings(for: candidate(), now: Samples.time).allowRelease)
  }

  @Test func `all reasons are given at once, the heaviest first`() throws {
    let findings = try policy.findings(
      for: candidate {
        $0.signers = ["alice", "mallory"]
        $0.evidence = []
        $0.source = try Samples.channel(paused: true)
        $0.toolChanges = ["the description of get_time changed"]
      }, now: Samples.time)
    #expect(findings.map(\.code) == ["source-paused", "threshold", "no-evidence", "tool-text", "other-signer"])
    #expect(findings.map(\.severity) == [.refusal, .refusal, .refusal, .approval, .notice])
    #expect(!findings.allowRelease)
  }

  @Test func `a release comes from the channel that the policy names, with the same content`() throws {
    #expect(try codes { $0.source = nil } == ["not-in-source"])
    #expect(try codes { $0.source = try Samples.channel(.stable) } == ["not-in-source"])
    #expect(try codes { $0.source = try Samples.channel(version: "2026.10.18") } == ["not-in-source"])
    #expect(try codes { $0.bundles = [try Samples.offer(digest: Samples.otherDigest)] }.contains("other-bundle"))
    #expect(try codes { $0.bundles = [] } == ["no-bundle"])
    let direct = try ChannelPolicy(signers: ["alice"], evidence: .init(required: false))
    #expect(try codes({ $0.source = nil }, policy: direct) == ["other-signer"])
  }

  @Test func `a withdrawn release stays out`() throws {
    let yanked = [try YankedRelease(version: ReleaseVersion("2026.10.19"), reason: "loses data")]
    #expect(try codes { $0.source = try Samples.channel(yanked: yanked) } == ["yanked"])
    #expect(
      try codes { $0.current = try Samples.channel(.beta, version: "2026.10.10", yanked: yanked) } == ["yanked"])
  }

  @Test func `an older version needs somebody who wants it`() throws {
    #expect(try codes { $0.current = try Samples.channel(.beta) } == ["already-current"])
    let newer = try Samples.channel(.beta, version: "2026.11.1")
    #expect(try codes { $0.current = newer } == ["older-version"])
    var open = policy
    open.approve.insert(.olderVersion)
    let findings = try open.findings(for: candidate { $0.current = newer }, now: Samples.time)
    #expect(findings.map(\.severity) == [.approval])
    let approved = try open.findings(
      for: candidate {
        $0.current = newer
        $0.approved = [.olderVersion]
      }, now: Samples.time)
    #expect(approved.allowRelease && approved.map(\.code) == ["older-version"])
  }

  @Test func `one key counts once and others do not count`() throws {
    #expect(try codes { $0.signers = ["alice", "alice"] } == ["threshold"])
    #expect(try codes { $0.signers = [] } == ["threshold"])
    #expect(try codes { $0.signers = ["alice", "mallory", "eve"] } == ["threshold", "other-signer", "other-signer"])
  }

  @Test func `evidence is about this content and signed by the right key`() throws {
    func evidence(_ change: (inout PromotionCandidate.Attested) throws -> Void) throws -> [String] {
      var attested = PromotionCandidate.Attested(evidence: try Samples.evidence(), signers: ["canary"])
      try change(&attested)
      return try codes { $0.evidence = [attested] }
    }
    #expect(try evidence { $0.signers = [] } == ["evidence-signer"])
    #expect(try evidence { $0.signers = ["alice"] } == ["evidence-signer"])
    #expect(try evidence { $0.evidence.tree = Samples.otherDigest } == ["evidence-other-tree"])
    #expect(try evidence { $0.evidence.version = try ReleaseVersion("2026.10.18") } == ["no-evidence"])
    #expect(try evidence { $0.evidence.plugin = try PluginName("io.github.acme/clock") } == ["no-evidence"])
    #expect(try evidence { $0.evidence.platform = .linuxX86_64 } == ["no-evidence"])
    #expect(try evidence { $0.evidence.ended = Samples.time.adding(seconds: 301) } == ["evidence-future"])
    #expect(try evidence { $0.evidence.ended = Samples.time.adding(seconds: -31 * 86_400) } == ["evidence-old"])
    #expect(try evidence { $0.evidence.shortened = true } == ["shortened"])
  }

  @Test func `a short soak is refused unless the policy lets a person decide`() throws {
    var short = try Samples.evidence()
    short.observedSeconds = 86_399
    short.probes = 999
    let attested = [PromotionCandidate.Attested(evidence: short, signers: ["canary"])]
    #expect(try codes { $0.evidence = attested } == ["short-soak", "short-soak"])
    #expect(
      try codes {
        $0.evidence = attested
        $0.approved = [.shortSoak]
      } == ["short-soak", "short-soak"])
    #expect(
      try policy.findings(for: candidate { $0.evidence = attested }, now: Samples.time).allSatisfy {
        $0.severity == .refusal
      })
    #expect(
      try codes {
        $0.evidence = attested
        $0.security = true
      } == [])
  }

  @Test func `a failure outweighs any pass, and a pass outweighs what could not tell`() throws {
    var failed = try Samples.evidence(.fail)
    failed.reasons = [Finding(.refusal, code: "no-start", "it did not start")]
    let pass = PromotionCandidate.Attested(evidence: try Samples.evidence(), signers: ["canary"])
    let fail = PromotionCandidate.Attested(evidence: failed, signers: ["canary"])
    let unsure = PromotionCandidate.Attested(evidence: try Samples.evidence(.inconclusive), signers: ["canary"])
    let findings = try policy.findings(for: candidate { $0.evidence = [pass, fail, pass] }, now: Samples.time)
    #expect(findings.map(\.code) == ["canary-failed"])
    #expect(findings.first?.sentence.hasSuffix("failed: it did not start") == true)
    #expect(try codes { $0.evidence = [unsure, pass] } == [])
    #expect(try codes { $0.evidence = [unsure] } == ["inconclusive"])
    var strict = policy
    strict.approve = []
    let refused = try strict.findings(for: candidate { $0.evidence = [unsure] }, now: Samples.time)
    #expect(refused.map(\.severity) == [.refusal])
    let foreign = PromotionCandidate.Attested(evidence: failed, signers: ["mallory"])
    #expect(try codes { $0.evidence = [foreign, pass] } == [])
  }

  @Test func `every platform needs its own verdict`() throws {
    let intel = try Samples.offer(platform: .linuxX86_64, digest: Samples.otherDigest)
    let codes = try codes {
      $0.bundles.append(intel)
      $0.source = try Samples.channel(bundles: $0.bundles)
    }
    #expect(codes == ["evidence-other-tree"])
  }

  @Test func `widening and changed texts wait for a person`() throws {
    let wider = try Permissions(json: ["net": ["allow": ["a.example.com"]]]).changes(from: .none)
    let narrower = Permissions.none.changes(from: try Permissions(json: ["run": ["git"]]))
    let waiting = try policy.findings(
      for: candidate { $0.permissionChanges = wider + narrower }, now: Samples.time)
    #expect(waiting.map(\.code) == ["permission-widening", "permission-narrowing"])
    #expect(waiting.first?.sentence == "io.github.acme/time may now connect to a.example.com")
    #expect(waiting.first?.severity == .approval)
    let approved = try policy.findings(
      for: candidate {
        $0.permissionChanges = wider
        $0.toolChanges = ["text"]
        $0.approved = [.permissionWidening, .toolText]
      }, now: Samples.time)
    #expect(approved.allowRelease && approved.count == 2)
  }
}
