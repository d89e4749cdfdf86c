package import MCP
package import Platform

/// A plugin's pipes as the protocol client wants them, over a process session of the platform.
package struct ProcessChannel: CanarySession {
  private let session: any ProcessSession
  private let clock: any WallClock
  private let limits: MCPLimits
  private let measure: @Sendable () async -> CanaryUsage
  private let looksAhead: @Sendable () async -> Bool

  /// Adapts a session; `measure` says what it uses, `isClockAhead` whether its clock is, where that can be known.
  package init(
    _ session: any ProcessSession, clock: any WallClock, limits: MCPLimits = .standard,
    isClockAhead: @escaping @Sendable () async -> Bool = { false },
    measure: @escaping @Sendable () async -> CanaryUsage = { CanaryUsage() }
  ) {
    self.session = session
    self.clock = clock
    self.limits = limits
    self.measure = measure
    looksAhead = isClockAhead
  }

  /// Writes to the plugin's standard input.
  package func send(_ bytes: [UInt8]) async throws { try await session.send(bytes) }

  /// The next line of the plugin's standard output.
  package func nextLine(within limit: Duration) async -> MCPLine {
    switch await session.nextLine(limit: limits.lineBytes, timeout: limit) {
    case .line(let bytes): .line(bytes)
    case .tooLong: .tooLong(limit: limits.lineBytes)
    case .closed: .closed
    case .timedOut: .timedOut
    }
  }

  /// The clock that stands still in suspend.
  package func uptime() -> Duration { clock.uptime() }

  /// What the plugin uses now.
  package func usage() async -> CanaryUsage { await measure() }

  /// Whether the plugin's clock is really ahead.
  package func isClockAhead() async -> Bool { await looksAhead() }

  /// Ends the plugin's input.
  package func closeInput() async { await session.closeInput() }

  /// Waits for the plugin's end.
  package func waitForExit(within limit: Duration) async -> SessionExit? {
    switch await session.wait(timeout: limit) {
    case .exited(let code)?: .code(code)
    case .signalled(let number)?: .signal(number)
    case nil: nil
    }
  }

  /// The end of what the plugin wrote to standard error.
  package func errorTail() async -> [UInt8] { session.stderrTail }
}
