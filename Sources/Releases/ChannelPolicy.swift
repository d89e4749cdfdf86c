internal import Signing
internal import StrictJSON

/// The rules of a channel, from `channels/<channel>.yaml`: who signs, how long a release soaks, what needs a person.
package struct ChannelPolicy: Hashable, Sendable {
  /// How long and how often a release must be observed.
  package struct Soak: Hashable, Sendable {
    /// Observed time.
    package var observed: DurationText
    /// The fewest probes.
    package var probes: Int64

    /// A demand.
    package init(observed: DurationText, probes: Int64) {
      self.observed = observed
      self.probes = probes
    }
  }

  /// Which verdicts count.
  package struct EvidenceRule: Hashable, Sendable {
    /// Whether a release needs a verdict at all.
    package var required: Bool
    /// The names of the keys whose verdicts count; empty for the channel's own signers.
    package var signers: [String]
    /// How old a verdict may be.
    package var age: DurationText

    /// A demand.
    package init(required: Bool = true, signers: [String] = [], age: DurationText = DurationText(seconds: 30 * 86_400))
    {
      self.required = required
      self.signers = signers
      self.age = age
    }
  }

  /// What a person may have to approve.
  package enum Topic: String, Hashable, Sendable, CaseIterable {
    /// The plugin asks for more permissions.
    case permissionWidening = "permission-widening"
    /// What a model reads about the tools has changed, or there are other tools.
    case toolText = "tool-text"
    /// The canary could not tell.
    case inconclusive
    /// The soak was shorter than the policy asks for.
    case shortSoak = "short-soak"
    /// The version is older than the one that is current.
    case olderVersion = "older-version"
  }

  /// The most signers, and the most rollout steps.
  package static let maxMembers = 64
  /// The longest policy file in bytes.
  package static let maxBytes = 65_536

  /// The channel from which releases come; nil where they are published directly.
  package var follows: ChannelName?
  /// The names of the keys that may sign: `release` for `keys/release.pub`.
  package var signers: [String]
  /// How many of them must.
  package var threshold: Int
  /// How long a release must soak.
  package var soak: Soak
  /// Which verdicts count.
  package var evidence: EvidenceRule
  /// What a person has to approve; of the other topics, those that weaken the soak or the order are refused.
  package var approve: Set<Topic>
  /// The parts of the hosts in percent that a release is offered to, one after the other, ending with 100.
  package var rollout: [Int]
  /// How long the channel's metadata is valid.
  package var lifetime: DurationText
  /// How long a release must soak that closes a security hole.
  package var security: Soak

  /// A policy; throws a `ReleaseError` that names the field and the rule.
  package init(
    follows: ChannelName? = nil, signers: [String], threshold: Int = 1,
    soak: Soak = Soak(observed: DurationText(seconds: 86_400), probes: 1000), evidence: EvidenceRule = EvidenceRule(),
    approve: Set<Topic> = [.permissionWidening, .toolText, .inconclusive], rollout: [Int] = [100],
    lifetime: DurationText = DurationText(seconds: 90 * 86_400),
    security: Soak = Soak(observed: DurationText(seconds: 3600), probes: 50)
  ) throws(ReleaseError) {
    self.follows = follows
    self.signers = signers
    self.threshold = threshold
    self.soak = soak
    self.evidence = evidence
    self.approve = approve
    self.rollout = rollout
    self.lifetime = lifetime
    self.security = security
    try check()
  }

  private func check() throws(ReleaseError) {
    guard !signers.isEmpty else { throw ReleaseError("signers", .missing, blame: .user) }
    for (field, names) in [("signers", signers), ("evidence.signers", evidence.signers)] {
      for (index, name) in names.enumerated() {
        try KeyName.check(name, field: "\(field)[\(index)]")
        // One key counts once, however often it is named.
        guard !names[..<index].contains(name) else {
          throw ReleaseError("\(field)[\(index)]", .duplicate(name), blame: .user)
        }
      }
    }
    guard (1...signers.count).contains(threshold) else {
      throw ReleaseError(
        "threshold", .outOfRange(offered: Int64(threshold), minimum: 1, maximum: Int64(signers.count)), blame: .user)
    }
    var previous = 0
    for (index, percent) in rollout.enumerated() {
      guard percent > previous, percent <= 100 else {
        let rule = "be larger than the step before and at most 100"
        throw ReleaseError("rollout[\(index)]", .invalid(offered: "\(percent)", rule: rule), blame: .user)
      }
      previous = percent
    }
    guard previous == 100 else {
      throw ReleaseError("rollout", .invalid(offered: "\(previous)", rule: "end with 100"), blame: .user)
    }
    guard (86_400...730 * 86_400).contains(lifetime.seconds) else {
      throw ReleaseError("lifetime", .invalid(offered: lifetime.text, rule: "lie between 24h and 730d"), blame: .user)
    }
  }

  /// The soak that a release needs.
  package func soak(security isSecurity: Bool) -> Soak { isSecurity ? security : soak }

  /// The names of the keys whose verdicts count.
  package var evidenceSigners: [String] { evidence.signers.isEmpty ? signers : evidence.signers }
}

/// The rule for names of keys: the file name without `.pub`.
package enum KeyName {
  /// The longest name in bytes.
  package static let maxBytes = 64

  /// Checks a name; throws a `ReleaseError` for the field that states the rule.
  package static func check(_ name: String, field: String) throws(ReleaseError) {
    let isPlain = name.utf8.allSatisfy { Characters.isAlphanumeric($0) || "._-".utf8.contains($0) }
    guard isPlain, let first = name.utf8.first, Characters.isAlphanumeric(first), name.utf8.count <= maxBytes else {
      let rule = "have 1 to \(maxBytes) letters, digits, '.', '_' or '-', and begin with a letter or digit"
      throw ReleaseError(field, .invalid(offered: name, rule: rule), blame: .user)
    }
  }
}
