import Releases
import Signing
import StrictJSON
import Testing

@Suite("channel policies") struct PolicyTests {
  @Test func `a policy is read`() throws {
    let policy = try ChannelPolicy(
      yaml: """
        # Who may sign for stable.
        follows: beta
        signers: [alice, bob, carol]
        threshold: 2
        soak:
          observed: 48h
          probes: 2000
        evidence: { required: true, signers: [canary], age: 10d }
        approve: [permission-widening, tool-text]
        rollout: [5%, 25, "100%"]
        lifetime: 30d
        security: { soak: 2h, probes: 10 }
        """)
    #expect(policy.follows == .beta && policy.signers == ["alice", "bob", "carol"] && policy.threshold == 2)
    #expect(policy.soak.observed.text == "2d" && policy.soak.probes == 2000)
    #expect(policy.evidence.signers == ["canary"] && policy.evidence.age.text == "10d")
    #expect(policy.approve == [.permissionWidening, .toolText])
    #expect(policy.rollout == [5, 25, 100])
    #expect(policy.lifetime.text == "30d")
    #expect(policy.soak(security: true).observed.text == "2h" && policy.soak(security: true).probes == 10)
    #expect(policy.evidenceSigners == ["canary"])
  }

  @Test func `what is not named has its standard value`() throws {
    let policy = try ChannelPolicy(yaml: "signers: [a]")
    #expect(policy.follows == nil && policy.threshold == 1)
    #expect(policy.soak == ChannelPolicy.Soak(observed: try DurationText("24h"), probes: 1000))
    #expect(policy.evidence.required && policy.evidenceSigners == ["a"])
    #expect(policy.approve == [.permissionWidening, .toolText, .inconclusive])
    #expect(policy.rollout == [100] && policy.lifetime.text == "90d")
  }

  @Test func `a policy survives the file that is written for it`() throws {
    let policy = try ChannelPolicy(
      follows: .canary, signers: ["alice", "2nd"], threshold: 2, approve: [.olderVersion, .shortSoak],
      rollout: [10, 100], lifetime: DurationText("60d"))
    #expect(try ChannelPolicy(yaml: policy.yaml) == policy)
    let plain = try ChannelPolicy(signers: ["a"], evidence: ChannelPolicy.EvidenceRule(required: false))
    #expect(try ChannelPolicy(yaml: plain.yaml) == plain)
  }

  @Test(
    "each broken policy is named, and it is the user's to correct",
    arguments: [
      ("", "policy"), ("[]", ""), ("signers: [a", "policy"), ("signers: [a]\nsigners: [b]", "policy"),
      ("signers: [a]\n---\nsigners: [b]", "policy"), ("x: &a [1]\ny: *a", "policy.x"), ("threshold: 1", "signers"),
      ("signers: []", "signers"), ("signers: a", "signers"), ("signers: [a, a]", "signers[1]"),
      ("signers: [../a]", "signers[0]"), ("signers: [1]", "signers[0]"), ("signers: [a]\nthreshold: 2", "threshold"),
      ("signers: [a]\nthreshold: 0", "threshold"), ("signers: [a]\nthreshold: one", "threshold"),
      ("signers: [a]\nsok: {}", "sok"), ("signers: [a]\nsoak: { observd: 1h }", "soak.observd"),
      ("signers: [a]\nsoak: { observed: 1 }", "soak.observed"), ("signers: [a]\nsoak: 24h", "soak"),
      ("signers: [a]\nsoak: { probes: -1 }", "soak.probes"), ("signers: [a]\nfollows: Beta", "follows"),
      ("signers: [a]\napprove: [everything]", "approve[0]"),
      ("signers: [a]\napprove: [tool-text, tool-text]", "approve[1]"),
      ("signers: [a]\nevidence: { required: yes }", "evidence.required"), ("signers: [a]\nrollout: [50]", "rollout"),
      ("signers: [a]\nrollout: [50, 25, 100]", "rollout[1]"), ("signers: [a]\nrollout: [101]", "rollout[0]"),
      ("signers: [a]\nrollout: [half, 100]", "rollout[0]"), ("signers: [a]\nrollout: []", "rollout"),
      ("signers: [a]\nlifetime: 1h", "lifetime"), ("signers: [a]\nlifetime: 800d", "lifetime"),
      ("signers: [a]\nsecurity: { soak: 1x }", "security.soak"), ("signers: [a]\nlifetime:", "lifetime"),
      ("? [a]\n: b", "policy"), ("signers: [a]\nfollows: !!binary aGk=", "follows"),
    ])
  func refused(yaml: String, field: String) {
    let error = #expect(throws: ReleaseError.self) { try ChannelPolicy(yaml: yaml) }
    #expect(error?.field == field, "\(String(describing: error))")
    #expect(error?.blame == .user)
  }

  @Test func `a policy that is too long is not even read`() {
    let text = "# " + String(repeating: "x", count: ChannelPolicy.maxBytes)
    #expect(
      problem { _ = try ChannelPolicy(yaml: text) } == .tooLong(offered: text.utf8.count, limit: ChannelPolicy.maxBytes)
    )
  }

  @Test func `deep nesting is refused`() {
    let text = "signers: " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
    #expect(throws: ReleaseError.self) { try ChannelPolicy(yaml: text) }
  }

  @Test func `YAML scalars have one meaning`() throws {
    let json = try YAMLText.json(
      "a: true\nb: yes\nc: 012\nd: -5\ne: \"5\"\nf: 1.5\ng: null\nh: 0x10\ni: 1_000\nj: no", limit: 1000, document: "x")
    #expect(
      json == [
        "a": true, "b": "yes", "c": "012", "d": -5, "e": "5", "f": "1.5", "g": nil, "h": "0x10", "i": "1_000",
        "j": "no",
      ])
    #expect(YAMLText.scalar("plain-1.2") == "plain-1.2")
    #expect(YAMLText.list(["true", "1", "a b", ""]) == #"["true", "1", "a b", ""]"#)
  }
}
