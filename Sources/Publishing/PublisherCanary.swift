import Bundles
package import Canary
import Platform
package import Releases
package import Sandbox
import Signing
import Synchronization
import SystemPackage

/// What the publisher's own canary of a release brought.
package struct PublisherVerdict: Sendable {
  /// The signed record.
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
    of plugin: PluginName, in channel: ChannelName, soak wanted: DurationText?, giveUpAfter: DurationText? = nil,
    runner: SandboxRunner, setting texts: [String] = [], notify: @escaping @Sendable (CanaryProgress) -> Void = { _ in }
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
    let folder = canaryFolder(bundle)
    try workspace.machine.files.makeDirectories(workspace.staging)
    // Held for the whole soak: a second canary of the same tree would remove what this one watches.
    let lock = try workspace.machine.files.lock(FilePath(folder.string + ".lock"))
    defer { withExtendedLifetime(lock) {} }
    if try workspace.machine.files.exists(folder) { try workspace.machine.files.removeTree(folder) }
    defer { try? workspace.machine.files.removeTree(folder) }

    let subjects = CanarySubjects(machine: workspace.machine, root: folder.appending("state"))
    let release = try unpack(bundle, into: folder.appending("tree")).manifest
    let old = try unpackOld(
      next.flatMap { try manifest(of: plugin, in: $0.channel, state: state) }, folder: folder)
    let baseline = try await baseline(old, subjects: subjects, runner: runner, setting: texts)
    let required = wanted ?? policy.observed
    var plan = CanaryPlan(
      observing: release, required: required.duration, policy: policy.observed.duration, probes: Int(policy.probes),
      baseline: baseline)
    plan.giveUpAfter = giveUpAfter?.duration
    plan.baselineTree = old?.manifest.tree
    plan.seed = UInt64.random(in: .min ... .max)
    let errors = LastErrors()
    let outcome = try await CanaryRun(
      plan: plan,
      subject: NotedSubject(
        subjects.subject(
          release, tree: folder.appending("tree"), configuration: values(texts, for: release), runner: runner),
        note: errors.note),
      installed: old.map { old in
        subjects.installed(
          old.manifest, tree: old.tree, configuration: try values(texts, for: old.manifest), runner: runner)
      },
      ledger: SoakFile(path: progressPath(bundle), files: workspace.machine.files), clock: workspace.machine.clock,
      notify: notify
    ).run()
    let evidence = Evidence(
      outcome, of: plan, errorTail: errors.last,
      environment: await CanaryEnvironment.words(for: release.permissions, runner: runner))
    let path = try EvidenceFolder(workspace: workspace).add(evidence, signedBy: evidenceSigner(channel))
    // Only now: a key that cannot be opened must not cost a day of observation. And not after a doubt, for then what
    // was observed counts when the canary is run again.
    if evidence.verdict != .inconclusive { try workspace.machine.files.removeIfPresent(progressPath(bundle)) }
    return PublisherVerdict(evidence: evidence, path: path.string)
  }

  func canaryFolder(_ bundle: BundleOffer) -> FilePath {
    workspace.staging.appending("canary-\(bundle.tree.hex.prefix(16))")
  }

  func progressPath(_ bundle: BundleOffer) -> FilePath {
    workspace.staging.appending("soak-\(bundle.tree.hex.prefix(16)).json")
  }

  /// A signer whose verdicts the next channel believes.
  private func evidenceSigner(_ channel: ChannelName) throws -> Signer {
    let next = workspace.policies.first { $0.policy.follows == channel }
    let names = try next?.policy.evidenceSigners ?? workspace.policy(channel).signers
    guard let signer = try names.lazy.compactMap({ try keys.signer(named: $0) }).first else {
      throw PublishingError.badKey(
        name: names.joined(separator: ", "), reason: "no secret half is on this machine")
    }
    return signer
  }

  /// The release that is to be replaced, unpacked; nil when the next channel offers none.
  private func unpackOld(
    _ current: ChannelManifest?, folder: FilePath
  ) throws -> (manifest: BundleManifest, tree: FilePath)? {
    guard let bundle = current?.bundle(for: .current) else { return nil }
    let tree = folder.appending("baseline")
    return (try unpack(bundle, into: tree).manifest, tree)
  }

  /// The tools of the release that is to be replaced, listed in the same environment.
  private func baseline(
    _ old: (manifest: BundleManifest, tree: FilePath)?, subjects: CanarySubjects, runner: SandboxRunner,
    setting texts: [String]
  ) async throws -> CanaryBaseline? {
    guard let (manifest, tree) = old else { return nil }
    let outcome = try await CanaryRun(
      plan: CanaryPlan(observing: manifest, required: .zero, policy: .zero, probes: 1),
      subject: subjects.subject(
        manifest, tree: tree, configuration: values(texts, for: manifest), runner: runner, name: "installed"),
      ledger: SoakFile(path: nil, files: workspace.machine.files), clock: workspace.machine.clock
    ).run()
    return outcome.tools.map { CanaryBaseline(version: manifest.version, tools: $0) }
  }

  /// The given values that a release knows; another release of the plugin may know others.
  private func values(_ texts: [String], for manifest: BundleManifest) throws -> [String: UserConfigValue] {
    let known = texts.filter { text in
      manifest.userConfig.contains { text.hasPrefix($0.key + "=") }
    }
    return try UserConfigOption.values(from: known, options: manifest.userConfig)
  }
}

/// The end of the candidate's standard error, which the signed record carries.
private final class LastErrors: Sendable {
  private let bytes = Mutex<[UInt8]>([])

  var last: [UInt8] { bytes.withLock { $0 } }

  @Sendable func note(_ tail: [UInt8]) async {
    if !tail.isEmpty { bytes.withLock { $0 = tail } }
  }
}
