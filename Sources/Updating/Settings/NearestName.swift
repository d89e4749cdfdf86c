/// What somebody may have meant who misspelt a name.
enum NearestName {
  /// The name with the fewest changed, missing, additional and swapped letters; nil where none is near.
  static func of(_ offered: String, among names: [String]) -> String? {
    let plain = normal(String(String.UnicodeScalarView(offered.unicodeScalars.prefix(64))))
    let limit = max(1, min(3, plain.count / 3))
    let ranked = names.map { (name: $0, distance: distance(plain, normal($0))) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= limit else { return nil }
    return best.name
  }

  /// Optimal string alignment: the Levenshtein distance with swapped neighbours as one change.
  static func distance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
    var before: [Int] = []
    var last = Array(0...other.count)
    for row in 0..<one.count {
      var next = [row + 1]
      for column in 0..<other.count {
        var cost = min(last[column + 1] + 1, next[column] + 1)
        cost = min(cost, last[column] + (one[row] == other[column] ? 0 : 1))
        if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
          cost = min(cost, before[column - 1] + 1)
        }
        next.append(cost)
      }
      (before, last) = (last, next)
    }
    return last[other.count]
  }

  /// Small letters, and one sign between words.
  private static func normal(_ text: String) -> [Unicode.Scalar] {
    text.lowercased().unicodeScalars.map { $0 == " " || $0 == "_" ? "-" : $0 }
  }
}
