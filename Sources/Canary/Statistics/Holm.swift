/// Holm's procedure for several tests at once, with weights.
///
/// S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, 1979, section 4.
enum Holm {
  /// The level that each test was held against; a probability at or below it is rejected.
  ///
  /// Tests after the first one that is not rejected are held against the level at which that one stopped the procedure
  /// times their own weight, and are not rejected in any case; their level then is 0.
  static func levels(_ tests: [(probability: Double, weight: Double)], level: Double) -> [Double] {
    var levels = [Double](repeating: 0, count: tests.count)
    var left = tests.reduce(0) { $0 + $1.weight }
    let order = tests.indices.sorted { first, second in
      let (a, b) = (tests[first].probability / tests[first].weight, tests[second].probability / tests[second].weight)
      return (a, first) < (b, second)
    }
    for index in order {
      let own = level * tests[index].weight / left
      levels[index] = own
      guard tests[index].probability <= own else { break }
      left -= tests[index].weight
    }
    return levels
  }
}
