package import Canary
import Platform
package import Releases
package import Storage
import StrictJSON
import SystemPackage

extension PluginHost {
  /// Everything that is known of a canary of this host: of the newest one of a plugin, or of the one with a number.
  ///
  /// Throws ``UpdatingError/noCanary(plugin:wanted:found:)``.
  package func account(of plugin: PluginName, run number: Int64? = nil) throws -> CanaryAccount {
    let runs = try ledger.canaries(of: plugin, limit: Ledger.runLimit)
    guard let run = number == nil ? runs.first : runs.first(where: { $0.id == number }) else {
      throw UpdatingError.noCanary(
        plugin: plugin.text, wanted: number.map { "number \($0)" } ?? "its own", found: runs.map { "\($0.id)" })
    }
    return try account(of: run)
  }

  /// Everything that is known of one canary: the kept record, else the running one as far as it came.
  package func account(of run: Storage.CanaryRun) throws -> CanaryAccount {
    let notes = try ledger.canaryNotes(run.id)
    let home = try folder.plugin(run.plugin)
    let isInstalled = (try? home.current()) == run.tree
    var account: CanaryAccount
    if let record = try? Evidence(json: notes.record.serialized(pretty: false)) {
      account = CanaryAccount(record, state: CanaryAccount.State(run.state), origin: .host(isInstalled: isInstalled))
    } else {
      account = CanaryAccount(
        try unfinished(run), state: CanaryAccount.State(run.state), origin: .host(isInstalled: isInstalled))
    }
    account.isWatched = run.state == .running && isObserved(run.plugin)
    account.errorTail = notes.errorTail
    account.remark = notes.remark
    let isCandidate = (try? home.marked(.candidate)) == run.tree
    if isCandidate, run.state != .running, run.state != .aborted, let result = SoakResult(json: run.verdict),
      let manifest = try? home.outline(of: run.tree)
    {
      account.waits = try needs(manifest, tree: run.tree, soak: result, by: .agent).flatMap(\.sentences)
    }
    return account
  }

  /// Whether a process observes or switches a plugin at this moment.
  package func isObserved(_ plugin: PluginName) -> Bool {
    guard let home = try? folder.plugin(plugin) else { return false }
    return machine.files.lockHolder(home.root.appending("update.lock")) != nil
  }

  /// The record of a canary that has no kept one: what its progress file says, else what stands in the ledger.
  private func unfinished(_ run: Storage.CanaryRun) throws -> Evidence {
    let home = try folder.plugin(run.plugin)
    let standard = SoakTime.standard
    let baseline = run.baseline.flatMap { tree in try? home.summary(of: tree).version }
    let result = SoakResult(json: run.verdict)
    let verdict = CanaryVerdict(
      kind: result?.verdict ?? .inconclusive, findings: result?.findings ?? [], changes: [])
    if let manifest = try? home.outline(of: run.tree), let progress = try? kept(run.tree, at: home) {
      var plan = CanaryPlan(
        observing: manifest, required: run.required, policy: max(run.required, standard.policy.duration),
        probes: standard.policyProbes)
      plan.policyRequired = run.isShortened ? plan.policyRequired : run.required
      var evidence = Evidence(progress, verdict: verdict, of: plan)
      evidence.baseline = baseline
      return evidence
    }
    let ended = Timestamp(seconds: max(run.started.seconds, (run.ended ?? run.started).seconds))
    var evidence = Evidence(
      plugin: run.plugin, version: run.version, platform: .current, tree: run.tree.tree, verdict: verdict.kind,
      reasons: verdict.findings, observedSeconds: run.observed.components.seconds,
      requiredSeconds: run.required.components.seconds, shortened: run.isShortened, probes: Int64(run.probes),
      started: Timestamp(seconds: run.started.seconds), ended: ended, baseline: baseline)
    evidence.toolChanges = (result?.toolChanges ?? []).map {
      Evidence.ToolChange(tool: "", kind: $0.kind, sentence: $0.sentence)
    }
    return evidence
  }

  private func kept(_ tree: TreeName, at home: PluginFolder) throws -> CanaryProgress? {
    let path = progressPath(home, tree)
    guard try machine.files.exists(path) else { return nil }
    return CanaryProgress(encoded: try machine.files.readAll(path, limit: CanaryProgress.maxBytes))
  }
}

extension CanaryAccount.State {
  init(_ state: Storage.CanaryRun.State) {
    switch state {
    case .running: self = .running
    case .passed: self = .passed
    case .failed: self = .failed
    case .inconclusive: self = .inconclusive
    case .aborted: self = .aborted
    }
  }
}
