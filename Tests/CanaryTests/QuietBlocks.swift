import Canary

/// Blocks of a soak in which nothing much differs: small, fixed differences that go both ways.
enum QuietBlocks {
  /// A day: an hour of noise check, and 23 hours of comparison.
  static let day = hours(24)

  /// So many hours, the first of them a noise check.
  static func hours(_ count: Int, length: Duration = .seconds(3600)) -> [CanaryBlock] {
    (0..<count).map { block($0, isNoiseCheck: $0 == 0, length: length) }
  }

  /// One block.
  static func block(_ number: Int, isNoiseCheck: Bool, length: Duration = .seconds(3600)) -> CanaryBlock {
    var block = CanaryBlock(number: number, isNoiseCheck: isNoiseCheck, observed: length)
    let wobble = Double((number * 7) % 11 - 5) / 100
    for metric in CanaryMetric.allCases {
      let usual = metric == .memory ? 40_000_000.0 : metric.isLatency ? 5000 : 20
      block.installed.medians[metric] = usual
      block.candidate.medians[metric] = metric.isLatency ? usual * (1 + wobble) : usual
      block.pairs[metric] = PairSummary(pairs: 60, medianLogRatio: metric.isLatency ? wobble : 0)
    }
    block.installed.requests = 250
    block.candidate.requests = 250
    return block
  }
}
