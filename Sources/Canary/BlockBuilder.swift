import RealModule

/// What was measured of both arms at the same time, in random order.
///
/// A round of probes brings most metrics; one pair of a burst brings only ``CanaryMetric/callLatency``.
package struct PairedRound: Equatable, Sendable {
  /// What the installed release took.
  package var installed: [CanaryMetric: Double]
  /// What the candidate took; the installed release once more in a noise check.
  package var candidate: [CanaryMetric: Double]
  /// Which uninterrupted session of both arms this is, so that memory is not compared across a restart.
  package var session: Int

  /// Notes a round.
  package init(installed: [CanaryMetric: Double], candidate: [CanaryMetric: Double], session: Int = 0) {
    self.installed = installed
    self.candidate = candidate
    self.session = session
  }
}

/// Sums the rounds of one stretch of observed time up to a block, as the judge reads it.
///
/// Whoever keeps ``running`` and ``rounds`` can go on with the same block after a restart of the supervisor.
package struct BlockBuilder: Equatable, Sendable {
  /// Most rounds, bursts included, that one block holds; an hour brings about 400.
  package static let mostRounds = 1024

  /// The block as far as it needs no median: number, time, requests and errors.
  package private(set) var running: CanaryBlock
  /// The rounds of which the medians will be taken.
  package private(set) var rounds: [PairedRound]

  /// Begins a block, or goes on with one.
  package init(_ running: CanaryBlock, rounds: [PairedRound] = []) {
    self.running = running
    self.rounds = Array(rounds.prefix(Self.mostRounds))
  }

  /// How long a block lasts in a soak of `required`: a twenty-fourth, at least a minute, at most an hour.
  package static func length(for required: Duration) -> Duration {
    min(max(required / 24, .seconds(60)), .seconds(3600))
  }

  /// Adds a round; values that no measurement brings (negative, not finite) are left out.
  package mutating func add(_ round: PairedRound) {
    guard rounds.count < Self.mostRounds else { return }
    var kept = round
    if !round.installed.values.allSatisfy(Self.isMeasured) {
      kept.installed = round.installed.filter { Self.isMeasured($1) }
    }
    if !round.candidate.values.allSatisfy(Self.isMeasured) {
      kept.candidate = round.candidate.filter { Self.isMeasured($1) }
    }
    rounds.append(kept)
  }

  /// Counts requests that an answer was expected to, and those of them that brought an error.
  package mutating func count(_ arm: CanaryArm, requests: Int = 1, errors: Int = 0) {
    switch arm {
    case .installed: Self.count(&running.installed, requests, errors)
    case .candidate: Self.count(&running.candidate, requests, errors)
    }
  }

  /// Adds observed time.
  package mutating func observe(_ time: Duration) {
    running.observed += max(time, .zero)
  }

  /// True when the block has lasted as long as a block of a soak of `required` should.
  package func isComplete(for required: Duration) -> Bool {
    running.observed >= Self.length(for: required)
  }

  /// The block with its medians and differences, as far as it has come.
  package var block: CanaryBlock {
    var block = running
    block.session = rounds.last?.session ?? running.session
    let columns = columns(ofSession: block.session)
    for metric in CanaryMetric.allCases {
      let column = columns[metric.place]
      block.installed.medians[metric] = column.installed.median
      block.candidate.medians[metric] = column.candidate.median
      block.pairs[metric] = column.ratios.median.map { median in
        PairSummary(pairs: column.ratios.count, medianLogRatio: median)
      }
    }
    return block
  }

  /// The values of one metric, and the log ratios of those rounds that have both sides.
  private struct Column {
    var installed: [Double] = []
    var candidate: [Double] = []
    var ratios: [Double] = []
  }

  /// A column for each metric, at its place among the cases.
  private func columns(ofSession session: Int) -> [Column] {
    var columns = [Column](repeating: Column(), count: CanaryMetric.allCases.count)
    for round in rounds {
      for (metric, installed) in round.installed where round.session == session || !metric.isResident {
        columns[metric.place].installed.append(installed)
        guard let candidate = round.candidate[metric] else { continue }
        columns[metric.place].ratios.append(metric.logRatio(candidate: candidate, installed: installed))
      }
      for (metric, candidate) in round.candidate where round.session == session || !metric.isResident {
        columns[metric.place].candidate.append(candidate)
      }
    }
    return columns
  }

  private static func isMeasured(_ value: Double) -> Bool { value >= 0 && value.isFinite }

  private static func count(_ arm: inout ArmBlock, _ requests: Int, _ errors: Int) {
    arm.requests = sum(arm.requests, requests)
    arm.errors = sum(arm.errors, errors)
  }

  /// Held at the end of what an integer can say.
  private static func sum(_ total: Int, _ more: Int) -> Int {
    let (sum, overflow) = total.addingReportingOverflow(max(more, 0))
    return overflow ? .max : sum
  }
}

extension CanaryMetric {
  /// Hashes the place among the cases; by its name, as is usual, would take most of the time of a builder.
  package func hash(into hasher: inout Hasher) { hasher.combine(place) }

  fileprivate var place: Int {
    switch self {
    case .startLatency: 0
    case .aliveLatency: 1
    case .toolsLatency: 2
    case .callLatency: 3
    case .memory: 4
    case .processorTime: 5
    case .descriptors: 6
    case .threads: 7
    case .errorOutput: 8
    }
  }

  /// True for what a process holds, so that a restart begins it anew.
  package var isResident: Bool {
    switch self {
    case .memory, .descriptors, .threads: true
    case .startLatency, .aliveLatency, .toolsLatency, .callLatency, .processorTime, .errorOutput: false
    }
  }

  /// The smallest value that a ratio is taken of: below it a difference is the clock's or the kernel's grain.
  var grain: Double {
    switch self {
    case .startLatency, .aliveLatency, .toolsLatency, .callLatency: 50
    case .processorTime: 1000
    case .memory: 4096
    case .descriptors, .threads, .errorOutput: 1
    }
  }

  /// The natural logarithm of candidate by installed; 0 for two values below the grain.
  func logRatio(candidate: Double, installed: Double) -> Double {
    .log(max(candidate, grain)) - .log(max(installed, grain))
  }
}
