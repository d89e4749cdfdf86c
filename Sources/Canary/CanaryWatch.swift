import MCP
import Platform

/// The running account of one soak: every probe goes through it into record, observed time and ledger.
final class CanaryWatch {
  private(set) var plan: CanaryPlan
  let clock: any WallClock
  private(set) var progress: CanaryProgress
  /// The candidate's tools, once they were listed in this run.
  private(set) var tools: ToolList?
  private let ledger: any CanaryLedger
  private let notify: @Sendable (CanaryProgress) -> Void
  private var observed: ObservedTime
  private var lastColdStart: Duration
  private let began: Duration

  /// Goes on with what the ledger knows about this tree, unless the plan wants a new beginning.
  init(
    plan: CanaryPlan, ledger: any CanaryLedger, clock: any WallClock,
    notify: @escaping @Sendable (CanaryProgress) -> Void
  ) async throws {
    self.plan = plan
    self.clock = clock
    self.ledger = ledger
    self.notify = notify
    let earlier = plan.startsAnew ? nil : try await ledger.progress(of: plan.tree)
    if let earlier, earlier.tree == plan.tree {
      progress = earlier
    } else {
      progress = CanaryProgress(tree: plan.tree, started: clock.now())
    }
    observed = ObservedTime(total: progress.observed)
    began = clock.uptime()
    lastColdStart = began
    try await save()
  }

  /// True when a gate was missed, so that no more time can help.
  var hasFailed: Bool { CanaryJudge.hasFailed(progress.record, gates: plan.gates) }

  /// True when time and probes suffice.
  var hasEnough: Bool {
    progress.observed >= plan.gates.required && progress.record.probes >= plan.gates.minimumProbes
  }

  /// How long to wait for a verdict still; nil without end.
  var patience: Duration? { plan.giveUpAfter.map { $0 - (clock.uptime() - began) } }

  /// True when a cold start is due: every so often, and once in any case before the end.
  var wantsColdStart: Bool {
    let isDue = clock.uptime() - lastColdStart >= plan.coldStartEvery
    return isDue || (hasEnough && progress.record.coldStarts == 0 && plan.gates.needsColdStart)
  }

  /// Writes one probe down.
  func note(
    _ probe: ProbeKind, _ purpose: SessionPurpose, tool: String? = nil, latency: Duration, retried: Bool = false,
    failure: ProbeFailure? = nil, memory: Int64? = nil
  ) async throws {
    progress.samples += 1
    progress.updated = clock.now()
    let sample = CanarySample(
      sequence: progress.samples, at: progress.updated, purpose: purpose, probe: probe, tool: tool, latency: latency,
      retried: retried, failure: failure, memory: memory)
    progress.record.absorb(sample)
    if failure != nil { observed.interrupt() }
    try await ledger.record(sample, progress: progress)
  }

  /// Notes what the plugin did besides answering.
  func note(_ conduct: MCPConduct, since earlier: MCPConduct) {
    progress.record.absorb(conduct, since: earlier)
  }

  /// Notes what the sandbox says about a session that is over; what follows it is not observed time.
  func note(_ report: SessionReport, _ purpose: SessionPurpose) async throws {
    if purpose == .soak { observed.interrupt() }
    progress.record.absorb(report)
    try await save()
  }

  /// Notes the handshake.
  func note(_ peer: MCPPeer, _ purpose: SessionPurpose) {
    progress.record.era = peer.era
    progress.record.protocolVersion = peer.protocolVersion
    if purpose == .soak { progress.record.starts += 1 }
  }

  /// Notes a tool list.
  func note(_ tools: ToolList) {
    progress.record.note(tools)
    self.tools = self.tools ?? tools
  }

  /// Counts a round that was answered completely, and the time since the one before it.
  func finishRound() async throws {
    progress.record.probes += 1
    plan.gates.required = max(plan.gates.required, try await ledger.required(atLeast: plan.gates.required))
    observed.succeeded(at: clock.uptime(), interval: plan.interval)
    progress.observed = observed.total
    progress.updated = clock.now()
    try await save()
  }

  /// Notes that it left by itself, and with which code.
  func noteStop(code: Int) {
    progress.record.cleanStops += 1
    if code != 0 { progress.record.uncleanCodes += 1 }
  }

  /// Notes that a cold start was tried, and whether all of it went well.
  func finishColdStart(successfully: Bool) async throws {
    lastColdStart = clock.uptime()
    if successfully { progress.record.coldStarts += 1 }
    try await save()
  }

  private func save() async throws {
    try await ledger.save(progress)
    notify(progress)
  }
}
