import RealModule

/// The standard normal distribution.
enum Normal {
  /// The probability of a value above `z`.
  static func upperTail(_ z: Double) -> Double { .erfc(z / 2.0.squareRoot()) / 2 }

  /// The value that only a share `tail` of all values lies above, for a share between 0 and 1.
  ///
  /// Halving an interval needs no approximation of its own: 70 steps leave less than the last bit.
  static func quantile(upperTail tail: Double) -> Double {
    var low = -40.0
    var high = 40.0
    for _ in 0..<70 {
      let middle = (low + high) / 2
      if upperTail(middle) > tail { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
