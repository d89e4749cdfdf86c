import Canary
import RealModule

/// Blocks of a soak in which nothing much differs: small, fixed differences that go both ways.
enum QuietBlocks {
  /// A day of comparison after an hour of noise check.
  static let day = hours(24)

  /// So many hours of comparison after one of noise check.
  static func hours(_ count: Int, length: Duration = .seconds(3600)) -> [CanaryBlock] {
    (0...count).map { block($0, isNoiseCheck: $0 == 0, length: length) }
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

extension CanaryBlock {
  /// The block with a candidate that takes so many times as long; a noise check stays as it is.
  func slower(_ metrics: [CanaryMetric], by ratio: Double) -> CanaryBlock {
    guard !isNoiseCheck else { return self }
    var block = self
    for metric in metrics {
      block.candidate.medians[metric] = (candidate.medians[metric] ?? 0) * ratio
      let summary = pairs[metric] ?? PairSummary(pairs: 0, medianLogRatio: 0)
      block.pairs[metric] = PairSummary(pairs: summary.pairs, medianLogRatio: summary.medianLogRatio + .log(ratio))
    }
    return block
  }

  /// The block with a candidate that takes more the longer it runs.
  func growing(_ metric: CanaryMetric, by amount: Double) -> CanaryBlock {
    guard !isNoiseCheck else { return self }
    var block = self
    // Noise that goes both ways, so that no two values are the same.
    let noise = Double((number * 5) % 7 - 3) * amount / 20
    block.candidate.medians[metric] = (candidate.medians[metric] ?? 0) + amount * Double(number) + noise
    return block
  }

  /// The block with so many errors of the candidate.
  func failing(_ errors: Int, installed: Int = 0) -> CanaryBlock {
    guard !isNoiseCheck else { return self }
    var block = self
    block.candidate.errors = errors
    block.installed.errors = installed
    return block
  }

  /// The block without a metric.
  func without(_ metrics: [CanaryMetric]) -> CanaryBlock {
    var block = self
    for metric in metrics {
      block.installed.medians[metric] = nil
      block.candidate.medians[metric] = nil
      block.pairs[metric] = nil
    }
    return block
  }
}
