package import Signing
package import StrictJSON

/// What a canary came to.
package enum VerdictKind: String, Hashable, Sendable, CaseIterable {
  /// Nothing spoke against the release for the whole soak.
  case pass
  /// The release did something it must not do.
  case fail
  /// Too little was seen to tell.
  case inconclusive
}

/// The record of one canary, made to be signed: which tree was observed, for how long, and what it came to.
package struct Evidence: Hashable, Sendable {
  /// The longest evidence in bytes.
  package static let maxBytes = 1 << 20
  /// The most reasons, and the most changes of tools.
  package static let maxMembers = 1000
  private static let maxSeconds: Int64 = 10 * 366 * 86_400
  private static let maxProbes: Int64 = 1_000_000_000

  /// A difference between the candidate's tools and the baseline's.
  package struct ToolChange: Hashable, Sendable {
    /// The tool's name.
    package let tool: String
    /// The kind of difference, as the comparison names it.
    package let kind: String
    /// One sentence for people.
    package let sentence: String
    /// The old text, cut, where the difference is one of text; foreign.
    package let before: String?
    /// The new text, cut; foreign.
    package let after: String?

    /// The longest excerpt of a text in bytes.
    package static let maxText = 2000

    /// A difference.
    package init(tool: String, kind: String, sentence: String, before: String? = nil, after: String? = nil) {
      self.tool = tool
      self.kind = kind
      self.sentence = sentence
      self.before = before
      self.after = after
    }
  }

  /// The plugin's name.
  package var plugin: PluginName
  /// The release's version.
  package var version: ReleaseVersion
  /// What the observed bundle runs on.
  package var platform: TargetPlatform
  /// The digest of the observed tree.
  package var tree: SHA256Digest
  /// What it came to.
  package var verdict: VerdictKind
  /// Why, all of it.
  package var reasons: [Finding]
  /// Observed time in seconds: only time in which probes ran.
  package var observedSeconds: Int64
  /// The observed time that was asked for, in seconds.
  package var requiredSeconds: Int64
  /// Whether somebody asked for less time than the policy does.
  package var shortened: Bool
  /// How many probes ran.
  package var probes: Int64
  /// When the soak began.
  package var started: Timestamp
  /// When the verdict was reached.
  package var ended: Timestamp
  /// The version it was compared with.
  package var baseline: ReleaseVersion?
  /// Differences between the tools of the two.
  package var toolChanges: [ToolChange]
  /// What the verdict rests on; nil in records of before there were figures.
  package var figures: EvidenceFigures?

  /// A record.
  package init(
    plugin: PluginName, version: ReleaseVersion, platform: TargetPlatform, tree: SHA256Digest, verdict: VerdictKind,
    reasons: [Finding], observedSeconds: Int64, requiredSeconds: Int64, shortened: Bool, probes: Int64,
    started: Timestamp, ended: Timestamp, baseline: ReleaseVersion? = nil, toolChanges: [ToolChange] = [],
    figures: EvidenceFigures? = nil
  ) {
    self.plugin = plugin
    self.version = version
    self.platform = platform
    self.tree = tree
    self.verdict = verdict
    self.reasons = reasons
    self.observedSeconds = observedSeconds
    self.requiredSeconds = requiredSeconds
    self.shortened = shortened
    self.probes = probes
    self.started = started
    self.ended = ended
    self.baseline = baseline
    self.toolChanges = toolChanges
    self.figures = figures
  }

  /// Reads evidence; throws a `ReleaseError` that names the field and the rule.
  package init(json bytes: [UInt8]) throws(ReleaseError) {
    let fields = try Fields(document: bytes, named: "evidence", limits: JSONLimits(maxBytes: Evidence.maxBytes))
    try fields.checkFormat()
    plugin = try fields.parse("plugin", PluginName.init)
    version = try fields.parse("version", ReleaseVersion.init)
    platform = try fields.parse("platform", TargetPlatform.init)
    tree = try fields.digest("tree")
    verdict = try fields.parse("verdict") { text throws(ReleaseError) in
      guard let verdict = VerdictKind(rawValue: text) else {
        throw ReleaseError("verdict", .invalid(offered: text, rule: "be pass, fail or inconclusive"))
      }
      return verdict
    }
    reasons = []
    for (index, member) in try fields.array("reasons", limit: Evidence.maxMembers).enumerated() {
      reasons.append(try Finding(Fields(member, at: "reasons", index: index)))
    }
    observedSeconds = try fields.integer("observedSeconds", in: 0...Evidence.maxSeconds)
    requiredSeconds = try fields.integer("requiredSeconds", in: 0...Evidence.maxSeconds)
    guard fields.has("shortened") else { throw fields.error("shortened", .missing) }
    shortened = try fields.bool("shortened", default: false)
    probes = try fields.integer("probes", in: 0...Evidence.maxProbes)
    (started, ended) = try (fields.timestamp("started"), fields.timestamp("ended"))
    guard started <= ended else {
      throw fields.error("ended", .invalid(offered: ended.text, rule: "not come before \(started.text)"))
    }
    baseline = fields.has("baseline") ? try fields.parse("baseline", ReleaseVersion.init) : nil
    toolChanges = []
    for (index, member) in try fields.optionalArray("toolChanges", limit: Evidence.maxMembers).enumerated() {
      let change = try Fields(member, at: "toolChanges", index: index)
      toolChanges.append(
        ToolChange(
          tool: try change.string("tool", limit: ToolPins.maxName), kind: try change.string("kind", limit: 64),
          sentence: try change.string("sentence", limit: Finding.maxSentence),
          before: try change.optionalString("before", limit: ToolChange.maxText),
          after: try change.optionalString("after", limit: ToolChange.maxText)))
    }
    figures = try fields.optionalFields("figures").map { fields throws(ReleaseError) in try EvidenceFigures(fields) }
  }

  /// The text of the evidence, the same for the same record.
  package func encoded() -> [UInt8] {
    var object = JSON.Object([
      ("format", 1), ("plugin", .string(plugin.text)), ("version", .string(version.text)),
      ("platform", .string(platform.text)), ("tree", .string(tree.hex)), ("verdict", .string(verdict.rawValue)),
      ("reasons", .array(reasons.map(\.json))), ("observedSeconds", .integer(observedSeconds)),
      ("requiredSeconds", .integer(requiredSeconds)), ("shortened", .bool(shortened)), ("probes", .integer(probes)),
      ("started", .string(started.text)), ("ended", .string(ended.text)),
    ])
    if let baseline { object.set("baseline", .string(baseline.text)) }
    object.set("toolChanges", .array(toolChanges.map(\.json)))
    if let figures { object.set("figures", figures.json) }
    return JSON.object(object).serialized(pretty: true)
  }

  /// The record, small enough to be read again: what explains least goes first.
  ///
  /// A plugin may list thousands of tools with long texts; the verdict and its reasons always stay.
  package func fitting() -> Evidence {
    var record = self
    let steps: [(inout Evidence) -> Void] = [
      { $0.figures?.tools = nil },
      { record in
        record.toolChanges = record.toolChanges.map { .init(tool: $0.tool, kind: $0.kind, sentence: $0.sentence) }
      },
      { $0.toolChanges = Array($0.toolChanges.prefix(100)) },
      { record in
        let newest = record.figures?.blocks.suffix(24) ?? []
        record.figures?.blocks = Array(newest)
      },
      { $0.figures = nil }, { $0.reasons = Array($0.reasons.prefix(100)) }, { $0.toolChanges = [] },
    ]
    for step in steps where record.encoded().count > Evidence.maxBytes { step(&record) }
    return record
  }

  /// The trusted comment that the signature of this evidence must carry.
  package var trustedComment: String { "evidence plugin:\(plugin) version:\(version) tree:\(tree)" }
}

extension Evidence.ToolChange {
  /// The difference as a JSON object.
  package var json: JSON {
    var object: JSON.Object = ["tool": .string(tool), "kind": .string(kind), "sentence": .string(sentence)]
    if let before { object.set("before", .string(before)) }
    if let after { object.set("after", .string(after)) }
    return .object(object)
  }
}
