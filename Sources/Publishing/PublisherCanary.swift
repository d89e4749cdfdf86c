package import Canary
import Platform
package import Releases
package import Sandbox
import Signing
import SystemPackage

/// What the publisher's own canary of a release brought.
package struct PublisherVerdict: Sendable {
  package let evidence: Evidence
  /// Where the signed record lies.
  package let path: String
}

extension Publisher {
  /// Runs a published release in its sandbox until there is a verdict, compares its tools with those of the release
  /// that the next channel offers, and signs the result as evidence.
  ///
  /// The soak is the one that the policy of the following channel asks for, unless another is given; a shorter one is
  /// named in the evidence. An interrupted run goes on where it stopped.
  package func canary(
    of plugin: PluginName, in channel: ChannelName, soak wanted: DurationText?, runner: SandboxRunner,
    configuration: [String: UserConfigValue] = [:], notify: @escaping @Sendable (CanaryProgress) -> Void = { _ in }
  ) async throws -> PublisherVerdict {
    let state = try repository.state()
    guard let source = try manifest(of: plugin, in: channel, state: state),
      let bundle = source.bundle(for: .current)
    else {
      throw PublishingError.notInChannel(
        plugin: plugin.text, version: "a bundle for \(TargetPlatform.current)", channel: channel.text, offered: nil)
    }
    let next = workspace.policies.first { $0.policy.follows == channel }
    let policy = try (next?.policy ?? workspace.policy(channel)).soak(security: source.security)
    let folder = workspace.staging.appending("canary-\(bundle.tree.hex.prefix(16))")
    if try workspace.machine.files.exists(folder) { try workspace.machine.files.removeTree(folder) }
    defer { try? workspace.machine.files.removeTree(folder) }

    let subjects = CanarySubjects(machine: workspace.machine, root: folder.appending("state"))
    let release = try unpack(bundle, into: folder.appending("tree"))
    let baseline = try await baseline(
      next.flatMap { try manifest(of: plugin, in: $0.channel, state: state) }, folder: folder, subjects: subjects,
      runner: runner, configuration: configuration)
    let required = wanted ?? policy.observed
    let plan = CanaryPlan(
      observing: release, required: required.duration, policy: policy.observed.duration, probes: Int(policy.probes),
      baseline: baseline)
    let outcome = try await CanaryRun(
      plan: plan,
      subject: subjects.subject(
        release, tree: folder.appending("tree"), configuration: configuration, runner: runner),
      ledger: SoakFile(path: progressPath(bundle), files: workspace.machine.files), clock: workspace.machine.clock,
      notify: notify
    ).run()
    try workspace.machine.files.removeIfPresent(progressPath(bundle))
    let evidence = Evidence(outcome, of: plan)
    let path = try EvidenceFolder(workspace: workspace).add(evidence, signedBy: evidenceSigner(channel))
    return PublisherVerdict(evidence: evidence, path: path.string)
  }

  private func progressPath(_ bundle: BundleOffer) -> FilePath {
    workspace.staging.appending("soak-\(bundle.tree.hex.prefix(16)).json")
  }

  /// Verdicts are signed by the channel in which the release was watched.
  private func evidenceSigner(_ channel: ChannelName) throws -> Signer {
    let names = try workspace.policy(channel).signers
    guard let signer = try names.lazy.compactMap({ try keys.signer(named: $0) }).first else {
      throw PublishingError.badKey(
        name: names.joined(separator: ", "), reason: "no secret half is on this machine")
    }
    return signer
  }

  /// The tools of the release that is to be replaced, listed in the same environment.
  private func baseline(
    _ current: ChannelManifest?, folder: FilePath, subjects: CanarySubjects, runner: SandboxRunner,
    configuration: [String: UserConfigValue]
  ) async throws -> CanaryBaseline? {
    guard let bundle = current?.bundle(for: .current) else { return nil }
    let tree = folder.appending("baseline")
    let manifest = try unpack(bundle, into: tree)
    let outcome = try await CanaryRun(
      plan: CanaryPlan(observing: manifest, required: .zero, policy: .zero, probes: 1),
      subject: subjects.subject(manifest, tree: tree, configuration: configuration, runner: runner),
      ledger: SoakFile(path: nil, files: workspace.machine.files), clock: workspace.machine.clock
    ).run()
    return outcome.tools.map { CanaryBaseline(version: manifest.version, tools: $0) }
  }
}
