internal import Signing

/// A release that somebody wants to bring into a channel, with everything the channel's policy judges.
package struct PromotionCandidate: Hashable, Sendable {
  /// Evidence together with the names of the keys whose signatures on it were checked.
  package struct Attested: Hashable, Sendable {
    /// The evidence.
    package var evidence: Evidence
    /// The keys that signed it, by name; only those whose signature verified.
    package var signers: [String]

    /// Evidence whose signatures were checked.
    package init(evidence: Evidence, signers: [String]) {
      self.evidence = evidence
      self.signers = signers
    }
  }

  /// The plugin's name.
  package var plugin: PluginName
  /// The version to bring in.
  package var version: ReleaseVersion
  /// The bundles to offer.
  package var bundles: [BundleOffer]
  /// What the channel offers from which releases come; nil where it offers nothing.
  package var source: ChannelManifest?
  /// What the channel itself offers now; nil where it offers nothing yet.
  package var current: ChannelManifest?
  /// The verdicts at hand.
  package var evidence: [Attested]
  /// The names of the keys that are about to sign.
  package var signers: [String]
  /// How the permissions differ from the release that is current.
  package var permissionChanges: [PermissionChange]
  /// The differences between the tools that a person has to look at, one sentence for each.
  package var toolChanges: [String]
  /// What a person has approved.
  package var approved: Set<ChannelPolicy.Topic>
  /// Whether the release closes a security hole.
  package var security: Bool

  /// A candidate.
  package init(
    plugin: PluginName, version: ReleaseVersion, bundles: [BundleOffer], source: ChannelManifest? = nil,
    current: ChannelManifest? = nil, evidence: [Attested] = [], signers: [String] = [],
    permissionChanges: [PermissionChange] = [], toolChanges: [String] = [],
    approved: Set<ChannelPolicy.Topic> = [], security: Bool = false
  ) {
    self.plugin = plugin
    self.version = version
    self.bundles = bundles
    self.source = source
    self.current = current
    self.evidence = evidence
    self.signers = signers
    self.permissionChanges = permissionChanges
    self.toolChanges = toolChanges
    self.approved = approved
    self.security = security
  }
}

extension ChannelPolicy {
  /// How far a clock may be ahead, in seconds.
  private static let clockTolerance: Int64 = 300

  /// Everything that speaks about a candidate, the heaviest first; it may enter when nothing refuses it and nothing
  /// waits for approval.
  package func findings(for candidate: PromotionCandidate, now: Timestamp) -> [Finding] {
    let all =
      originFindings(candidate) + signerFindings(candidate)
      + candidate.bundles.flatMap { evidenceFindings(candidate, $0, now) } + changeFindings(candidate)
    var distinct: [Finding] = []
    for severity in Finding.Severity.allCases.reversed() {
      for finding in all where finding.severity == severity && !distinct.contains(finding) { distinct.append(finding) }
    }
    return distinct
  }

  private func refusal(_ code: String, _ sentence: String) -> Finding { Finding(.refusal, code: code, sentence) }

  /// A finding that a person may approve where the policy lists the topic; else it refuses or is only noted.
  private func judged(
    _ topic: Topic, _ sentence: String, _ candidate: PromotionCandidate, unlisted: Finding.Severity
  ) -> Finding {
    guard approve.contains(topic) else { return Finding(unlisted, code: topic.rawValue, sentence) }
    return candidate.approved.contains(topic)
      ? Finding(.notice, code: topic.rawValue, "\(sentence) (approved by hand)")
      : Finding(.approval, code: topic.rawValue, sentence)
  }

  private func originFindings(_ candidate: PromotionCandidate) -> [Finding] {
    var findings: [Finding] = []
    if let follows { findings += sourceFindings(candidate, follows) }
    if candidate.bundles.isEmpty { findings.append(refusal("no-bundle", "there is no bundle to offer")) }
    for manifest in [candidate.source, candidate.current].compactMap(\.self) {
      guard let yank = manifest.yank(of: candidate.version) else { continue }
      findings.append(
        refusal("yanked", "\(candidate.version) was withdrawn from \(manifest.channel): \(Quoted(yank.reason))"))
    }
    guard let current = candidate.current else { return findings }
    if current.version == candidate.version {
      findings.append(refusal("already-current", "\(candidate.version) is what \(current.channel) offers already"))
    } else if candidate.version < current.version {
      let sentence = "\(candidate.version) is older than \(current.version), which \(current.channel) offers now"
      findings.append(judged(.olderVersion, sentence, candidate, unlisted: .refusal))
    }
    return findings
  }

  private func sourceFindings(_ candidate: PromotionCandidate, _ follows: ChannelName) -> [Finding] {
    guard let source = candidate.source, source.channel == follows, source.plugin == candidate.plugin else {
      return [refusal("not-in-source", "\(follows) offers nothing for \(candidate.plugin)")]
    }
    var findings: [Finding] = []
    if source.paused {
      findings.append(refusal("source-paused", "the publisher has stopped the rollout in \(follows)"))
    }
    guard source.version == candidate.version else {
      let sentence = "\(follows) offers \(source.version) and not \(candidate.version)"
      return findings + [refusal("not-in-source", sentence)]
    }
    for bundle in candidate.bundles {
      let offered = source.bundles.first { $0.platform == bundle.platform }
      guard offered?.sha256 == bundle.sha256, offered?.tree == bundle.tree else {
        let sentence = "the bundle for \(bundle.platform) is not the one that \(follows) offers"
        findings.append(refusal("other-bundle", sentence))
        continue
      }
    }
    return findings
  }

