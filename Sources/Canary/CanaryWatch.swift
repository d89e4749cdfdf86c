import MCP
import Platform
import Releases

/// The running account of one soak: every probe of both twins goes through it into record, blocks and ledger.
final class CanaryWatch {
  /// What the two arms are at present.
  enum Stage {
    /// Both are the installed release.
    case noiseCheck
    /// Installed release and candidate; or the candidate alone.
    case comparison
  }

  /// What became of a pair of probes.
  enum PairEnd {
    /// Both arms can go on.
    case goesOn
    /// The installed release has to be started again.
    case installedIsGone
    /// The candidate has failed.
    case failed
  }

  private(set) var plan: CanaryPlan
  let clock: any WallClock
  var stage = Stage.comparison {
    didSet { account.isNoiseCheck = stage == .noiseCheck }
  }
  private(set) var progress: CanaryProgress
  /// The candidate's tools, once they were listed in this run.
  private(set) var tools: ToolList?
  /// The installed release's tools, once they were listed in this run.
  private(set) var installedTools: ToolList?
  private let ledger: any CanaryLedger
  private let notify: @Sendable (CanaryProgress) -> Void
  private var observed: ObservedTime
  private var noise: ObservedTime
  private var account: BlockAccount
  private var samples: [CanarySample] = []
  private let began: Duration
  /// Whether a planned look has shown that the candidate is worse.
  private var isWorse = false
  /// When a doubt is worth judging again.
  private var nextJudgement: Duration?

  /// Goes on with what the ledger knows about this tree beside this installed one, unless the plan wants a new
  /// beginning.
  init(
    plan: CanaryPlan, ledger: any CanaryLedger, clock: any WallClock,
    notify: @escaping @Sendable (CanaryProgress) -> Void
  ) async throws {
    self.plan = plan
    self.clock = clock
    self.ledger = ledger
    self.notify = notify
    let earlier = plan.startsAnew ? nil : try await ledger.progress(of: plan.tree)
    if let earlier, earlier.tree == plan.tree, earlier.baseline == plan.baselineTree {
      progress = earlier
    } else {
      progress = CanaryProgress(tree: plan.tree, baseline: plan.baselineTree, started: clock.now())
    }
    observed = ObservedTime(total: progress.observed)
    noise = ObservedTime(total: progress.noiseObserved)
    account = BlockAccount(blocks: progress.record.blocks, rounds: progress.rounds, length: plan.schedule.block)
    began = clock.uptime()
    look(after: .zero)
    try await flush()
  }

  /// Compares at the planned looks, and at no other time: looking more often would find more by chance.
  private func look(after before: Duration) {
    let looks = JudgeLook.all(required: plan.gates.required.judgedSeconds)
    guard looks.contains(where: { $0.at > before.judgedSeconds && $0.at <= progress.observed.judgedSeconds }) else {
      return
    }
    isWorse = CanaryJudge.hasFailed(progress.record, gates: plan.gates, observed: progress.observed)
  }

  // MARK: What is due

  /// True when a gate was missed or a look has shown that it is worse, so that no more time can help.
  var hasFailed: Bool { isWorse || CanaryJudge.hasFailed(progress.record, gates: plan.gates) }

  /// True when time and probes suffice.
  var hasEnough: Bool {
    progress.observed >= plan.gates.required && progress.record.probes >= plan.gates.minimumProbes
  }

  /// How long to wait for a verdict still; nil without end.
  var patience: Duration? { plan.giveUpAfter.map { $0 - (clock.uptime() - began) } }

  /// True while somebody still waits for the verdict.
  var isPatient: Bool { patience.map { $0 > .zero } ?? true }

  /// True when nothing more is to be asked in the present stage.
  ///
  /// A doubt at the end is given more time, as long as the judge knows when to look again and the plan allows it.
  func stageIsOver() -> Bool {
    guard stage == .comparison else { return !wantsNoiseCheck }
    guard hasEnough else { return false }
    if let next = nextJudgement, progress.observed < next { return false }
    nextJudgement = verdict().judgeAgainAt.flatMap { $0 <= plan.longest ? $0 : nil }
    return nextJudgement == nil
  }

