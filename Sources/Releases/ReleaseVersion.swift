/// The version of a release: semantic versions, calendar versions and Python's versions are ordered as people expect.
///
/// Numbers are compared as numbers; `1.0.0-beta.2` and `1.0.0rc1` come before `1.0.0`; what follows `+` decides last.
package struct ReleaseVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The longest version in bytes.
  package static let maxBytes = 64
  private static let rule =
    "have 1 to \(maxBytes) of the characters 0-9 A-Z a-z . + -, begin and end with a letter or digit, hold no '..', "
    + "and not end with '.json'"

  /// The version as it was written.
  package let text: String

  /// Reads a version; throws a `ReleaseError` that states the rule.
  package init(_ text: String) throws(ReleaseError) {
    var previous: UInt8 = 0
    let bytes = Array(text.utf8)
    let isPlain = bytes.allSatisfy { byte in
      defer { previous = byte }
      if byte == UInt8(ascii: ".") { return previous != byte }
      return Characters.isAlphanumeric(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
    }
    // The version is a folder beside the channel manifests, and so must not look like one of them.
    guard bytes.count <= ReleaseVersion.maxBytes, let first = bytes.first, let last = bytes.last, isPlain,
      Characters.isAlphanumeric(first), Characters.isAlphanumeric(last), !text.hasSuffix(".json")
    else { throw ReleaseError("version", .invalid(offered: text, rule: ReleaseVersion.rule)) }
    self.text = text
  }

  /// The version as it was written.
  package var description: String { text }

  /// Whether one version is older than another.
  package static func < (left: ReleaseVersion, right: ReleaseVersion) -> Bool {
    let (one, other) = (VersionParts(left.text), VersionParts(right.text))
    let order = VersionParts.order(one, other)
    // Different texts are different versions, also where they mean the same, so that the order agrees with equality.
    return order != 0 ? order < 0 : left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }
}

/// A version taken apart for comparison.
private struct VersionParts {
  private enum Token {
    case end
    case number(Substring)
    case word(Substring)

    /// Where a token stands against one of another kind: `1.0rc1` < `1.0` < `1.0.post1` < `1.0.1`.
    var rank: Int {
      switch self {
      case .word(let text): text.lowercased() == "post" ? 2 : 0
      case .end: 1
      case .number: 3
      }
    }
  }

  private let core: [Token]
  private let preRelease: [Substring]?
  private let build: Substring

  init(_ text: String) {
    let plus = text.firstIndex(of: "+") ?? text.endIndex
    build = text[plus...].dropFirst()
    let main = text[..<plus]
    let dash = main.firstIndex(of: "-") ?? main.endIndex
    core = VersionParts.tokens(of: main[..<dash])
    preRelease = dash == main.endIndex ? nil : main[dash...].dropFirst().split { $0 == "." || $0 == "-" }
  }

  /// Runs of digits and runs of letters; dots only separate.
  private static func tokens(of text: Substring) -> [Token] {
    var tokens: [Token] = []
    for part in text.split(separator: ".") {
      var rest = part
      while let first = rest.first {
        let run = rest.prefix { $0.isNumber == first.isNumber }
        tokens.append(first.isNumber ? .number(run) : .word(run))
        rest = rest.dropFirst(run.count)
      }
    }
    return tokens
  }

  static func order(_ one: VersionParts, _ other: VersionParts) -> Int {
    for index in 0..<max(one.core.count, other.core.count) {
      let left = index < one.core.count ? one.core[index] : .end
      let right = index < other.core.count ? other.core[index] : .end
      let order = compare(left, right)
      if order != 0 { return order }
    }
    switch (one.preRelease, other.preRelease) {
    case (nil, nil): break
    case (nil, _): return 1
    case (_, nil): return -1
    case (let left?, let right?):
      let order = comparePreRelease(left, right)
      if order != 0 { return order }
    }
    return compareBytes(one.build, other.build)
  }

  private static func compare(_ left: Token, _ right: Token) -> Int {
    switch (left, right) {
    case (.number(let one), .number(let other)): compareNumbers(one, other)
    case (.word(let one), .word(let other)) where left.rank == right.rank:
      compareBytes(Substring(one.lowercased()), Substring(other.lowercased()))
    default: left.rank - right.rank
    }
  }

  /// Semantic versioning 2.0.0, section 11: numbers before words, fewer fields before more.
  private static func comparePreRelease(_ left: [Substring], _ right: [Substring]) -> Int {
    for (one, other) in zip(left, right) {
      let (isNumber, isOtherNumber) = (one.allSatisfy(\.isNumber), other.allSatisfy(\.isNumber))
      let order: Int
      if isNumber && isOtherNumber {
        order = compareNumbers(one, other)
      } else if isNumber != isOtherNumber {
        order = isNumber ? -1 : 1
      } else {
        order = compareBytes(one, other)
      }
      if order != 0 { return order }
    }
    return left.count - right.count
  }

  /// Numbers of any length, without turning them into integers.
  private static func compareNumbers(_ left: Substring, _ right: Substring) -> Int {
    let (one, other) = (left.drop { $0 == "0" }, right.drop { $0 == "0" })
    return one.utf8.count != other.utf8.count ? one.utf8.count - other.utf8.count : compareBytes(one, other)
  }

  private static func compareBytes(_ left: Substring, _ right: Substring) -> Int {
    if left.utf8.elementsEqual(right.utf8) { return 0 }
    return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
  }
}