  private func signerFindings(_ candidate: PromotionCandidate) -> [Finding] {
    let offered = Set(candidate.signers)
    let valid = offered.intersection(signers)
    var findings = offered.subtracting(signers).sortedByBytes().map {
      Finding(.notice, code: "other-signer", "the key \($0) may not sign for this channel and does not count")
    }
    if valid.count < threshold {
      let sentence = "\(valid.count) of the channel's keys sign, and \(threshold) must"
      findings.append(refusal("threshold", sentence))
    }
    return findings
  }

  private func evidenceFindings(
    _ candidate: PromotionCandidate, _ bundle: BundleOffer, _ now: Timestamp
  ) -> [Finding] {
    guard evidence.required else { return [] }
    let about = "\(candidate.version) for \(bundle.platform)"
    let named = candidate.evidence.filter {
      $0.evidence.plugin == candidate.plugin && $0.evidence.version == candidate.version
        && $0.evidence.platform.runs(on: bundle.platform)
    }
    guard !named.isEmpty else { return [refusal("no-evidence", "there is no verdict about \(about)")] }
    let same = named.filter { $0.evidence.tree == bundle.tree }
    guard !same.isEmpty else {
      return [refusal("evidence-other-tree", "the verdicts about \(about) are about other content")]
    }
    let signed = same.filter { !Set($0.signers).isDisjoint(with: evidenceSigners) }
    guard !signed.isEmpty else {
      let names = evidenceSigners.joined(separator: ", ")
      return [refusal("evidence-signer", "no verdict about \(about) is signed by \(names)")]
    }
    // One failure outweighs any number of passes: whoever repeats a canary until it passes has not passed it.
    let failed = signed.filter { $0.evidence.verdict == .fail }
    if !failed.isEmpty {
      let reasons = failed.flatMap { $0.evidence.reasons.filter { $0.severity == .refusal } }.map(\.sentence)
      let sentence = "the canary of \(about) failed" + (reasons.isEmpty ? "" : ": " + reasons.joined(separator: "; "))
      return [refusal("canary-failed", sentence)]
    }
    let judgements = signed.map { judge($0.evidence, about, candidate, now) }
    return judgements.min { weight($0) < weight($1) } ?? []
  }

  private func weight(_ findings: [Finding]) -> Int {
    findings.reduce(0) { $0 + ($1.severity == .refusal ? 1000 : $1.severity == .approval ? 1 : 0) }
  }

  /// What speaks against one verdict that did not fail.
  private func judge(
    _ evidence: Evidence, _ about: String, _ candidate: PromotionCandidate, _ now: Timestamp
  ) -> [Finding] {
    let needed = soak(security: candidate.security)
    var findings: [Finding] = []
    if evidence.ended.seconds > now.seconds + ChannelPolicy.clockTolerance {
      findings.append(refusal("evidence-future", "the verdict about \(about) is from the future: \(evidence.ended)"))
    }
    if now.seconds - evidence.ended.seconds > self.evidence.age.seconds {
      let sentence = "the verdict about \(about) is from \(evidence.ended), older than \(self.evidence.age)"
      findings.append(refusal("evidence-old", sentence))
    }
    if evidence.verdict == .inconclusive {
      findings.append(
        judged(.inconclusive, "the canary of \(about) was inconclusive", candidate, unlisted: .refusal))
    }
    if evidence.observedSeconds < needed.observed.seconds {
      let seen = DurationText(seconds: evidence.observedSeconds)
      let sentence = "\(about) was observed for \(seen), and \(needed.observed) are needed"
      findings.append(judged(.shortSoak, sentence, candidate, unlisted: .refusal))
    }
    if evidence.probes < needed.probes {
      let sentence = "\(about) was probed \(evidence.probes) times, and \(needed.probes) are needed"
      findings.append(judged(.shortSoak, sentence, candidate, unlisted: .refusal))
    }
    if evidence.shortened {
      let asked = DurationText(seconds: evidence.requiredSeconds)
      findings.append(Finding(.notice, code: "shortened", "the soak of \(about) was shortened by hand to \(asked)"))
    }
    return findings
  }

  private func changeFindings(_ candidate: PromotionCandidate) -> [Finding] {
    candidate.permissionChanges.map { change in
      guard change.direction == .widening else {
        return Finding(
          .notice, code: "permission-\(change.direction.rawValue)", "\(candidate.plugin) \(change.sentence)")
      }
      return judged(.permissionWidening, "\(candidate.plugin) \(change.sentence)", candidate, unlisted: .notice)
    } + candidate.toolChanges.map { judged(.toolText, $0, candidate, unlisted: .notice) }
  }
}

extension Sequence<Finding> {
  /// Whether nothing refuses the release and nothing waits for approval.
  package var allowRelease: Bool { allSatisfy { $0.severity == .notice } }
}
