/// Eight bytes that are looked at together: the highest bit of each byte of a word tells what holds for that byte.
///
/// The questions are exact for words of ASCII, and a byte beyond ASCII never passes.
struct ByteWord {
  static let ones: UInt64 = 0x0101_0101_0101_0101
  static let highs: UInt64 = 0x8080_8080_8080_8080

  /// The bytes, the first one lowest.
  let word: UInt64

  /// Takes the eight bytes from a place on.
  @inline(__always)
  init(_ bytes: Span<UInt8>, at place: Int) {
    // The compiler makes one load of this.
    let eight = bytes.extracting(place..<place + 8)
    let low =
      UInt64(eight[0]) | UInt64(eight[1]) << 8 | UInt64(eight[2]) << 16 | UInt64(eight[3]) << 24
    let high =
      UInt64(eight[4]) << 32 | UInt64(eight[5]) << 40 | UInt64(eight[6]) << 48 | UInt64(eight[7]) << 56
    word = low | high
  }

  /// Whether all are ASCII, no control character, no quote and no backslash: a JSON string's text as it stands.
  var isPlainText: Bool {
    let faults = ~atLeast(0x20) | equal(UInt8(ascii: "\"")) | equal(UInt8(ascii: "\\")) | word
    return faults & Self.highs == 0
  }

  /// Whether all are lower-case hexadecimal digits.
  var isHexadecimal: Bool {
    let isDigit = atLeast(UInt8(ascii: "0")) & ~atLeast(UInt8(ascii: "9") + 1)
    let isLetter = atLeast(UInt8(ascii: "a")) & ~atLeast(UInt8(ascii: "f") + 1)
    return (isDigit | isLetter) & ~word & Self.highs == Self.highs
  }

  /// Which bytes are at least so large; exact where the byte is ASCII.
  private func atLeast(_ smallest: UInt8) -> UInt64 {
    (word | Self.highs) &- Self.ones &* UInt64(smallest)
  }

  /// Which bytes are this one; exact where the byte is ASCII.
  private func equal(_ byte: UInt8) -> UInt64 {
    atLeast(byte) & ~atLeast(byte + 1)
  }
}
