package import MCP
package import Signing

/// A kind of failure, how often it was seen, and the sentence of its first occurrence.
package struct FailureCount: Equatable, Sendable {
  /// The stable word.
  package let code: String
  /// The sentence of the first occurrence.
  package let sentence: String
  /// Occurrences.
  package internal(set) var count: Int
}

/// The latencies of one kind of probe, summed up.
package struct LatencySummary: Equatable, Sendable {
  /// Answers that were measured.
  package internal(set) var count = 0
  /// Their latencies together.
  package internal(set) var total = Duration.zero
  /// The slowest.
  package internal(set) var slowest = Duration.zero

  /// The mean latency.
  package var mean: Duration { count == 0 ? .zero : total / count }

  mutating func add(_ latency: Duration) {
    count += 1
    total += latency
    slowest = max(slowest, latency)
  }
}

/// Everything that a judge needs to know about a soak: facts added up, bounded however long it lasts.
package struct CanaryRecord: Equatable, Sendable {
  /// Most kinds of failure that are told apart.
  static let mostFailures = 32
  /// Most events that are told apart by kind and subject.
  static let mostEvents = 200

  /// Rounds of probes that were answered completely.
  package internal(set) var probes = 0
  /// Starts of the long session that were answered.
  package internal(set) var starts = 0
  /// Cold starts with all that belongs to them.
  package internal(set) var coldStarts = 0
  /// Times that it left by itself on end of input.
  package internal(set) var cleanStops = 0
  /// Deadline misses that a second try made good.
  package internal(set) var retries = 0
  /// What failed.
  package internal(set) var failures: [FailureCount] = []
  /// Lines on standard output that were no messages.
  package internal(set) var noiseLines = 0
  /// The first of them.
  package internal(set) var noiseExcerpts: [String] = []
  /// Answers after their deadline.
  package internal(set) var lateAnswers = 0
  /// Exit codes other than 0 on end of input.
  package internal(set) var uncleanCodes = 0
  /// The most memory in bytes that was ever measured.
  package internal(set) var peakMemory: Int64?
  /// Limits that nothing kept on this machine, one sentence each.
  package internal(set) var unkeptLimits: [String] = []
  /// The generation of the protocol that it speaks.
  package internal(set) var era: MCPEra?
  /// The protocol version agreed on.
  package internal(set) var protocolVersion: String?
  /// The digest of its first complete tool list.
  package internal(set) var tools: SHA256Digest?
  /// Latencies by kind of probe.
  package internal(set) var latencies: [ProbeKind: LatencySummary] = [:]
  /// What both arms did, block by block; the last one is the running one.
  package internal(set) var blocks: [CanaryBlock] = []
  /// What else happened in the candidate's sandboxes.
  package internal(set) var events: [CanaryEvent] = []
  /// How many more events found no place among `events`.
  package internal(set) var eventsNotKept = 0

  /// Creates an empty record.
  package init() {}

  /// True when something failed, so that no more time can help.
  package var hasFailed: Bool { !failures.isEmpty }

  mutating func fail(_ failure: ProbeFailure) {
    if let index = failures.firstIndex(where: { $0.code == failure.code }) {
      failures[index].count += 1
    } else if failures.count < Self.mostFailures {
      failures.append(FailureCount(code: failure.code, sentence: failure.sentence, count: 1))
    }
  }

  mutating func absorb(_ sample: CanarySample) {
    if sample.retried, sample.failure == nil { retries += 1 }
    if let failure = sample.failure {
      fail(failure)
    } else {
      latencies[sample.probe, default: LatencySummary()].add(sample.latency)
    }
    if let memory = sample.memory { peakMemory = max(peakMemory ?? 0, memory) }
  }

  /// Adds what a plugin did besides answering since `earlier`.
  mutating func absorb(_ conduct: MCPConduct, since earlier: MCPConduct) {
    noiseLines += conduct.noiseLines - earlier.noiseLines
    lateAnswers += conduct.lateAnswers - earlier.lateAnswers
    for excerpt in conduct.noiseExcerpts.dropFirst(earlier.noiseExcerpts.count)
    where noiseExcerpts.count < MCPConduct.keptExcerpts {
      noiseExcerpts.append(excerpt)
    }
    if conduct.strayAnswers > earlier.strayAnswers {
      fail(ProbeFailure(code: "wrong-id", sentence: "it answered a request that nobody made"))
    }
    if conduct.forbiddenRequests > earlier.forbiddenRequests {
      fail(ProbeFailure(code: "forbidden-request", sentence: "it sent a request, which its protocol version forbids"))
    }
  }

  /// Adds what the sandbox says about a session that is over.
  mutating func absorb(_ report: SessionReport) {
    if report.ranOutOfMemory {
      fail(ProbeFailure(code: "out-of-memory", sentence: "it ran out of the memory that it is allowed"))
    }
    if report.deniedProcesses > 0 {
      let words = "it wanted more processes or threads than it is allowed (denied \(report.deniedProcesses) times)"
      fail(ProbeFailure(code: "processes-denied", sentence: words))
    }
    if let limit = report.endedFor, !report.ranOutOfMemory {
      fail(ProbeFailure(code: "limit-exceeded", sentence: "it was ended because it exceeded a limit: \(limit)"))
    }
    if let peak = report.peakMemory { peakMemory = max(peakMemory ?? 0, peak) }
    for event in report.events { absorb(event) }
    eventsNotKept += report.eventsNotKept
    for sentence in report.unkeptLimits where !unkeptLimits.contains(sentence) && unkeptLimits.count < 16 {
      unkeptLimits.append(sentence)
    }
  }

  /// Adds an event to those of its kind and subject.
  mutating func absorb(_ event: CanaryEvent) {
    if let index = events.firstIndex(where: { $0.kind == event.kind && $0.subject == event.subject }) {
      events[index].count += event.count
    } else if events.count < Self.mostEvents {
      events.append(event)
    } else {
      eventsNotKept += event.count
    }
  }

  /// Notes a tool list; a second one must equal the first.
  mutating func note(_ tools: ToolList) {
    let digest = tools.digest
    if let first = self.tools, first != digest {
      fail(ProbeFailure(code: "tools-changed", sentence: "its tool list changed while it was watched"))
    }
    self.tools = self.tools ?? digest
  }
}
