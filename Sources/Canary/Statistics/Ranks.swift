/// Ranks of values, equal ones sharing the mean of their ranks.
struct Ranks {
  /// Twice the rank of each value, in the order of the values; twice, so that shared ranks stay whole.
  let doubled: [Int]
  /// How many values share each rank that is shared.
  let ties: [Int]

  init(_ values: [Double]) {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var doubled = [Int](repeating: 0, count: values.count)
    var ties: [Int] = []
    var start = 0
    while start < order.count {
      var end = start
      while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
      // Ranks start + 1 to end + 1; their mean, doubled, is the sum of both.
      for index in start...end { doubled[order[index]] = start + end + 2 }
      if end > start { ties.append(end - start + 1) }
      start = end + 1
    }
    self.doubled = doubled
    self.ties = ties
  }
}
