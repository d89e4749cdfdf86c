import Platform
package import Releases
import Signing
import SystemPackage
import TUF

/// A release that could enter a channel, with everything that speaks for and against it.
package struct Promotion: Sendable {
  /// The plugin.
  package let plugin: PluginName
  /// The version that would enter.
  package let version: ReleaseVersion
  /// The channel it comes from.
  package let from: ChannelName
  /// The channel it would enter.
  package let to: ChannelName
  /// The bundles that would be offered: exactly those of the channel it comes from.
  package let bundles: [BundleOffer]
  /// What the channel's policy says, the heaviest first; refusals and open approvals stop the promotion.
  package let findings: [Finding]
  /// What a person approved for it.
  package let approved: Set<ChannelPolicy.Topic>
  let evidence: [EvidenceLink]
  let source: ChannelManifest

  /// Whether the policy lets it pass.
  package var isAllowed: Bool { findings.allowRelease }
}

extension Publisher {
  /// Looks at what a promotion would do, and changes nothing.
  ///
  /// Throws ``PublishingError`` where there is nothing to promote; what the policy refuses is in the findings.
  package func planPromotion(
    of plugin: PluginName, version: ReleaseVersion?, to channel: ChannelName,
    approving approved: Set<ChannelPolicy.Topic> = []
  ) throws -> Promotion {
    let policy = try workspace.policy(channel)
    guard let from = policy.follows else {
      throw PublishingError.notAnEntryChannel(channel: channel.text, follows: "a folder (`serin publish`)")
    }
    let state = try repository.state()
    let offered = try manifest(of: plugin, in: from, state: state)
    let wanted = version ?? offered?.version
    guard let source = offered, let wanted, source.version == wanted else {
      throw PublishingError.notInChannel(
        plugin: plugin.text, version: wanted?.text ?? "anything", channel: from.text, offered: offered?.version.text)
    }
    let current = try manifest(of: plugin, in: channel, state: state)
    if current?.version == wanted && current?.bundles == source.bundles {
      throw PublishingError.alreadyOffered(plugin: plugin.text, version: wanted.text, channel: channel.text)
    }
    let records = try EvidenceFolder(workspace: workspace).records(of: plugin, version: wanted)
    let candidate = PromotionCandidate(
      plugin: plugin, version: wanted, bundles: source.bundles, source: source, current: current,
      evidence: records.map(\.attested), signers: policy.signers,
      permissionChanges: try permissionChanges(from: current, to: source),
      toolChanges: records.flatMap(\.attested.evidence.toolChanges).filter { $0.kind != "reported" }.map(\.sentence),
      approved: approved, security: source.security)
    return Promotion(
      plugin: plugin, version: wanted, from: from, to: channel, bundles: source.bundles,
      findings: policy.findings(for: candidate, now: workspace.now), approved: approved,
      evidence: Self.links(to: records, about: source.bundles), source: source)
  }

  /// Offers a release in the next channel: the same bytes, signed by that channel's own keys.
  ///
  /// Throws ``PublishingError/policyRefuses(channel:version:findings:)`` with every reason.
  package func promote(_ promotion: Promotion) throws -> PublishedRelease {
    try locked { publisher, state in
      // What was planned is looked at again under the lock: another process may have published meanwhile.
      var draft = try publisher.draft(of: promotion, state: state)
      let expiring = try publisher.renewDying(&draft, state: state)
      try publisher.complete(draft, over: state)
      return try PublishedRelease(draft, expiring: expiring)
    }
  }

  /// Writes a promotion down for the channel's keys, which are elsewhere.
  ///
  /// Throws ``PublishingError/policyRefuses(channel:version:findings:)`` with every reason.
  package func request(_ promotion: Promotion) throws -> SigningRequest {
    try locked { publisher, state in
      try publisher.request(publisher.draft(of: promotion, state: state), over: state)
    }
  }

  private func draft(of promotion: Promotion, state: RepositoryState) throws -> PublicationDraft {
    let plan = try planPromotion(
      of: promotion.plugin, version: promotion.version, to: promotion.to, approving: promotion.approved)
    guard plan.isAllowed, plan.bundles == promotion.bundles else {
      throw PublishingError.policyRefuses(
        channel: plan.to.text, version: plan.version.text, findings: plan.findings.filter { $0.severity != .notice })
    }
    let current = try manifest(of: plan.plugin, in: plan.to, state: state)
    let policy = try workspace.policy(plan.to)
    let offer = try ChannelManifest(
      plugin: plan.plugin, channel: plan.to, sequence: (current?.sequence ?? 0) + 1, version: plan.version,
      published: workspace.now, bundles: plan.bundles, rollout: rollout(policy, plan),
      security: plan.source.security, minimumSequence: current?.minimumSequence ?? 0, yanked: current?.yanked ?? [],
      evidence: plan.evidence, notes: plan.source.notes)
    var draft = PublicationDraft(try writer(state))
    try add(offer, to: &draft, state: state)
    return draft
  }

  /// The newest verdicts on these very bundles, as many as a manifest may point to.
  private static func links(to records: [EvidenceFolder.Record], about bundles: [BundleOffer]) -> [EvidenceLink] {
    records.filter { record in bundles.contains { $0.tree == record.attested.evidence.tree } }
      .sorted { $0.attested.evidence.ended > $1.attested.evidence.ended }
      .prefix(ChannelManifest.maxEvidence).map(\.link)
  }

  /// The first step of the policy's rollout; the salt is the release's own, so that not always the same hosts are
  /// first.
  private func rollout(_ policy: ChannelPolicy, _ plan: Promotion) -> RolloutPlan {
    guard let percent = policy.rollout.first, percent < 100 else { return .everybody }
    return RolloutPlan(percent: percent, salt: String((plan.bundles.first?.sha256.hex ?? "").prefix(16)))
  }

  /// How the permissions of a release differ from those of the release that the channel offers now.
  private func permissionChanges(
    from current: ChannelManifest?, to source: ChannelManifest
  ) throws -> [PermissionChange] {
    guard let current else { return [] }
    var changes: [PermissionChange] = []
    for after in source.bundles {
      // A platform that was not offered before is compared with what its users know of the plugin.
      guard let before = current.bundle(for: after.platform) ?? current.bundles.first else { continue }
      for change in try bundleManifest(after).permissionChanges(from: bundleManifest(before))
      where !changes.contains(change) { changes.append(change) }
    }
    return changes
  }
}
