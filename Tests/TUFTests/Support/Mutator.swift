import StrictJSON
import TestSupport

/// Changes a metadata file at random: its bits, its tokens, its values, its signatures.
struct Mutator {
  /// The file as it was signed.
  let original: [UInt8]
  private let value: JSON
  private let paths: [[JSON]]
  /// Where strings, numbers, words and marks begin and end.
  private let tokens: [Range<Int>]
  /// Signatures that other files of the repository carry.
  private let foreign: [JSON]

  init(_ original: [UInt8], foreign: [JSON]) throws {
    self.original = original
    self.foreign = foreign
    value = try JSON.parse(original)
    paths = value.paths
    tokens = Self.tokens(of: original)
  }

  /// One mutation of one of the kinds; perhaps one that changes nothing.
  func mutation(using random: inout SplitMix64) -> [UInt8] {
    switch Int.random(in: 0..<16, using: &random) {
    case 0..<6: bytes(using: &random)
    case 6..<10: tokens(using: &random)
    case 10..<14: structure(using: &random)
    default: signatures(using: &random)
    }
  }

  // MARK: bytes

  private func bytes(using random: inout SplitMix64) -> [UInt8] {
    var changed = original
    for _ in 0..<Int.random(in: 1...2, using: &random) {
      guard !changed.isEmpty else { break }
      let place = Int.random(in: 0..<changed.count, using: &random)
      switch Int.random(in: 0..<7, using: &random) {
      case 0, 1: changed[place] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
      case 2: changed.remove(at: place)
      case 3: changed.insert(UInt8.random(in: 0...255, using: &random), at: place)
      case 4: changed.insert([0x20, 0x09, 0x0A, 0x0D][Int.random(in: 0..<4, using: &random)], at: place)
      case 5: changed.removeSubrange(place..<min(changed.count, place + Int.random(in: 1...40, using: &random)))
      default:
        let end = min(changed.count, place + Int.random(in: 1...40, using: &random))
        changed.insert(contentsOf: changed[place..<end], at: Int.random(in: 0...changed.count, using: &random))
      }
    }
    return changed
  }

  // MARK: tokens

  private static let words = [
    "null", "true", "false", "0", "-1", "1.0", "1e3", "-0", "01", "9007199254740993", "9223372036854775808",
    "99999999999999999999999999", "{", "}", "[", "]", ",", ":", "\"", "\"\\ud800\"", "\"\\u0000\"", "\"é\"",
    "\"e\u{301}\"", "{}", "[]", "\"\"", "\u{FEFF}", "//", "NaN", "1E400", "\\",
  ].map { Array($0.utf8) }

  private func tokens(using random: inout SplitMix64) -> [UInt8] {
    let first = tokens[Int.random(in: 0..<tokens.count, using: &random)]
    let second = tokens[Int.random(in: 0..<tokens.count, using: &random)]
    let word = Self.words[Int.random(in: 0..<Self.words.count, using: &random)]
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      let (low, high) = first.lowerBound <= second.lowerBound ? (first, second) : (second, first)
      guard low.upperBound <= high.lowerBound else { return original }
      return Array(original[..<low.lowerBound]) + original[high] + original[low.upperBound..<high.lowerBound]
        + original[low] + original[high.upperBound...]
    case 1: return Array(original[..<first.lowerBound]) + original[second] + original[first.upperBound...]
    case 2: return Array(original[..<first.lowerBound]) + word + original[first.upperBound...]
    default: return Array(original[..<first.lowerBound]) + word + original[first.lowerBound...]
    }
  }

  private static func tokens(of bytes: [UInt8]) -> [Range<Int>] {
    var tokens: [Range<Int>] = []
    var place = 0
    while place < bytes.count {
      let start = place
      place += 1
      if bytes[start] == UInt8(ascii: "\"") {
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
          place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        place = min(place + 1, bytes.count)
      } else if !Array("{}[],:".utf8).contains(bytes[start]) {
        while place < bytes.count, !Array("{}[],:\"".utf8).contains(bytes[place]) { place += 1 }
      }
      tokens.append(start..<place)
    }
    return tokens
  }

  // MARK: structure

  /// What a field may become: every other shape, the ends of every range, and what only looks right.
  static let replacements: [JSON] = [
    nil, true, [], [nil], [[:]], [:], ["a": nil], "", "\0", 0, -1, .integer(.max), .integer(.min), .number("1.0"),
    .number("1e400"), .number("99999999999999999999999"), .string(String(repeating: "9", count: 10_000)),
  ]

  private func structure(using random: inout SplitMix64) -> [UInt8] {
    let path = paths[Int.random(in: 1..<paths.count, using: &random)]
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return (value.replacing(at: path[...], with: nil) ?? nil).serialized()
    case 1:
      // The same key twice, once with another value: written by hand, because no object holds it.
      guard let key = path.last?.stringValue, let other = Self.replacements.randomElement(using: &random) else {
        return original
      }
      let name = Array("\"\(key)\":".utf8)
      guard let start = original.firstRange(of: name)?.lowerBound else { return original }
      return Array(original[..<start]) + name + other.serialized() + [UInt8(ascii: ",")] + original[start...]
    case 2:
      let donor = paths[Int.random(in: 0..<paths.count, using: &random)]
      return (value.replacing(at: path[...], with: value.value(at: donor[...])) ?? nil).serialized()
    default:
      return (value.replacing(at: path[...], with: Self.replacements.randomElement(using: &random)) ?? nil).serialized()
    }
  }

  // MARK: signatures

  private func signatures(using random: inout SplitMix64) -> [UInt8] {
    var list = value["signatures"]?.arrayValue ?? []
    switch Int.random(in: 0..<6, using: &random) {
    case 0: list.shuffle(using: &random)
    case 1: list.removeAll { _ in Bool.random(using: &random) }
    case 2: list += list
    case 3: list.append(foreign.randomElement(using: &random) ?? nil)
    case 4: list = [foreign.randomElement(using: &random) ?? nil]
    default:
      // Somebody else's signature under this key, and the other way round.
      let (own, other) = (list.first?.objectValue ?? [:], foreign.randomElement(using: &random)?.objectValue ?? [:])
      list[0] = ["keyid": own["keyid"] ?? nil, "sig": other["sig"] ?? nil]
      list.append(["keyid": other["keyid"] ?? nil, "sig": own["sig"] ?? nil])
    }
    return (value.replacing(at: ["signatures"], with: .array(list)) ?? nil).serialized()
  }
}
