import StrictJSON

/// Finds where the members of a JSON text stand without judging their values.
///
/// More is let through than any reader of JSON would accept, and less than what two readers might understand
/// differently: what matters is named once, in plain letters, or the text counts as broken. Nothing here can fail on
/// what a strict reader refuses deep inside, such as half a surrogate pair in the argument of a call.
struct LooseJSON {
  /// One member of an object.
  struct Member {
    /// The key, decoded.
    let key: String
    /// Where the value stands.
    let value: Range<Int>
  }

  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The first place from `start` on that is no white space.
  func skipSpace(_ start: Int, until end: Int) -> Int {
    var place = start
    while place < end, Self.isSpace(bytes[place]) { place += 1 }
    return place
  }

  /// Calls a closure with each member of the object that fills a range, white space around it aside.
  ///
  /// Returns false where the range holds no object, or one that is not well formed on its outermost level.
  func forEachMember(of range: Range<Int>, _ body: (Member) -> Void) -> Bool {
    var place = skipSpace(range.lowerBound, until: range.upperBound)
    guard place < range.upperBound, bytes[place] == UInt8(ascii: "{") else { return false }
    place = skipSpace(place + 1, until: range.upperBound)
    if place < range.upperBound, bytes[place] == UInt8(ascii: "}") { return isEnd(place + 1, range) }
    while place < range.upperBound {
      guard bytes[place] == UInt8(ascii: "\""), let afterKey = skipString(place, until: range.upperBound),
        let key = text(place..<afterKey)
      else { return false }
      place = skipSpace(afterKey, until: range.upperBound)
      guard place < range.upperBound, bytes[place] == UInt8(ascii: ":") else { return false }
      place = skipSpace(place + 1, until: range.upperBound)
      guard let afterValue = skipValue(place, until: range.upperBound) else { return false }
      body(Member(key: key, value: place..<afterValue))
      place = skipSpace(afterValue, until: range.upperBound)
      guard place < range.upperBound else { return false }
      if bytes[place] == UInt8(ascii: "}") { return isEnd(place + 1, range) }
      guard bytes[place] == UInt8(ascii: ",") else { return false }
      place = skipSpace(place + 1, until: range.upperBound)
    }
    return false
  }

  /// The text of a string that fills a range; nil for everything else, and for a string that is not UTF-8 or has an
  /// escape that means nothing.
  func text(_ range: Range<Int>) -> String? {
    guard range.count >= 2, bytes[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
    let inner = range.lowerBound + 1..<range.upperBound - 1
    if bytes[inner].contains(UInt8(ascii: "\\")) {
      return (try? JSON.parse(Array(bytes[range]), limits: .message))?.stringValue
    }
    return String(validating: bytes[inner], as: UTF8.self)
  }

  private func isEnd(_ place: Int, _ range: Range<Int>) -> Bool {
    skipSpace(place, until: range.upperBound) == range.upperBound
  }

  /// The place behind a string that begins here.
  private func skipString(_ start: Int, until end: Int) -> Int? {
    var place = start + 1
    while place < end {
      switch bytes[place] {
      case UInt8(ascii: "\""): return place + 1
      case UInt8(ascii: "\\"): place += 2
      default: place += 1
      }
    }
    return nil
  }

  /// The place behind a value that begins here.
  private func skipValue(_ start: Int, until end: Int) -> Int? {
    guard start < end else { return nil }
    switch bytes[start] {
    case UInt8(ascii: "\""): return skipString(start, until: end)
    case UInt8(ascii: "{"), UInt8(ascii: "["): return skipNested(start, until: end)
    default:
      var place = start
      while place < end, !Self.isSpace(bytes[place]), !Self.endsScalar(bytes[place]) { place += 1 }
      return place == start ? nil : place
    }
  }

  private func skipNested(_ start: Int, until end: Int) -> Int? {
    var (place, depth) = (start, 0)
    while place < end {
      switch bytes[place] {
      case UInt8(ascii: "\""):
        guard let next = skipString(place, until: end) else { return nil }
        place = next
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return place + 1 }
      default: break
      }
      place += 1
    }
    return nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  private static func endsScalar(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: ":")
      || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
  }
}