  /// True while the installed release is still to be compared with itself.
  var wantsNoiseCheck: Bool {
    progress.noiseObserved < plan.schedule.noiseCheck
      && !progress.record.remarks.contains { $0.code == Self.noNoiseCheck }
  }
  static let noNoiseCheck = "no-noise-check"

  /// The observed time of the present stage.
  var stageObserved: Duration { stage == .noiseCheck ? progress.noiseObserved : progress.observed }

  /// True when a cold start is due: every so often, and once in any case before the end.
  var wantsColdStart: Bool {
    let every = plan.schedule.coldStartEvery
    let due = plan.schedule.due(progress.observed, every: every, after: every)
    // When the time is up, one that was due just now is one too many.
    if hasEnough { return progress.record.coldStarts == 0 && plan.gates.needsColdStart }
    return progress.record.coldStarts < due
  }

  // MARK: What happened

  /// Compares what the arms brought to the same probe, writes it down, and says who can go on.
  func settle(_ results: [CanaryArm: ProbeResult], _ purpose: SessionPurpose) async throws -> PairEnd {
    for arm in CanaryArm.allCases { if let result = results[arm] { note(result, arm, purpose) } }
    account.add(results, purpose)
    var end = PairEnd.goesOn
    if let installed = results[.installed] {
      for failure in installed.failures { progress.record.add(failure, to: \.installedFailures) }
      if installed.endsSession { end = .installedIsGone }
    }
    guard let candidate = results[.candidate] else { return end }
    if stage == .noiseCheck {
      for failure in candidate.failures { progress.record.add(failure, to: \.installedFailures) }
      return candidate.endsSession ? .installedIsGone : end
    }
    for failure in candidate.failures {
      let list = isShared(failure, with: results[.installed]) ? \CanaryRecord.sharedFailures : \.failures
      progress.record.add(failure, to: list)
    }
    guard progress.record.hasFailed else { return end }
    observed.interrupt()
    try await flush()
    return .failed
  }

  /// Faults that may show now and then are shared when the installed release has ever shown them, others when it shows
  /// them to the same probe.
  private func isShared(_ failure: ProbeFailure, with installed: ProbeResult?) -> Bool {
    guard failure.isComparable else { return false }
    if installed?.failures.contains(where: { $0.code == failure.code }) == true { return true }
    let isPerProbe = ["call-failed", "replay-failed"].contains(failure.code)
    return !isPerProbe && progress.record.installedFailures.contains { $0.code == failure.code }
  }

  private func note(_ result: ProbeResult, _ arm: CanaryArm, _ purpose: SessionPurpose) {
    progress.samples += 1
    progress.updated = clock.now()
    let sample = CanarySample(
      sequence: progress.samples, at: progress.updated, arm: arm, purpose: purpose, probe: result.probe,
      tool: result.tool, latency: result.latency, retried: result.retried, failure: result.failures.first)
    samples.append(sample)
    if arm == .candidate, stage == .comparison { progress.record.absorb(sample) }
  }

  /// Notes what an arm did besides answering.
  func noteConduct(of twin: TwinSession) {
    let conduct = twin.takeConduct()
    guard twin.arm == .candidate, stage == .comparison else { return }
    progress.record.absorb(conduct.now, since: conduct.since)
  }

  /// Measures what the arms use after a round, and what was refused them.
  func measure(_ twins: [TwinSession]) async {
    for twin in twins {
      let (metrics, memory, events) = await twin.measure()
      account.add(metrics, twin.arm)
      add(events, twin.arm)
      if twin.arm == .candidate, stage == .comparison { progress.record.note(memory: memory) }
    }
  }

