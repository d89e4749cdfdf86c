/// Fisher's exact test of two shares, one-sided.
///
/// R. A. Fisher, The Logic of Inductive Inference, 1935.
enum FisherExact {
  /// More tries than this are taken as so many, which bounds the work and changes nothing that could be told apart.
  static let mostTries = 10_000_000

  /// How probable so many hits or more in the second group are, when both have the same share and so many in all.
  ///
  /// Chances are summed outwards from the likeliest number, relative to its own, so that none of them underflows that
  /// matters.
  static func upperTail(hits: (Int, Int), tries: (Int, Int)) -> Double {
    let tries = (min(max(tries.0, 0), mostTries), min(max(tries.1, 0), mostTries))
    let hits = (min(max(hits.0, 0), tries.0), min(max(hits.1, 0), tries.1))
    let all = hits.0 + hits.1
    let least = max(0, all - tries.0)
    let most = min(all, tries.1)
    let likeliest = (Double(all) + 1) * (Double(tries.1) + 1) / (Double(tries.0 + tries.1) + 2)
    let middle = min(max(Int(likeliest), least), most)
    var total = 1.0
    var tail = middle >= hits.1 ? 1.0 : 0
    func add(_ chance: Double, _ count: Int) {
      total += chance
      if count >= hits.1 { tail += chance }
    }
    var chance = 1.0
    for count in stride(from: middle, to: most, by: 1) {
      let up = Double(tries.1 - count) * Double(all - count)
      chance *= up / (Double(count + 1) * Double(tries.0 - all + count + 1))
      add(chance, count + 1)
      // Below the smallest number there are no chances left.
      if chance == 0 { break }
    }
    chance = 1
    for count in stride(from: middle, to: least, by: -1) {
      let down = Double(count) * Double(tries.0 - all + count)
      chance *= down / (Double(tries.1 - count + 1) * Double(all - count + 1))
      add(chance, count - 1)
      if chance == 0 { break }
    }
    return min(1, tail / total)
  }
}
