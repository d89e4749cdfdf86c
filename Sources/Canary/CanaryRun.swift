package import MCP
package import Platform

/// What a soak brought: the verdict, and the facts that it rests on.
package struct CanaryOutcome: Equatable, Sendable {
  /// The judgement with all reasons.
  package let verdict: CanaryVerdict
  /// How far the soak came, with its record.
  package let progress: CanaryProgress
  /// The candidate's tools, if it listed them in this run.
  package let tools: ToolList?
}

/// Watches one candidate until there is a verdict.
///
/// Each round of probes is written to the ledger before the next one begins, so that a supervisor that is killed goes
/// on where it stopped; the time in between counts for nothing. Whatever the machine refuses (no sandbox, a full disk)
/// is thrown, never blamed on the plugin.
package struct CanaryRun: Sendable {
  private let plan: CanaryPlan
  private let subject: any CanarySubject
  private let ledger: any CanaryLedger
  private let clock: any WallClock
  private let notify: @Sendable (CanaryProgress) -> Void

  /// Prepares a run; `notify` is called after every round.
  package init(
    plan: CanaryPlan, subject: any CanarySubject, ledger: any CanaryLedger, clock: any WallClock,
    notify: @escaping @Sendable (CanaryProgress) -> Void = { _ in }
  ) {
    self.plan = plan
    self.subject = subject
    self.ledger = ledger
    self.clock = clock
    self.notify = notify
  }

  /// Watches until time and probes suffice or a gate is missed.
  ///
  /// - Throws: `CancellationError` when the task is cancelled, and what ledger, clock and sandbox throw; the progress
  ///   is kept and a later run goes on with it.
  package func run() async throws -> CanaryOutcome {
    let watch = try await CanaryWatch(plan: plan, ledger: ledger, clock: clock, notify: notify)
    var isRetry = false
    while !watch.hasFailed {
      let wasRetry = isRetry
      let (end, report) = try await subject.withSession(.soak) { session in
        try await CanaryProber(watch: watch, session: session, purpose: .soak, isRetry: wasRetry)
          .soak { try await coldStart(watch) }
      }
      try await settle(end, report, .soak, watch)
      guard end == .startedLate else { break }
      isRetry = true
    }
    let changes = watch.tools.flatMap { tools in plan.baseline?.tools.changes(to: tools) } ?? []
    let verdict = CanaryJudge.judge(
      watch.progress.record, observed: watch.progress.observed, gates: watch.plan.gates,
      baseline: plan.baseline?.version,
      changes: changes)
    return CanaryOutcome(verdict: verdict, progress: watch.progress, tools: watch.tools)
  }

  /// Starts the candidate afresh beside the long session, lists its tools and ends its input.
  ///
  /// - Returns: true when all of it went well.
  private func coldStart(_ watch: CanaryWatch) async throws -> Bool {
    var end = SessionEnd.startedLate
    for attempt in 0..<2 where end == .startedLate {
      let (reached, report) = try await subject.withSession(.coldStart) { session in
        try await CanaryProber(watch: watch, session: session, purpose: .coldStart, isRetry: attempt == 1).once()
      }
      end = reached
      try await settle(end, report, .coldStart, watch)
    }
    let succeeded = end == .finished && !watch.hasFailed
    try await watch.finishColdStart(successfully: succeeded)
    return succeeded
  }

  private func settle(
    _ end: SessionEnd, _ report: SessionReport, _ purpose: SessionPurpose, _ watch: CanaryWatch
  ) async throws {
    if case .notStarted(let failure, let latency) = end {
      try await watch.note(.start, purpose, latency: latency, failure: failure)
    }
    try await watch.note(report, purpose)
  }
}
