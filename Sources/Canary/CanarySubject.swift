package import MCP

/// What a session of a candidate is started for.
package enum SessionPurpose: String, Sendable {
  /// The long session that is watched.
  case soak
  /// A short one that only starts, answers and leaves; it must not touch the state of the long one.
  case coldStart
}

/// How a candidate's process ended.
package enum SessionExit: Equatable, Sendable {
  /// By itself with a code.
  case code(Int)
  /// By a signal.
  case signal(Int)
}

/// What a session uses at the moment.
package struct CanaryUsage: Equatable, Sendable {
  /// Memory in bytes, if it can be measured.
  package var memory: Int64?
  /// Processes and threads, if they can be counted.
  package var processes: Int?

  /// Creates a measurement.
  package init(memory: Int64? = nil, processes: Int? = nil) {
    self.memory = memory
    self.processes = processes
  }
}

/// What the sandbox says about a session that is over.
package struct SessionReport: Equatable, Sendable {
  /// True when the memory limit ended a process.
  package var ranOutOfMemory = false
  /// How often a process or thread was denied by the limit.
  package var deniedProcesses = 0
  /// The most memory it used, in bytes, if it can be measured.
  package var peakMemory: Int64?
  /// The limit for which the supervisor ended it, in words.
  package var endedFor: String?
  /// Limits that nothing keeps on this machine, one sentence each.
  package var unkeptLimits: [String] = []
  /// What it did that answers do not show.
  package var events: [CanaryEvent] = []
  /// How many more events found no place.
  package var eventsNotKept = 0

  /// Creates a report without any incident.
  package init() {}
}

/// A running candidate.
package protocol CanarySession: MCPChannel {
  /// What it uses now.
  func usage() async -> CanaryUsage
  /// Ends its input.
  func closeInput() async
  /// Waits for its end; nil when it still runs after `limit`.
  func waitForExit(within limit: Duration) async -> SessionExit?
  /// The end of what it wrote to standard error.
  func errorTail() async -> [UInt8]
}

/// A release that can be started again and again, contained.
package protocol CanarySubject: Sendable {
  /// Starts the release, lends the session to `body`, and ends whatever is left of it afterwards.
  ///
  /// - Throws: what the machine refuses (no sandbox, no such program), and what `body` throws.
  func withSession<R: Sendable>(
    _ purpose: SessionPurpose, _ body: (any CanarySession) async throws -> R
  ) async throws -> (R, SessionReport)
}
