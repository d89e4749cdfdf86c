internal import Signing
internal import StrictJSON
internal import Yams

extension ChannelPolicy {
  private static let known = [
    "follows", "signers", "threshold", "soak", "evidence", "approve", "rollout", "lifetime", "security",
  ]

  /// Reads a policy file; throws a `ReleaseError` that names the field and the rule, and blames the user.
  ///
  /// Unknown fields, anchors and aliases are refused; what is not named keeps its standard value.
  package init(yaml: String) throws(ReleaseError) {
    do throws(ReleaseError) {
      try self.init(Fields(YAMLText.json(yaml, limit: ChannelPolicy.maxBytes, document: "policy"), at: ""))
    } catch {
      throw error.blaming(.user)
    }
  }

  private init(_ fields: Fields) throws(ReleaseError) {
    try fields.refuseUnknown(ChannelPolicy.known)
    var policy = try ChannelPolicy(signers: ["placeholder"])
    policy.follows = fields.has("follows") ? try fields.parse("follows", ChannelName.init) : nil
    if fields.has("soak") { policy.soak = try Soak(fields.fields("soak"), policy.soak) }
    if fields.has("security") { policy.security = try Soak(security: fields.fields("security"), policy.security) }
    if fields.has("evidence") { policy.evidence = try EvidenceRule(fields.fields("evidence")) }
    if fields.has("approve") { policy.approve = try ChannelPolicy.topics(fields) }
    if fields.has("lifetime") { policy.lifetime = try fields.parse("lifetime", DurationText.init) }
    if fields.has("rollout") { policy.rollout = try ChannelPolicy.steps(fields) }
    guard fields.has("signers") else { throw fields.error("signers", .missing) }
    try self.init(
      follows: policy.follows, signers: fields.strings("signers", limit: ChannelPolicy.maxMembers),
      threshold: Int(fields.optionalInteger("threshold", in: 1...Int64(ChannelPolicy.maxMembers)) ?? 1),
      soak: policy.soak, evidence: policy.evidence, approve: policy.approve, rollout: policy.rollout,
      lifetime: policy.lifetime, security: policy.security)
  }

  private static func topics(_ fields: Fields) throws(ReleaseError) -> Set<Topic> {
    var topics: Set<Topic> = []
    for (index, text) in try fields.strings("approve", limit: maxMembers).enumerated() {
      guard let topic = Topic(rawValue: text) else {
        let names = Topic.allCases.map(\.rawValue).joined(separator: ", ")
        throw fields.error("approve[\(index)]", .invalid(offered: text, rule: "be one of \(names)"))
      }
      guard topics.insert(topic).inserted else { throw fields.error("approve[\(index)]", .duplicate(text)) }
    }
    return topics
  }

  private static func steps(_ fields: Fields) throws(ReleaseError) -> [Int] {
    var steps: [Int] = []
    for (index, value) in try fields.array("rollout", limit: maxMembers).enumerated() {
      let field = "rollout[\(index)]"
      guard let percent = value.intValue ?? percent(value) else {
        throw fields.error(field, .wrongKind(offered: value.kindName, needed: "a percentage"))
      }
      steps.append(percent)
    }
    return steps
  }

  /// Reads `25%`.
  private static func percent(_ value: JSON) -> Int? {
    guard let text = value.stringValue, text.hasSuffix("%") else { return nil }
    let digits = text.dropLast()
    return digits.utf8.count <= 3 && digits.utf8.allSatisfy(Characters.isDigit) ? Int(digits) : nil
  }

  /// The policy as a file for people, with a comment on each field.
  package var yaml: String {
    let topics = Topic.allCases.filter(approve.contains).map(\.rawValue)
    var lines: [String] = []
    if let follows { lines += ["# The channel from which releases come.", "follows: \(follows)"] }
    lines += [
      "# The keys that may sign, by their names in keys/, and how many of them must.",
      "signers: \(YAMLText.list(signers))", "threshold: \(threshold)",
      "# How long a release is observed in the canary before it may enter.",
      "soak: { observed: \(soak.observed), probes: \(soak.probes) }",
      "# The verdicts that count: whose, and how old they may be.",
      "evidence: { required: \(evidence.required), signers: \(YAMLText.list(evidence.signers)), age: \(evidence.age) }",
      "# What a person has to approve.", "approve: \(YAMLText.list(topics))",
      "# The parts of the hosts that get a release, one step after the other, in percent.",
      "rollout: [\(rollout.map(String.init).joined(separator: ", "))]",
      "# How long the signatures of this channel are valid.", "lifetime: \(lifetime)",
      "# The shorter soak of a release that closes a security hole.",
      "security: { soak: \(security.observed), probes: \(security.probes) }",
    ]
    return lines.joined(separator: "\n") + "\n"
  }
}

extension ChannelPolicy.Soak {
  private static let maxProbes: Int64 = 1_000_000_000

  init(_ fields: Fields, _ standard: ChannelPolicy.Soak) throws(ReleaseError) {
    self = standard
    try fields.refuseUnknown(["observed", "probes"])
    if fields.has("observed") { observed = try fields.parse("observed", DurationText.init) }
    probes = try fields.optionalInteger("probes", in: 0...Self.maxProbes) ?? probes
  }

  init(security fields: Fields, _ standard: ChannelPolicy.Soak) throws(ReleaseError) {
    self = standard
    try fields.refuseUnknown(["soak", "probes"])
    if fields.has("soak") { observed = try fields.parse("soak", DurationText.init) }
    probes = try fields.optionalInteger("probes", in: 0...Self.maxProbes) ?? probes
  }
}

extension ChannelPolicy.EvidenceRule {
  init(_ fields: Fields) throws(ReleaseError) {
    self.init()
    try fields.refuseUnknown(["required", "signers", "age"])
    required = try fields.bool("required", default: true)
    signers = try fields.strings("signers", limit: ChannelPolicy.maxMembers)
    if fields.has("age") { age = try fields.parse("age", DurationText.init) }
  }
}
