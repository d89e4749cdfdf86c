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
  /// verdict that was reached before counts: a pass for at least this time, a failure for ever, what a person approved.
  /// Only a time that starts anew forgets it. Throws what the machine refuses.
  package func soak(
    _ release: PreparedRelease, configuration: [String: UserConfigValue], time asked: SoakTime,
    notify: @escaping @Sendable (CanaryProgress) -> Void = { _ in }
  ) async throws -> SoakResult {
    let plugin = release.manifest.plugin
    let home = try folder.plugin(plugin)
    let time = try extended(asked, tree: release.tree, of: plugin)
    let baseline = try home.current()
    let earlier = time.startsAnew ? nil : try reachedVerdict(on: release, baseline: baseline, atLeast: time)
    if let earlier, earlier.verdict == .fail { return earlier }
    try home.setMark(.candidate, to: release.tree)
    try home.setMark(.baseline, to: baseline)
    if let earlier { return earlier }

    let progress = SoakFile(path: progressPath(home, release.tree), files: machine.files)
    if time.startsAnew { try machine.files.removeIfPresent(progressPath(home, release.tree)) }
    let begun = try (time.startsAnew ? nil : ledger.runningCanary(of: plugin, tree: release.tree)).map {
      try ledger.resumeCanary($0, required: time.required.duration, isShortened: time.isShortened)
    }
    let run =
      try begun
      ?? ledger.startCanary(
        of: plugin, version: release.manifest.version, tree: release.tree, baseline: baseline,
        at: machine.clock.now(), required: time.required.duration, isShortened: time.isShortened)
    let runner = try sandbox()
    // What a supervisor that was killed left running must not share the machine with this soak.
    _ = await runner.sweep()
    let subjects = subjects(of: plugin)
    defer { subjects.clean() }
    var plan = CanaryPlan(
      observing: release.manifest, required: time.required.duration, policy: time.policy.duration,
      probes: time.policyProbes, baseline: try await baselineTools(at: home, runner: runner))
    plan.giveUpAfter = time.giveUpAfter?.duration
    plan.baselineTree = baseline?.tree
    plan.startsAnew = time.startsAnew
    plan.replay = time.replay.map(ToolCallProbe.init)
    plan.seed = UInt64.random(in: .min ... .max)
    let errors = ErrorTail(ledger: ledger, run: run.id)
    let outcome: CanaryOutcome
    do {
      outcome = try await Canary.CanaryRun(
        plan: plan,
        subject: NotedSubject(
          subjects.subject(
            release.manifest, tree: home.path(of: release.tree), configuration: configuration, runner: runner),
          note: errors.note),
        installed: await installedTwin(at: home, baseline, subjects: subjects, runner: runner),
        ledger: SoakRecord(ledger: ledger, run: run.id, progress: progress), clock: machine.clock, notify: notify
      ).run()
    } catch let error as UpdatingError {
      if case .canaryAborted = error { try forgetProgress(of: run) }
      throw error
    }
    let result = SoakResult(outcome, isShortened: time.isShortened)
    if result.verdict != .fail { try keepObserved(outcome.tools, of: release.manifest, tree: release.tree) }
    try await keepRecord(of: outcome, plan: plan, run: run, errors: errors, runner: runner, release: release)
    _ = try ledger.endCanary(
      run.id, as: Storage.CanaryRun.State(result.verdict), verdict: result.json, at: machine.clock.now())
    // A doubt is not the end: what was observed counts when the soak is asked for again.
    if result.verdict != .inconclusive { try machine.files.removeIfPresent(progressPath(home, release.tree)) }
    if result.verdict == .fail { try home.setMark(.candidate, to: nil) }
    return result
  }

  /// Keeps the figures of a verdict with it, so that they can be explained after the end.
  private func keepRecord(
    of outcome: CanaryOutcome, plan: CanaryPlan, run: Storage.CanaryRun, errors: ErrorTail, runner: SandboxRunner,
    release: PreparedRelease
  ) async throws {
    var plan = plan
    // Somebody may have extended it meanwhile.
    plan.gates.required = max(plan.gates.required, try ledger.canary(run.id).required)
    let words = await CanaryEnvironment.words(for: release.manifest.permissions, runner: runner)
    let record = Evidence(outcome, of: plan, errorTail: errors.last, environment: words)
    try ledger.keepRecord(JSON.parse(record.encoded()), of: run.id)
  }

  /// Starts a release once in its sandbox and asks for its tools: what an install wants to know before it switches on.
  package func gate(
    _ release: PreparedRelease, configuration: [String: UserConfigValue]
  ) async throws -> SoakResult {
    let home = try folder.plugin(release.manifest.plugin)
    let outcome = try await glimpse(
      release.manifest, tree: home.path(of: release.tree), configuration: configuration, runner: sandbox())
    let result = SoakResult(outcome, isShortened: true)
    if result.verdict != .fail { try keepObserved(outcome.tools, of: release.manifest, tree: release.tree) }
    return result
  }

  /// The shortest of canaries: one start, one handshake, one tool list, one end.
  private func glimpse(
    _ manifest: BundleManifest, tree: FilePath, configuration: [String: UserConfigValue], runner: SandboxRunner
  ) async throws -> CanaryOutcome {
    let subjects = subjects(of: manifest.plugin)
    defer { subjects.clean() }
    return try await Canary.CanaryRun(
      plan: CanaryPlan(observing: manifest, required: .zero, policy: .zero, probes: 1),
      subject: subjects.subject(manifest, tree: tree, configuration: configuration, runner: runner),
      ledger: SoakFile(path: nil, files: machine.files), clock: machine.clock
    ).run()
  }

  /// The installed release with the tools it lists today, under the same environment as the candidate.
  private func baselineTools(at home: PluginFolder, runner: SandboxRunner) async throws -> CanaryBaseline? {
    guard let tree = try home.current() else { return nil }
    let manifest = try home.outline(of: tree)
    let outcome = try await glimpse(
      manifest, tree: home.path(of: tree), configuration: await configuration(for: manifest), runner: runner)
    // A release that was installed before lists were kept is pinned from its next update on.
    try keepObserved(outcome.tools, of: manifest, tree: tree, replacing: false)
    return outcome.tools.map { CanaryBaseline(version: manifest.version, tools: $0) }
  }

  /// The installed release, to run beside the candidate under the same environment; nil where nothing is installed.
  private func installedTwin(
    at home: PluginFolder, _ tree: TreeName?, subjects: CanarySubjects, runner: SandboxRunner
  ) async throws -> InstalledTwin? {
    guard let tree else { return nil }
    let manifest = try home.outline(of: tree)
    return subjects.installed(
      manifest, tree: home.path(of: tree), configuration: try await configuration(for: manifest), runner: runner)
  }

  private func subjects(of plugin: PluginName) -> CanarySubjects {
    CanarySubjects(
      machine: machine, root: folder.root.appending("canary").appending(plugin.namespace).appending(plugin.name))
  }

  func progressPath(_ home: PluginFolder, _ tree: TreeName) -> FilePath {
    home.root.appending("soak-\(tree.text).json")
  }

  /// The verdict on a tree that makes another soak needless, if there is one.
  ///
  /// A pass and an approved doubt hold for the release they were compared with; another one has other tools. A failure
  /// holds against all: whoever repeats a canary until it passes has not passed it.
  func reachedVerdict(
    on release: PreparedRelease, baseline: TreeName?, atLeast time: SoakTime
  ) throws -> SoakResult? {
    let plugin = release.manifest.plugin
    let isApproved = try ledger.approvals(of: plugin, tree: release.tree).contains { $0.kind == "inconclusive" }
    for run in try ledger.canaries(of: plugin, limit: Ledger.runLimit) where run.tree == release.tree {
      let isEnough = run.baseline == baseline && run.observed >= time.required.duration
      switch run.state {
      case .failed: return SoakResult(json: run.verdict)
      case .passed where isEnough, .inconclusive where isApproved && run.baseline == baseline:
        return SoakResult(json: run.verdict)
      // Begun anew after whatever came before, by somebody's word, and not ended yet.
      case .running: return nil
      case .aborted, .passed, .inconclusive: continue
      }
    }
    return nil
  }
}
