package import Canary
import MCP
import Platform
package import Releases
import Sandbox
import Storage
import StrictJSON
import SystemPackage

extension PluginHost {
  /// Observes a prepared release in its sandbox until there is a verdict, going on where an earlier run stopped.
  ///
  /// The progress is kept on disk after every round, so that a killed process loses at most the time since then. A
  /// verdict that was reached before for this tree and at least this time counts. Throws what the machine refuses.
  package func soak(
    _ release: PreparedRelease, configuration: [String: UserConfigValue], time: SoakTime,
    notify: @escaping @Sendable (CanaryProgress) -> Void = { _ in }
  ) async throws -> SoakResult {
    let plugin = release.manifest.plugin
    let home = try folder.plugin(plugin)
    let baseline = try home.current()
    if let earlier = try reachedVerdict(on: release, atLeast: time) { return earlier }
    try home.setMark(.candidate, to: release.tree)
    try home.setMark(.baseline, to: baseline)

    let run =
      try ledger.runningCanary(of: plugin, tree: release.tree)
      ?? ledger.startCanary(
        of: plugin, version: release.manifest.version, tree: release.tree, baseline: baseline,
        at: machine.clock.now(), required: time.required.duration, isShortened: time.isShortened)
    let runner = try sandbox()
    let plan = CanaryPlan(
      observing: release.manifest, required: time.required.duration, policy: time.policy.duration,
      probes: time.policyProbes, baseline: try await baselineTools(at: home, runner: runner))
    let progress = SoakFile(path: progressPath(home, release.tree), files: machine.files)
    let outcome = try await Canary.CanaryRun(
      plan: plan,
      subject: subjects.subject(
        release.manifest, tree: home.path(of: release.tree), configuration: configuration, runner: runner),
      ledger: SoakRecord(ledger: ledger, run: run.id, progress: progress), clock: machine.clock, notify: notify
    ).run()
    let result = SoakResult(outcome, isShortened: time.isShortened)
    _ = try ledger.endCanary(
      run.id, as: Storage.CanaryRun.State(result.verdict), verdict: result.json, at: machine.clock.now())
    try machine.files.removeIfPresent(progressPath(home, release.tree))
    if result.verdict == .fail { try home.setMark(.candidate, to: nil) }
    return result
  }

  /// Starts a release once in its sandbox and asks for its tools: what an install wants to know before it switches on.
  package func gate(
    _ release: PreparedRelease, configuration: [String: UserConfigValue]
  ) async throws -> SoakResult {
    let home = try folder.plugin(release.manifest.plugin)
    let outcome = try await glimpse(
      release.manifest, tree: home.path(of: release.tree), configuration: configuration, runner: sandbox())
    return SoakResult(outcome, isShortened: true)
  }

  /// The shortest of canaries: one start, one handshake, one tool list, one end.
  private func glimpse(
    _ manifest: BundleManifest, tree: FilePath, configuration: [String: UserConfigValue], runner: SandboxRunner
  ) async throws -> CanaryOutcome {
    try await Canary.CanaryRun(
      plan: CanaryPlan(observing: manifest, required: .zero, policy: .zero, probes: 1),
      subject: subjects.subject(manifest, tree: tree, configuration: configuration, runner: runner),
      ledger: SoakFile(path: nil, files: machine.files), clock: machine.clock
    ).run()
  }

  /// The installed release with the tools it lists today, under the same environment as the candidate.
  private func baselineTools(at home: PluginFolder, runner: SandboxRunner) async throws -> CanaryBaseline? {
    guard let tree = try home.current() else { return nil }
    let manifest = try home.manifest(of: tree)
    let outcome = try await glimpse(
      manifest, tree: home.path(of: tree), configuration: configuration(for: manifest), runner: runner)
    return outcome.tools.map { CanaryBaseline(version: manifest.version, tools: $0) }
  }

  private var subjects: CanarySubjects {
    CanarySubjects(machine: machine, root: folder.root.appending("canary"))
  }

  private func progressPath(_ home: PluginFolder, _ tree: TreeName) -> FilePath {
    home.root.appending("soak-\(tree.text).json")
  }

  private func reachedVerdict(on release: PreparedRelease, atLeast time: SoakTime) throws -> SoakResult? {
    let passed = try ledger.canaries(of: release.manifest.plugin).first {
      $0.tree == release.tree && $0.state == .passed && $0.observed >= time.required.duration
    }
    return passed.flatMap { SoakResult(json: $0.verdict) }
  }
}
