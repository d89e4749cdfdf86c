/// What a verdict rests on: everything that was counted and measured, bounded however long the soak lasts.
///
/// Whole numbers only, so that every reader of JSON reads the same; metrics and counters carry names, so that new ones
/// do not make old readers refuse the record.
package struct EvidenceFigures: Hashable, Sendable {
  /// The most blocks that are kept; the oldest go first.
  package static let maxBlocks = 240
  /// The most events.
  package static let maxEvents = 200
  /// The most named numbers of one list.
  package static let maxNumbers = 64
  /// The longest end of standard error, in bytes.
  package static let maxErrorTail = 4096
  /// The most tools whose pins are carried.
  package static let maxPinnedTools = 256

  /// A named number.
  package struct Number: Hashable, Sendable {
    /// What it counts or measures; letters only.
    package let name: String
    /// How much.
    package let value: Int64

    /// Names a number.
    package init(_ name: String, _ value: Int64) {
      self.name = name
      self.value = value
    }
  }

  /// What one arm did in one block.
  package struct Arm: Hashable, Sendable {
    /// Requests that an answer was expected to.
    package let requests: Int64
    /// Requests that brought an error.
    package let errors: Int64
    /// The median of each metric, in its own unit.
    package let medians: [Number]

    /// Sums an arm up.
    package init(requests: Int64, errors: Int64, medians: [Number]) {
      self.requests = requests
      self.errors = errors
      self.medians = medians
    }

    /// The median of a metric; nil where it was not measured.
    package subscript(metric: String) -> Int64? { medians.first { $0.name == metric }?.value }
  }

  /// How the candidate differed from the installed release in the pairs of one block.
  package struct Pair: Hashable, Sendable {
    /// The metric.
    package let metric: String
    /// Pairs in which both were measured.
    package let pairs: Int64
    /// The median of the logarithm of candidate by installed, in millionths.
    package let logRatioMillionths: Int64

    /// Sums pairs up.
    package init(metric: String, pairs: Int64, logRatioMillionths: Int64) {
      self.metric = metric
      self.pairs = pairs
      self.logRatioMillionths = logRatioMillionths
    }
  }

  /// One stretch of observed time.
  package struct Block: Hashable, Sendable {
    /// Which one, from 0.
    package let number: Int64
    /// Whether both arms ran the installed release.
    package let isNoiseCheck: Bool
    /// Observed time in seconds.
    package let observedSeconds: Int64
    /// What the installed release did.
    package let installed: Arm
    /// What the candidate did.
    package let candidate: Arm
    /// The differences by pairs.
    package let pairs: [Pair]

    /// Puts a block together.
    package init(
      number: Int64, isNoiseCheck: Bool, observedSeconds: Int64, installed: Arm, candidate: Arm, pairs: [Pair]
    ) {
      self.number = number
      self.isNoiseCheck = isNoiseCheck
      self.observedSeconds = observedSeconds
      self.installed = installed
      self.candidate = candidate
      self.pairs = pairs
    }
  }

  /// Something that happened in the candidate's sandbox.
  package struct Event: Hashable, Sendable {
    /// The kind's name.
    package let kind: String
    /// To what: a host, a path, a program; foreign text.
    package let subject: String
    /// How often.
    package let count: Int64

    /// Notes an event.
    package init(kind: String, subject: String, count: Int64) {
      self.kind = kind
      self.subject = subject
      self.count = count
    }
  }

  /// One comparison of the candidate with the installed release, as the judge made it.
  package struct Judged: Hashable, Sendable {
    /// The name of what was compared.
    package let quantity: String
    /// The name of what came of it.
    package let outcome: String
    /// Effect, interval and what was allowed in millionths; probabilities in billionths; blocks as they are.
    package let numbers: [Number]

    /// Puts a comparison together.
    package init(quantity: String, outcome: String, numbers: [Number]) {
      self.quantity = quantity
      self.outcome = outcome
      self.numbers = numbers
    }

    /// A number of the comparison; nil for one that no whole number can say, such as an interval without an end.
    package subscript(name: String) -> Int64? { numbers.first { $0.name == name }?.value }
  }

  /// The latencies of one kind of probe of the candidate.
  package struct Latency: Hashable, Sendable {
    /// The kind of probe.
    package let probe: String
    /// Answers that were measured.
    package let count: Int64
    /// Their mean in microseconds.
    package let meanMicroseconds: Int64
    /// The slowest in microseconds.
    package let slowestMicroseconds: Int64

    /// Sums latencies up.
    package init(probe: String, count: Int64, meanMicroseconds: Int64, slowestMicroseconds: Int64) {
      self.probe = probe
      self.count = count
      self.meanMicroseconds = meanMicroseconds
      self.slowestMicroseconds = slowestMicroseconds
    }
  }

  /// What the release had to keep to.
  package var gates: [Number] = []
  /// What was counted in the whole soak.
  package var counts: [Number] = []
  /// The latencies of the candidate by kind of probe.
  package var latencies: [Latency] = []
  /// What both arms did, block by block.
  package var blocks: [Block] = []
  /// The comparisons of the last planned look.
  package var judged: [Judged] = []
  /// What happened besides answers.
  package var events: [Event] = []
  /// What happened with the installed release, which is nothing new.
  package var installedEvents: [Event] = []
  /// Limits that nothing kept on that machine.
  package var unkeptLimits: [String] = []
  /// The protocol version that was spoken.
  package var protocolVersion: String?
  /// The end of what the candidate wrote to standard error.
  package var errorTail = ""
  /// The machine and what contained the plugin, as words under names.
  package var environment: [String: String] = [:]
  /// The tools as the candidate listed them under the fixed environment; nil where there were too many.
  package var tools: ToolPins?

  /// No figures yet.
  package init() {}

  /// A counter by its name; 0 where it was not counted.
  package func count(_ name: String) -> Int64 { counts.first { $0.name == name }?.value ?? 0 }

  /// A gate by its name.
  package func gate(_ name: String) -> Int64? { gates.first { $0.name == name }?.value }

  /// The blocks in which the candidate itself was observed.
  package var judgedBlocks: [Block] { blocks.filter { !$0.isNoiseCheck } }
}
