/// A single step in a series that explains it much better than a steady growth: a cache that was filled once, say.
struct GrowthStep {
  /// The step must leave at most this share of the distance that a steady growth leaves.
  static let mostLeft = 0.7

  /// The first point after the step.
  private let index: Int

  /// Looks for a step; nil when a steady growth of `slope` explains the points about as well.
  init?(_ points: [TrendPoint], slope: Double) {
    let steady = Self.distance(points.map { $0.value - slope * $0.time })
    guard points.count >= 4 else { return nil }
    let values = points.map(\.value)
    let best = (2...(points.count - 2)).map { index in
      (Self.distance(Array(values[..<index])) + Self.distance(Array(values[index...])), index)
    }.min { $0 < $1 }
    guard let best, best.0 < steady * Self.mostLeft else { return nil }
    index = best.1
  }

  /// The points with the step between two stretches, so that only growth before and after it counts.
  func separated(_ points: [TrendPoint]) -> [TrendPoint] {
    points.enumerated().map { place, point in
      // Even numbers before the step, odd ones after it; wrapping, because a session's number may be anything.
      TrendPoint(time: point.time, value: point.value, stretch: point.stretch &* 2 &+ (place < index ? 0 : 1))
    }
  }

  /// The distance of values from their median, all together.
  private static func distance(_ values: [Double]) -> Double {
    guard let median = values.median else { return 0 }
    return values.reduce(0) { $0 + ($1 - median).magnitude }
  }
}
