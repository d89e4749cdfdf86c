package import MCP

/// What a session of a plugin is started for.
package enum SessionPurpose: String, Sendable, CaseIterable {
  /// The long session that is watched.
  case soak
  /// A short one that only starts, answers and leaves; it must not touch the state of the long one.
  case coldStart
  /// A short one that is provoked.
  case provocation
  /// A short one whose clock is a month ahead.
  case monthAhead
  /// A short one whose clock is a year ahead.
  case yearAhead

  /// How far its clock is ahead.
  package var clockShift: Duration? {
    switch self {
    case .soak, .coldStart, .provocation: nil
    case .monthAhead: .seconds(31 * 86_400)
    case .yearAhead: .seconds(366 * 86_400)
    }
  }
}

/// How a plugin's process ended.
package enum SessionExit: Equatable, Sendable {
  /// By itself with a code.
  case code(Int)
  /// By a signal.
  case signal(Int)
}

/// What a session uses at the moment; nil is what cannot be measured here.
package struct CanaryUsage: Equatable, Sendable {
  /// Memory in bytes.
  package var memory: Int64?
  /// Processor time since the start.
  package var processorTime: Duration?
  /// Open descriptors of all processes.
  package var descriptors: Int?
  /// Processes and threads.
  package var threads: Int?
  /// Bytes on standard error since the start.
  package var errorBytes: Int64?
  /// What was refused or ended so far.
  package var events: [CanaryEvent] = []

  /// Creates a measurement.
  package init(
    memory: Int64? = nil, processorTime: Duration? = nil, descriptors: Int? = nil, threads: Int? = nil,
    errorBytes: Int64? = nil, events: [CanaryEvent] = []
  ) {
    self.memory = memory
    self.processorTime = processorTime
    self.descriptors = descriptors
    self.threads = threads
    self.errorBytes = errorBytes
    self.events = events
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

  /// What in it is a fault.
  package var failures: [ProbeFailure] {
    var failures: [ProbeFailure] = []
    if ranOutOfMemory {
      failures.append(ProbeFailure(code: "out-of-memory", sentence: "it ran out of the memory that it is allowed"))
    }
    if deniedProcesses > 0 {
      let words = "it wanted more processes or threads than it is allowed (denied \(deniedProcesses) times)"
      failures.append(ProbeFailure(code: "processes-denied", sentence: words))
    }
    if let endedFor, !ranOutOfMemory {
      let words = "it was ended because it exceeded a limit: \(endedFor)"
      failures.append(ProbeFailure(code: "limit-exceeded", sentence: words))
    }
    return failures
  }
}

/// A running plugin.
package protocol CanarySession: MCPChannel {
  /// What it uses now.
  func usage() async -> CanaryUsage
  /// Ends its input.
  func closeInput() async
  /// Waits for its end; nil when it still runs after `limit`.
  func waitForExit(within limit: Duration) async -> SessionExit?
  /// The end of what it wrote to standard error.
  func errorTail() async -> [UInt8]
  /// Whether its clock is really ahead, as its purpose asks; nothing else tells a test from none.
  func isClockAhead() async -> Bool
}

/// A release that can be started again and again, contained.
package protocol CanarySubject: Sendable {
  /// Starts the release, lends the session to `body`, and ends whatever is left of it afterwards.
  ///
  /// - Throws: what the machine refuses (no sandbox, no such program), and what `body` throws.
  func withSession<R: Sendable>(
    _ purpose: SessionPurpose, _ body: (any CanarySession) async throws -> R
  ) async throws -> (R, SessionReport)

  /// Why this machine cannot start it for this purpose, in words; nil when it can.
  func obstacle(to purpose: SessionPurpose) -> String?
}

extension CanarySubject {
  /// Nothing stands in the way.
  package func obstacle(to purpose: SessionPurpose) -> String? { nil }
}

/// The installed release, twice: beside the candidate, and beside itself while the machine's own noise is measured.
package struct InstalledTwin: Sendable {
  /// What runs beside the candidate.
  package let subject: any CanarySubject
  /// The same release with folders of its own.
  package let double: any CanarySubject

  /// Names both.
  package init(subject: any CanarySubject, double: any CanarySubject) {
    self.subject = subject
    self.double = double
  }
}
