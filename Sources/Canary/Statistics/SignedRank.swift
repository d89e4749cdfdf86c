/// Wilcoxon's signed-rank test of paired differences, with the estimate and the interval that belong to it.
///
/// F. Wilcoxon, Individual Comparisons by Ranking Methods, 1945; J. L. Hodges and E. L. Lehmann, Estimates of Location
/// Based on Rank Tests, 1963.
struct SignedRank {
  /// Up to so many differences the distribution is counted out; beyond, the normal one is as good.
  static let mostExact = 64

  private let differences: [Double]
  private let means: [Double]

  /// Takes finite differences; others are left out.
  init(_ differences: [Double]) {
    let kept = differences.filter(\.isFinite)
    self.differences = kept
    // Walsh averages: of each pair, a difference with itself included.
    means = kept.indices.flatMap { first in kept[first...].map { kept[first] + ($0 - kept[first]) / 2 } }.sorted()
  }

  /// How many differences there are.
  var count: Int { differences.count }

  /// The median of all means of two differences; 0 of nothing.
  var estimate: Double { means.median ?? 0 }

  /// How probable a rank sum as high as this one is, when the differences lie evenly about `center`.
  ///
  /// A difference of exactly `center` keeps its rank and counts as no excess, which only makes the test more careful.
  func upperTail(above center: Double = 0) -> Double {
    let shifted = differences.map { $0 - center }
    let ranks = Ranks(shifted.map(\.magnitude))
    let sum = zip(shifted, ranks.doubled).reduce(0) { $1.0 > 0 ? $0 + $1.1 : $0 }
    guard count <= Self.mostExact else { return Self.approximate(sum: sum, ranks) }
    let counts = Self.distribution(ranks.doubled)
    return min(1, counts[min(sum, counts.count)...].reduce(0, +))
  }

  /// Where the middle of the differences lies with the given confidence.
  func interval(confidence: Double) -> ClosedRange<Double> {
    guard let first = means.first, let last = means.last else { return 0...0 }
    let tail = (1 - confidence) / 2
    let skipped = count <= Self.mostExact ? exactSkip(tail) : approximateSkip(tail)
    // Too few differences for such confidence: the ends are as far as the figures go.
    guard let skipped, skipped * 2 < means.count else { return first...last }
    return means[skipped]...means[means.count - 1 - skipped]
  }

  /// The largest number of means to leave out at each end.
  private func exactSkip(_ tail: Double) -> Int? {
    let counts = Self.distribution((1...max(count, 1)).map { 2 * $0 })
    var below = 0.0
    var skipped: Int?
    for sum in stride(from: 0, to: counts.count, by: 2) {
      below += counts[sum]
      guard below <= tail else { break }
      skipped = sum / 2
    }
    return skipped
  }

  private func approximateSkip(_ tail: Double) -> Int? {
    let n = Double(count)
    let spread = (n * (n + 1) * (2 * n + 1) / 24).squareRoot()
    let skipped = (n * (n + 1) / 4 - Normal.quantile(upperTail: tail) * spread - 0.5).rounded(.down)
    return skipped >= 0 ? Int(skipped) : nil
  }

  /// The probability of each sum of ranks when every rank counts or not with even chances.
  private static func distribution(_ ranks: [Int]) -> [Double] {
    var chances = [1.0]
    for rank in ranks {
      var next = [Double](repeating: 0, count: chances.count + rank)
      for (sum, chance) in chances.enumerated() {
        next[sum] += chance / 2
        next[sum + rank] += chance / 2
      }
      chances = next
    }
    return chances
  }

  private static func approximate(sum: Int, _ ranks: Ranks) -> Double {
    let n = Double(ranks.doubled.count)
    let ties = ranks.ties.reduce(0.0) { $0 + Double($1) * (Double($1) * Double($1) - 1) }
    let variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48
    guard variance > 0 else { return 1 }
    // Half a rank for a sum that only takes steps of one.
    return Normal.upperTail((Double(sum) / 2 - n * (n + 1) / 4 - 0.5) / variance.squareRoot())
  }
}
