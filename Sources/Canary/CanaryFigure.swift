/// What the judge compares between the two arms, beyond the gates that each release must keep by itself.
package enum CanaryQuantity: String, Sendable, CaseIterable {
  /// Requests that brought an error.
  case errors
  /// The time of a declared sample call.
  case callLatency
  /// The time of the whole tool list.
  case toolsLatency
  /// The time of a sign of life.
  case aliveLatency
  /// The time from the start to the end of the handshake.
  case startLatency
  /// Processor time for a round of probes.
  case processorTime
  /// The growth of memory.
  case memoryGrowth
  /// The growth of open descriptors.
  case descriptorGrowth
  /// The growth of processes and threads.
  case threadGrowth

  /// What is measured for it; nil for what is counted.
  package var metric: CanaryMetric? {
    switch self {
    case .errors: nil
    case .callLatency: .callLatency
    case .toolsLatency: .toolsLatency
    case .aliveLatency: .aliveLatency
    case .startLatency: .startLatency
    case .processorTime: .processorTime
    case .memoryGrowth: .memory
    case .descriptorGrowth: .descriptors
    case .threadGrowth: .threads
    }
  }

  /// True for a growth by the hour, false for a ratio or a share.
  package var isGrowth: Bool { metric?.isResident ?? false }

  /// The stable word that findings about it begin with.
  package var code: String {
    switch self {
    case .errors: "errors"
    case .callLatency: "call-latency"
    case .toolsLatency: "tools-latency"
    case .aliveLatency: "alive-latency"
    case .startLatency: "start-latency"
    case .processorTime: "processor-time"
    case .memoryGrowth: "memory-growth"
    case .descriptorGrowth: "descriptor-growth"
    case .threadGrowth: "thread-growth"
    }
  }
}

/// One comparison of the candidate with the installed release, in figures.
package struct CanaryFigure: Equatable, Sendable {
  /// What came of a comparison.
  package enum Outcome: String, Sendable {
    /// Nothing speaks against the candidate.
    case fine
    /// The candidate is worse by more than is allowed.
    case worse
    /// The figures neither accuse nor acquit the candidate; more time may.
    case undecided
    /// There were too few figures to judge by.
    case notJudged
  }

  /// What was compared.
  package let quantity: CanaryQuantity
  /// What came of it.
  package let outcome: Outcome
  /// The installed release: the median over the blocks in the unit of the metric; for errors their share of requests.
  package let installed: Double
  /// The candidate, likewise.
  package let candidate: Double
  /// How much more the candidate took: a share of the installed release's (0.24 for 24 %), a growth in the unit of the
  /// metric for each hour, or a difference of shares.
  package let effect: Double
  /// Where the effect lies with 95 % confidence.
  package let interval: ClosedRange<Double>
  /// The largest effect that is allowed.
  package let allowed: Double
  /// Blocks that were compared.
  package let blocks: Int
  /// Blocks in which the candidate did worse than the installed release.
  package let worseBlocks: Int
  /// How probable figures like these are when the candidate is no worse than is tolerated.
  package let probability: Double
  /// What the probability had to stay above; 0 when no test was made.
  package let level: Double
}
