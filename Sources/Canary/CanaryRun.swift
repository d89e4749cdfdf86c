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

/// Watches one candidate, beside the installed release where there is one, until there is a verdict.
///
/// Each round of probes is written to the ledger before the next one begins, so that a supervisor that is killed goes
/// on where it stopped; the time in between counts for nothing. Whatever the machine refuses (no sandbox, a full disk)
/// is thrown, never blamed on the plugin.
package struct CanaryRun: Sendable {
  private let plan: CanaryPlan
  private let subject: any CanarySubject
  private let installed: InstalledTwin?
  private let ledger: any CanaryLedger
  private let clock: any WallClock
  private let notify: @Sendable (CanaryProgress) -> Void

  /// Prepares a run; `notify` is called after every round.
  package init(
    plan: CanaryPlan, subject: any CanarySubject, installed: InstalledTwin? = nil, ledger: any CanaryLedger,
    clock: any WallClock, notify: @escaping @Sendable (CanaryProgress) -> Void = { _ in }
  ) {
    self.plan = plan
    self.subject = subject
    self.installed = installed
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
    let soak = TwinSoak(watch: watch, candidate: subject, installed: installed)
    if installed != nil, watch.wantsNoiseCheck, !watch.hasFailed { try await soak.checkNoise() }
    try await soak.compare()
    return CanaryOutcome(verdict: watch.verdict(), progress: watch.progress, tools: watch.tools)
  }
}
