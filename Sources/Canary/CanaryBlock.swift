/// One of the two sandboxes that a canary compares.
package enum CanaryArm: String, Sendable, CaseIterable {
  /// The release that is installed, or offered at present.
  case installed
  /// The release that is to replace it.
  case candidate
}

/// What is measured of both arms alike.
package enum CanaryMetric: String, Sendable, CaseIterable {
  /// From the start of a process to the end of its handshake, in microseconds.
  case startLatency
  /// A sign of life, in microseconds.
  case aliveLatency
  /// The whole tool list, in microseconds.
  case toolsLatency
  /// A declared sample call, in microseconds.
  case callLatency
  /// Memory in use, in bytes.
  case memory
  /// Processor time for one round of probes, in microseconds.
  case processorTime
  /// Open descriptors.
  case descriptors
  /// Processes and threads.
  case threads
  /// Bytes on standard error for one round of probes.
  case errorOutput

  /// True for a time that somebody waits for.
  package var isLatency: Bool {
    switch self {
    case .startLatency, .aliveLatency, .toolsLatency, .callLatency: true
    case .memory, .processorTime, .descriptors, .threads, .errorOutput: false
    }
  }
}

/// What one arm did in one block.
package struct ArmBlock: Equatable, Sendable {
  /// Requests that an answer was expected to.
  package var requests = 0
  /// Requests that brought an error or missed their deadline at first, without being a failure of the whole soak.
  package var errors = 0
  /// The median of each metric over the rounds of the block.
  package var medians: [CanaryMetric: Double] = [:]

  /// A block in which nothing happened yet.
  package init() {}
}

/// How the candidate differed from the installed release in the pairs of one block.
package struct PairSummary: Equatable, Sendable {
  /// Pairs in which both arms were measured.
  package var pairs: Int
  /// The median over the pairs of the logarithm of candidate by installed.
  package var medianLogRatio: Double

  /// Sums pairs up.
  package init(pairs: Int, medianLogRatio: Double) {
    self.pairs = pairs
    self.medianLogRatio = medianLogRatio
  }
}

/// One stretch of observed time, usually an hour, in which both arms got the same requests in pairs of random order.
package struct CanaryBlock: Equatable, Sendable {
  /// Which block of the soak, from 0.
  package var number: Int
  /// True when both arms ran the installed release, which measures the machine's own noise.
  package var isNoiseCheck: Bool
  /// Observed time in the block.
  package var observed: Duration
  /// Which uninterrupted session of both arms it belongs to: a restart begins memory anew.
  package var session = 0
  /// What the installed release did.
  package var installed = ArmBlock()
  /// What the candidate did; the installed release once more in a noise check.
  package var candidate = ArmBlock()
  /// The differences by pairs.
  package var pairs: [CanaryMetric: PairSummary] = [:]

  /// Begins a block.
  package init(number: Int, isNoiseCheck: Bool, observed: Duration = .zero) {
    self.number = number
    self.isNoiseCheck = isNoiseCheck
    self.observed = observed
  }
}

/// Something that happened in a sandbox and that answers do not show.
package struct CanaryEvent: Hashable, Sendable {
  /// The kinds of events.
  package enum Kind: String, Sendable, CaseIterable {
    /// A connection that was not allowed.
    case connectionRefused
    /// A path that was not declared.
    case pathRefused
    /// A decoy that looks like a secret and that nobody has a reason to read.
    case decoyTouched
    /// A system call that is not allowed.
    case callRefused
    /// A program that was started.
    case programStarted
    /// A program that was started and not declared.
    case programRefused
    /// A process that the kernel ended for want of memory.
    case outOfMemory
    /// Processes that were still there after the end.
    case leftBehind
  }

  /// What happened.
  package let kind: Kind
  /// To what: `host:port`, a path, a system call, a program.
  package let subject: String
  /// How often.
  package var count: Int

  /// Notes an event.
  package init(_ kind: Kind, _ subject: String, count: Int = 1) {
    self.kind = kind
    self.subject = subject
    self.count = count
  }
}
