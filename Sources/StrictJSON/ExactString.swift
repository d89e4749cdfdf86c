/// A string that is equal only to the same UTF-8 bytes, for use as a dictionary key or in a set.
///
/// Swift's own `String ==` uses canonical equivalence, so that two different names in a signed file would become one
/// entry.
public struct ExactString: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The text itself.
  public let text: String

  /// Wraps a text.
  public init(_ text: String) {
    self.text = text
  }

  /// The text itself.
  public var description: String { text }

  /// Compares the UTF-8 bytes.
  public static func == (left: ExactString, right: ExactString) -> Bool {
    sameBytes(left.text, right.text)
  }

  /// Orders by UTF-8 bytes, which is the order of the code points.
  public static func < (left: ExactString, right: ExactString) -> Bool {
    bytesPrecede(left.text, right.text)
  }

  /// Hashes the UTF-8 bytes.
  public func hash(into hasher: inout Hasher) {
    hashBytes(of: text, into: &hasher)
  }
}

/// Whether two strings have the same UTF-8 bytes.
func sameBytes(_ left: String, _ right: String) -> Bool {
  // `==` is a comparison of words for short ASCII; only when it says yes can the bytes still differ.
  left == right && left.utf8.elementsEqual(right.utf8)
}

/// Whether the UTF-8 bytes of one string sort before those of the other.
func bytesPrecede(_ left: String, _ right: String) -> Bool {
  let a = left.utf8Span.span
  let b = right.utf8Span.span
  let shared = min(a.count, b.count)
  for index in 0..<shared {
    let x = a[index]
    let y = b[index]
    if x != y { return x < y }
  }
  return a.count < b.count
}

/// Feeds the UTF-8 bytes of a string to a hasher.
///
/// Hashing the string itself would hash its normalised form, and an attacker could write many keys with one normalised
/// form.
func hashBytes(of text: String, into hasher: inout Hasher) {
  var word: UInt64 = 0
  var filled = 0
  for byte in text.utf8 {
    word = word << 8 | UInt64(byte)
    filled += 1
    if filled == 8 {
      hasher.combine(word)
      word = 0
      filled = 0
    }
  }
  hasher.combine(word)
  hasher.combine(UInt8(filled))
}
