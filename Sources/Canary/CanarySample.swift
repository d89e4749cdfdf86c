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
  /// Leaving on end of input.
  case stop
}

/// Why a probe failed; the code is stable, the sentence is for people.
package struct ProbeFailure: Equatable, Sendable {
  /// A stable word such as `answer-late`.
  package let code: String
  /// One plain sentence.
  package let sentence: String

  /// Creates a failure.
  package init(code: String, sentence: String) {
    self.code = code
    self.sentence = sentence
  }
}

/// One probe and what came of it.
package struct CanarySample: Equatable, Sendable {
  /// The number of the sample in its soak, from 1.
  package let sequence: Int
  /// The time of day, for display only.
  package let at: Instant
  /// The session it was made in.
  package let purpose: SessionPurpose
  /// What was asked.
  package let probe: ProbeKind
  /// The tool that was called.
  package let tool: String?
  /// How long the answer took; of the second try when there was one.
  package let latency: Duration
  /// True when the first try missed its deadline.
  package let retried: Bool
  /// What went wrong; nil for a success.
  package let failure: ProbeFailure?
  /// Memory in use afterwards, in bytes.
  package let memory: Int64?

  /// Creates a sample.
  package init(
    sequence: Int, at: Instant, purpose: SessionPurpose, probe: ProbeKind, tool: String? = nil, latency: Duration,
    retried: Bool = false, failure: ProbeFailure? = nil, memory: Int64? = nil
  ) {
    self.sequence = sequence
    self.at = at
    self.purpose = purpose
    self.probe = probe
    self.tool = tool
    self.latency = latency
    self.retried = retried
    self.failure = failure
    self.memory = memory
  }
}
