/// A value at a time, in a stretch within which values may be compared with each other.
struct TrendPoint: Equatable {
  let time: Double
  let value: Double
  let stretch: Int
}

/// The slope that Theil and Sen estimate, and Kendall's test of it, over stretches that are not compared to each other.
///
/// Values that follow their predecessors make a rise by chance likelier; where they plainly do, the variance of the
/// test is raised accordingly, after Bayley and Hammersley, The Effective Number of Independent Observations, 1946.
///
/// P. K. Sen, Estimates of the Regression Coefficient Based on Kendall's Tau, 1968; stretches are the blocks of
/// R. M. Hirsch, J. R. Slack and R. A. Smith, Techniques of Trend Analysis for Monthly Water Quality Data, 1982.
struct Trend {
  /// The slopes of all pairs within a stretch, in rising order.
  private let slopes: [Double]
  /// Pairs that rise less pairs that fall.
  private let score: Int
  /// Factors of the exact distribution: the sizes of the stretches.
  private let sizes: [Int]
  /// True when neither equal nor dependent values stand in the way of counting permutations.
  private let isExact: Bool
  private let variance: Double

  /// Up to so many points in all the distribution is counted out.
  static let mostExact = 64

  /// Takes finite points; others are left out.
  init(_ points: [TrendPoint]) {
    // In the order of their numbers, so that sums are the same in every run.
    let groups = Dictionary(grouping: points.filter { $0.time.isFinite && $0.value.isFinite }, by: \.stretch)
      .sorted { $0.key < $1.key }.map(\.value)
    var slopes: [Double] = []
    var score = 0
    var variance = 0.0
    var hasTies = false
    for group in groups {
      for first in group.indices {
        for second in group.indices.dropFirst(first + 1) {
          let time = group[second].time - group[first].time
          guard time != 0 else { continue }
          let slope = (group[second].value - group[first].value) / time
          guard slope.isFinite else { continue }
          slopes.append(slope)
          score += slope > 0 ? 1 : slope < 0 ? -1 : 0
        }
      }
      let ties = Ranks(group.map(\.value)).ties
      hasTies = hasTies || !ties.isEmpty
      variance += Self.variance(group.count) - ties.reduce(0) { $0 + Self.variance($1) }
    }
    self.slopes = slopes.sorted()
    self.score = score
    let dependence = Self.dependence(groups, slope: self.slopes.median ?? 0)
    self.variance = variance * (1 + dependence) / (1 - dependence)
    isExact = !hasTies && dependence == 0 && groups.reduce(0) { $0 + $1.count } <= Self.mostExact
    sizes = groups.map(\.count).sorted()
  }

  /// The median of the slopes of all pairs; 0 of nothing.
  var slope: Double { slopes.median ?? 0 }

  /// How probable so many rising pairs are when nothing rises.
  var upperTail: Double {
    guard variance > 0 else { return 1 }
    return isExact ? exactTail : Normal.upperTail((Double(score) - 1) / variance.squareRoot())
  }

  /// Where the slope lies with the given confidence.
  func interval(confidence: Double) -> ClosedRange<Double> {
    guard let first = slopes.first, let last = slopes.last else { return 0...0 }
    let reach = Normal.quantile(upperTail: (1 - confidence) / 2) * max(variance, 0).squareRoot()
    let skipped = ((Double(slopes.count) - reach) / 2).rounded() - 1
    guard skipped >= 0, Int(skipped) * 2 < slopes.count else { return first...last }
    return slopes[Int(skipped)]...slopes[slopes.count - 1 - Int(skipped)]
  }

  /// How much each value follows the one before, beyond the slope; 0 when that may be chance.
  private static func dependence(_ groups: [[TrendPoint]], slope: Double) -> Double {
    var sums = (pairs: 0.0, squares: 0.0, count: 0.0)
    for group in groups {
      let flat = group.map { $0.value - slope * $0.time }
      let middle = flat.median ?? 0
      let left = flat.map { $0 - middle }
      sums.pairs += zip(left, left.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
      sums.squares += left.reduce(0) { $0 + $1 * $1 }
      sums.count += Double(left.count)
    }
    guard sums.squares > 0, sums.squares.isFinite else { return 0 }
    let share = min(sums.pairs / sums.squares, 0.95)
    return share > plainlyDependent / sums.count.squareRoot() ? share : 0
  }

  /// The 99th percentile of the normal distribution: independent values hardly ever follow each other so closely.
  private static let plainlyDependent = 2.326

  private static func variance(_ count: Int) -> Double {
    let n = Double(count)
    return n * (n - 1) * (2 * n + 5) / 18
  }

  /// Counts permutations by their falling pairs: the k-th point of a stretch falls behind 0 to k - 1 earlier ones.
  private var exactTail: Double {
    var chances = [1.0]
    for size in sizes {
      for place in stride(from: 2, through: size, by: 1) {
        var next = [Double](repeating: 0, count: chances.count + place - 1)
        for (falls, chance) in chances.enumerated() {
          for more in 0..<place { next[falls + more] += chance / Double(place) }
        }
        chances = next
      }
    }
    // The score is pairs less twice the falling ones.
    let falling = (chances.count - 1 - score) / 2
    return min(1, chances.prefix(falling + 1).reduce(0, +))
  }
}
