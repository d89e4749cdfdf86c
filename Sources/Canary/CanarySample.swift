package import Platform

/// The kinds of probes.
package enum ProbeKind: String, Sendable, CaseIterable {
  /// Process start and handshake.
  case start
  /// A sign of life.
  case alive
  /// The whole tool list.
  case tools
  /// A declared sample call.
  case call
  /// One of the user's own recorded calls.
  case replay
  /// A provocation that a healthy plugin survives.
  case provocation
  /// Leaving on end of input.
  case stop

  /// The latency that both arms are compared by; nil for probes that are not compared.
  var metric: CanaryMetric? {
    switch self {
    case .start: .startLatency
    case .alive: .aliveLatency
    case .tools: .toolsLatency
    case .call: .callLatency
    case .replay, .provocation, .stop: nil
    }
  }
}

/// Why a probe failed; the code is stable, the sentence is for people.
package struct ProbeFailure: Hashable, Sendable {
  /// A stable word such as `answer-late`.
  package let code: String
  /// One plain sentence.
  package let sentence: String

  /// Creates a failure.
  package init(code: String, sentence: String) {
    self.code = code
    self.sentence = sentence
  }

  /// Faults after which the conversation goes on; when the installed release has the same one, it is reported only.
  private static let comparable: Set<String> = [
    "wrong-id", "forbidden-request", "tools-changed", "stop-late", "stop-by-signal", "protocol", "refused",
    "call-failed", "replay-failed", "clock-ahead",
  ]

  /// Whether a fault that the installed release shares is none of the candidate's.
  var isComparable: Bool { Self.comparable.contains(code) || code.hasPrefix("provoked-") }
}

/// One probe and what came of it.
package struct CanarySample: Equatable, Sendable {
  /// The number of the sample in its soak, from 1.
  package let sequence: Int
  /// The time of day, for display only.
  package let at: Instant
  /// Which of the twins was asked; in a noise check both are the installed release.
  package let arm: CanaryArm
  /// The session it was made in.
  package let purpose: SessionPurpose
  /// What was asked.
  package let probe: ProbeKind
  /// The tool that was called, or the provocation.
  package let tool: String?
  /// How long the answer took; of the second try when there was one.
  package let latency: Duration
  /// True when the first try missed its deadline or brought an error.
  package let retried: Bool
  /// What went wrong; nil for a success.
  package let failure: ProbeFailure?

  /// Creates a sample.
  package init(
    sequence: Int, at: Instant, arm: CanaryArm = .candidate, purpose: SessionPurpose, probe: ProbeKind,
    tool: String? = nil, latency: Duration, retried: Bool = false, failure: ProbeFailure? = nil
  ) {
    self.sequence = sequence
    self.at = at
    self.arm = arm
    self.purpose = purpose
    self.probe = probe
    self.tool = tool
    self.latency = latency
    self.retried = retried
    self.failure = failure
  }
}
