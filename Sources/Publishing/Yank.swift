package import Releases
import TUF

/// What a yank changes in one channel.
package struct YankStep: Hashable, Sendable {
  /// The channel.
  package let channel: ChannelName
  /// What the channel offered before.
  package let before: ReleaseVersion
  /// What it offers afterwards.
  package let after: ReleaseVersion
  /// The channel manifest's new sequence number.
  package let sequence: Int64
}

extension Publisher {
  /// Looks at what a yank would do in each channel that ever offered the version, and changes nothing.
  ///
  /// A channel that offers the version now goes back to the newest release it offered before that is not yanked.
  package func planYank(
    of plugin: PluginName, version: ReleaseVersion, reason: String
  ) throws -> [(step: YankStep, manifest: ChannelManifest)] {
    let state = try repository.state()
    let bundles = try bundlesRole()
    var plan: [(step: YankStep, manifest: ChannelManifest)] = []
    for (channel, _) in workspace.policies {
      guard let current = try manifest(of: plugin, in: channel, state: state),
        !current.yanked.contains(where: { $0.version == version })
      else { continue }
      let past = try ManifestHistory(workspace: workspace, state: state).manifests(of: plugin, in: channel)
      guard past.contains(where: { $0.version == version }) else { continue }
      // Only bundles that the bundles role still vouches for can come back.
      let vouched = past.filter { vouches(state.targets(of: bundles), for: $0) }
      let next = try withdrawn(version, reason: reason, from: current, past: vouched)
      plan.append(
        (
          YankStep(channel: channel, before: current.version, after: next.version, sequence: next.sequence), next
        ))
    }
    guard !plan.isEmpty else {
      throw PublishingError.notInChannel(
        plugin: plugin.text, version: version.text,
        channel: "any channel without being yanked already", offered: nil)
    }
    return plan
  }

  /// Withdraws a version from every channel; installed clients learn the reason with their next check.
  package func yank(_ plugin: PluginName, version: ReleaseVersion, reason: String) throws -> [YankStep] {
    try locked { publisher, state in
      let plan = try publisher.planYank(of: plugin, version: version, reason: reason)
      for (_, manifest) in plan {
        // Each channel has keys of its own, so each is a publication of its own; a cut between two leaves a yank to be
        // run again.
        let now = try publisher.repository.state()
        var draft = PublicationDraft(try publisher.writer(now))
        try publisher.add(manifest, to: &draft, state: now)
        try publisher.complete(draft, over: now)
      }
      return plan.map(\.step)
    }
  }

  /// Writes a yank down for the channels' keys, which are elsewhere: all channels in one request.
  package func requestYank(
    _ plugin: PluginName, version: ReleaseVersion, reason: String
  ) throws -> SigningRequest {
    try locked { publisher, state in
      var draft = PublicationDraft(try publisher.writer(state))
      for (_, manifest) in try publisher.planYank(of: plugin, version: version, reason: reason) {
        try publisher.add(manifest, to: &draft, state: state)
      }
      return try publisher.request(draft, over: state)
    }
  }

  func vouches(_ role: TargetsMetadata?, for manifest: ChannelManifest) -> Bool {
    manifest.bundles.allSatisfy { bundle in
      let target = role?.target(bundle.path)
      return target?.sha256 == bundle.sha256 && target?.length == bundle.length
    }
  }

  private func withdrawn(
    _ version: ReleaseVersion, reason: String, from current: ChannelManifest, past: [ChannelManifest]
  ) throws -> ChannelManifest {
    let yanked = try current.yanked + [YankedRelease(version: version, reason: reason)]
    var shown = current
    if current.version == version {
      let good = past.filter { candidate in !yanked.contains { $0.version == candidate.version } }
      guard let before = good.max(by: { $0.sequence < $1.sequence }) else {
        throw PublishingError.nothingLeft(
          plugin: current.plugin.text, channel: current.channel.text, version: version.text)
      }
      shown = before
    }
    return try ChannelManifest(
      plugin: current.plugin, channel: current.channel, sequence: current.sequence + 1, version: shown.version,
      published: workspace.now, bundles: shown.bundles, rollout: shown == current ? current.rollout : .everybody,
      paused: current.paused, security: shown.security, minimumSequence: current.minimumSequence, yanked: yanked,
      evidence: shown.evidence, notes: shown.notes)
  }
}
