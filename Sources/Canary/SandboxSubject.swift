package import MCP
package import Platform
package import Sandbox

/// A release that is started in a sandbox.
package struct SandboxSubject: CanarySubject {
  private let runner: SandboxRunner
  private let clock: any WallClock
  private let limits: MCPLimits
  private let hindrance: @Sendable (SessionPurpose) -> String?
  private let plan: @Sendable (SessionPurpose) throws -> SandboxPlan

  /// Adapts the sandbox.
  ///
  /// - Parameters:
  ///   - obstacle: why a session of this purpose cannot be had here.
  ///   - plan: plans the sandbox of a session; plans for different purposes must have state folders of their own.
  package init(
    runner: SandboxRunner, clock: any WallClock, limits: MCPLimits = .standard,
    obstacle: @escaping @Sendable (SessionPurpose) -> String? = { _ in nil },
    plan: @escaping @Sendable (SessionPurpose) throws -> SandboxPlan
  ) {
    self.runner = runner
    self.clock = clock
    self.limits = limits
    hindrance = obstacle
    self.plan = plan
  }

  /// Starts the release in its sandbox.
  ///
  /// - Throws: `SandboxError`, `SandboxError.notStarted` for a runtime that could not start the plugin at all.
  package func withSession<R: Sendable>(
    _ purpose: SessionPurpose, _ body: (any CanarySession) async throws -> R
  ) async throws -> (R, SessionReport) {
    let outcome = try await runner.withSession(try plan(purpose)) { session in
      try await body(
        ProcessChannel(
          session, clock: clock, limits: limits, isClockAhead: { session.hasMapped(ClockShim.mark) },
          measure: { await CanaryUsage(session) }))
    }
    if let reason = outcome.report.runtimeError {
      throw SandboxError.notStarted(runtime: "the sandbox runtime", reason: reason)
    }
    return (outcome.value, SessionReport(outcome.report))
  }

  /// Why this machine cannot start it for this purpose.
  package func obstacle(to purpose: SessionPurpose) -> String? { hindrance(purpose) }
}

extension CanaryUsage {
  /// What a sandbox uses now.
  init(_ session: SandboxSession) async {
    let usage = session.currentUsage()
    self.init(
      memory: usage?.memory, processorTime: usage?.processorTime, descriptors: session.openDescriptors(),
      threads: usage?.processes, errorBytes: session.stderrBytes)
    events = await session.currentEvents().compactMap(CanaryEvent.init)
  }
}

extension SessionReport {
  /// What the judge needs of a sandbox's report.
  package init(_ report: SandboxReport) {
    self.init()
    ranOutOfMemory = report.outOfMemory
    deniedProcesses = report.usage?.processesRefused ?? 0
    peakMemory = report.usage?.peakMemory
    endedFor = report.endedFor
    unkeptLimits = report.limits.filter { $0.enforced == .none }.map(\.sentence)
    events = report.events.compactMap(CanaryEvent.init)
    eventsNotKept = report.eventsNotKept
  }
}

extension CanaryEvent {
  /// An event of a sandbox as a judge sees it; nil for what only a draft of permissions needs.
  package init?(_ event: SandboxEvent) {
    let kind: Kind
    switch event.kind {
    case .connectionRefused: kind = .connectionRefused
    case .pathRefused: kind = .pathRefused
    case .decoyTouched: kind = .decoyTouched
    case .callRefused: kind = .callRefused
    case .programStarted: kind = .programStarted
    case .programRefused: kind = .programRefused
    case .outOfMemory: kind = .outOfMemory
    case .leftBehind: kind = .leftBehind
    case .pathLookedAt, .pathRead, .pathWritten, .nameLookedUp, .connectionTried: return nil
    }
    self.init(kind, event.subject, count: event.count)
  }
}
