extension [Double] {
  /// The middle value, or the mean of the two middle ones; nil of nothing.
  package var median: Double? {
    guard !isEmpty else { return nil }
    let sorted = sorted()
    let upper = sorted[count / 2]
    guard count.isMultiple(of: 2) else { return upper }
    let lower = sorted[count / 2 - 1]
    return lower + (upper - lower) / 2
  }
}
