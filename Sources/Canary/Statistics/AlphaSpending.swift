/// How much of the whole error level may be used up when a share of the information is there.
///
/// K. K. G. Lan and D. L. DeMets, Discrete Sequential Boundaries for Clinical Trials, 1983: the function that resembles
/// the bounds of O'Brien and Fleming, which keep nearly everything for the last look.
enum AlphaSpending {
  /// The level that is used up by a look at `share` of the information, from 0 to 1.
  static func spent(_ level: Double, at share: Double) -> Double {
    guard share > 0 else { return 0 }
    guard share < 1 else { return level }
    return 2 * Normal.upperTail(Normal.quantile(upperTail: level / 2) / share.squareRoot())
  }

  /// The level for each look: what is newly used up since the one before.
  static func increments(_ level: Double, at shares: [Double]) -> [Double] {
    var before = 0.0
    return shares.map { share in
      let total = spent(level, at: share)
      defer { before = total }
      return max(total - before, 0)
    }
  }
}
