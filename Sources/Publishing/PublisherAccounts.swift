package import Canary
import Platform
package import Releases
import Signing
import SystemPackage

extension Publisher {
  /// Everything that is known of the canary of a published release: the newest verdict, else a soak that is not over.
  ///
  /// Only verdicts with a good signature by a key of this workspace count. Throws
  /// ``PublishingError/noVerdict(plugin:version:)``.
  package func account(of plugin: PluginName, in channel: ChannelName) throws -> CanaryAccount {
    let source = try manifest(of: plugin, in: channel, state: repository.state())
    guard let source, let bundle = source.bundle(for: .current) ?? source.bundles.first else {
      throw PublishingError.notInChannel(
        plugin: plugin.text, version: "a release", channel: channel.text, offered: nil)
    }
    let next = workspace.policies.first { $0.policy.follows == channel }?.channel.text
    let path = progressPath(bundle)
    let isWatched = isLocked(bundle)
    if isWatched || (try? workspace.machine.files.exists(path)) == true,
      let progress = CanaryProgress(
        encoded: (try? workspace.machine.files.readAll(path, limit: CanaryProgress.maxBytes)) ?? [])
    {
      var account = CanaryAccount(
        try unfinished(progress, bundle, source, channel), state: .running, origin: .workspace(next: next))
      account.isWatched = isWatched
      return account
    }
    let records = try EvidenceFolder(workspace: workspace).records(of: plugin, version: source.version)
      .filter { record in source.bundles.contains { $0.tree == record.attested.evidence.tree } }
    guard let newest = records.max(by: { $0.attested.evidence.ended < $1.attested.evidence.ended }) else {
      throw PublishingError.noVerdict(plugin: plugin.text, version: source.version.text)
    }
    let evidence = newest.attested.evidence
    var account = CanaryAccount(evidence, state: .init(evidence.verdict), origin: .workspace(next: next))
    account.digest = newest.link.sha256
    account.signer = newest.attested.signers.joined(separator: ", ")
    return account
  }

  private func unfinished(
    _ progress: CanaryProgress, _ bundle: BundleOffer, _ source: ChannelManifest, _ channel: ChannelName
  ) throws -> Evidence {
    let next = workspace.policies.first { $0.policy.follows == channel }
    let policy = try (next?.policy ?? workspace.policy(channel)).soak(security: source.security)
    let plan = CanaryPlan(
      observing: try bundleManifest(bundle), required: policy.observed.duration, policy: policy.observed.duration,
      probes: Int(policy.probes))
    return Evidence(progress, verdict: CanaryVerdict(kind: .inconclusive, findings: [], changes: []), of: plan)
  }

  /// Whether a process observes this bundle now.
  private func isLocked(_ bundle: BundleOffer) -> Bool {
    workspace.machine.files.lockHolder(FilePath(canaryFolder(bundle).string + ".lock")) != nil
  }
}
