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
  /// Most kinds of failure that are told apart in one list.
  static let mostFailures = 32
  /// Most events that are told apart by kind and subject.
  static let mostEvents = 200

  /// Rounds of probes that the candidate answered completely.
  package internal(set) var probes = 0
  /// Requests to the candidate that an answer was expected to.
  package internal(set) var requests = 0
  /// Starts of the candidate's long session that were answered.
  package internal(set) var starts = 0
  /// Starts of the installed release's long session that were answered.
  package internal(set) var installedStarts = 0
  /// Cold starts with all that belongs to them.
  package internal(set) var coldStarts = 0
  /// Times that it left by itself on end of input.
  package internal(set) var cleanStops = 0
  /// Bursts of calls that were made.
  package internal(set) var bursts = 0
  /// Times that it was provoked: bad JSON, unknown names, cancelled and parallel requests.
  package internal(set) var provocations = 0
  /// Idle stretches that it outlived.
  package internal(set) var idleStretches = 0
  /// Stretches with the clock ahead that it was tried in.
  package internal(set) var clockStretches = 0
  /// Times that the user's own recorded calls were replayed.
  package internal(set) var replays = 0
  /// Deadline misses that a second try made good.
  package internal(set) var retries = 0
  /// What failed and is the candidate's fault.
  package internal(set) var failures: [FailureCount] = []
  /// What failed in the installed release; never the candidate's fault.
  package internal(set) var installedFailures: [FailureCount] = []
  /// Faults that candidate and installed release have in common, which are reported only.
  package internal(set) var sharedFailures: [FailureCount] = []
  /// What a reader should know besides: what could not be tried here, and why.
  package internal(set) var remarks: [FailureCount] = []
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
  /// What else happened in the installed release's sandboxes: what both do is nothing new.
  package internal(set) var installedEvents: [CanaryEvent] = []
  /// How many more events found no place among `events`.
  package internal(set) var eventsNotKept = 0

  /// Creates an empty record.
  package init() {}

  /// True when something failed, so that no more time can help.
  package var hasFailed: Bool { !failures.isEmpty }

  mutating func fail(_ failure: ProbeFailure) { add(failure, to: \.failures) }

  /// Counts a failure in one of the lists.
  mutating func add(_ failure: ProbeFailure, to list: WritableKeyPath<CanaryRecord, [FailureCount]>) {
    if let index = self[keyPath: list].firstIndex(where: { $0.code == failure.code }) {
      self[keyPath: list][index].count += 1
    } else if self[keyPath: list].count < Self.mostFailures {
      self[keyPath: list].append(FailureCount(code: failure.code, sentence: failure.sentence, count: 1))
    }
  }

  /// Adds one probe of the candidate that was answered, or was not and is nobody's fault yet.
  mutating func absorb(_ sample: CanarySample) {
    requests += 1
    if sample.retried, sample.failure == nil { retries += 1 }
    if sample.failure == nil { latencies[sample.probe, default: LatencySummary()].add(sample.latency) }
  }

  /// Notes how much memory the candidate used.
  mutating func note(memory: Int64?) {
    if let memory { peakMemory = max(peakMemory ?? 0, memory) }
  }

  /// Adds noise and late answers of the candidate.
  mutating func absorb(_ conduct: MCPConduct, since earlier: MCPConduct) {
    noiseLines += conduct.noiseLines - earlier.noiseLines
    lateAnswers += conduct.lateAnswers - earlier.lateAnswers
    for excerpt in conduct.noiseExcerpts.dropFirst(earlier.noiseExcerpts.count)
    where noiseExcerpts.count < MCPConduct.keptExcerpts {
      noiseExcerpts.append(excerpt)
    }
  }

  /// Adds what the sandbox of the candidate says about a session that is over.
  mutating func absorb(_ report: SessionReport) {
    for failure in report.failures { fail(failure) }
    note(memory: report.peakMemory)
    eventsNotKept += report.eventsNotKept
    for sentence in report.unkeptLimits where !unkeptLimits.contains(sentence) && unkeptLimits.count < 16 {
      unkeptLimits.append(sentence)
    }
  }

  /// Adds events to one of the lists.
  mutating func add(_ new: [CanaryEvent], to list: WritableKeyPath<CanaryRecord, [CanaryEvent]>) {
    for event in new {
      if let index = self[keyPath: list].firstIndex(where: { $0.kind == event.kind && $0.subject == event.subject }) {
        let (sum, overflow) = self[keyPath: list][index].count.addingReportingOverflow(event.count)
        self[keyPath: list][index].count = overflow ? .max : sum
      } else if self[keyPath: list].count < Self.mostEvents {
        self[keyPath: list].append(event)
      } else {
        eventsNotKept += event.count
      }
    }
  }
}