  /// Notes what the sandbox of an arm says about a session that is over.
  func note(_ report: SessionReport, of arm: CanaryArm, _ purpose: SessionPurpose, seen: [CanaryEvent]) async throws {
    add(report.events.since(seen), arm)
    if arm == .candidate, stage == .comparison {
      if purpose == .soak { observed.interrupt() }
      progress.record.absorb(report)
    } else {
      if purpose == .soak { noise.interrupt() }
      for failure in report.failures { progress.record.add(failure, to: \.installedFailures) }
    }
    try await flush()
  }

  private func add(_ events: [CanaryEvent], _ arm: CanaryArm) {
    let isCandidate = arm == .candidate && stage == .comparison
    progress.record.add(events, to: isCandidate ? \.events : \.installedEvents)
  }

  /// Notes that a long session has opened; what was held in memory before counts no more.
  func noteStart(_ peer: MCPPeer, of arm: CanaryArm, _ purpose: SessionPurpose) {
    if purpose == .soak { account.beginSession() }
    guard arm == .candidate, stage == .comparison else {
      if purpose == .soak, stage == .comparison { progress.record.installedStarts += 1 }
      return
    }
    progress.record.era = peer.era
    progress.record.protocolVersion = peer.protocolVersion
    if purpose == .soak { progress.record.starts += 1 }
  }

  /// Notes a tool list; a later one of the same release must equal its first.
  ///
  /// - Returns: what is wrong with it.
  func note(_ tools: ToolList, of arm: CanaryArm) -> ProbeFailure? {
    let digest = tools.digest
    var first = installedTools?.digest
    if arm == .candidate, stage == .comparison {
      first = progress.record.tools
      progress.record.tools = first ?? digest
      self.tools = self.tools ?? tools
    } else {
      installedTools = installedTools ?? tools
    }
    guard let first, first != digest else { return nil }
    return ProbeFailure(code: "tools-changed", sentence: "its tool list changed while it was watched")
  }

  /// Changes a counter or a remark of the record.
  func count(_ counter: WritableKeyPath<CanaryRecord, Int>) { progress.record[keyPath: counter] += 1 }

  /// Notes what a reader should know besides.
  func remark(_ code: String, _ sentence: String) {
    progress.record.add(ProbeFailure(code: code, sentence: sentence), to: \.remarks)
  }

  /// Counts a round that was answered completely, and the time since the one before it.
  func finishRound() async throws {
    if stage == .comparison { progress.record.probes += 1 }
    try await markAnswered(within: plan.schedule.interval)
  }

  /// Counts the time since the last answer; longer gaps than `interval` allows were not observed.
  func markAnswered(within interval: Duration) async throws {
    let before = stageObserved
    if stage == .noiseCheck {
      noise.succeeded(at: clock.uptime(), interval: interval)
      progress.noiseObserved = noise.total
    } else {
      observed.succeeded(at: clock.uptime(), interval: interval)
      progress.observed = observed.total
    }
    account.finishRound(observed: stageObserved, after: before)
    progress.updated = clock.now()
    try await flush()
    if stage == .comparison { look(after: before) }
    plan.gates.required = max(plan.gates.required, try await ledger.required(atLeast: plan.gates.required))
    plan.longest = max(plan.longest, plan.gates.required)
  }

  /// Adds the pair of a burst to the block.
  func finishPair() { account.finishPair() }

  /// Notes that the candidate left by itself, and with which code.
  func noteStop(code: Int) {
    progress.record.cleanStops += 1
    if code != 0 { progress.record.uncleanCodes += 1 }
  }

  /// The judgement about all that is known now.
  func verdict() -> CanaryVerdict {
    account.bringUpToDate()
    progress.record.blocks = account.blocks
    return CanaryJudge.judge(
      progress.record, observed: progress.observed, gates: plan.gates, baseline: plan.baseline?.version,
      changes: tools.map { tools in plan.baseline?.tools.changes(to: tools) ?? tools.hidden() } ?? [])
  }

  /// Writes everything down that is not written yet.
  func flush() async throws {
    progress.record.blocks = account.blocks
    progress.rounds = account.rounds
    try await ledger.record(samples, progress: progress)
    samples.removeAll(keepingCapacity: true)
    notify(progress)
  }
}
