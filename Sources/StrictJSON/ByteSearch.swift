/// Finds single bytes in long texts: thirty-two are looked at together.
public enum ByteSearch {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// The first place of a byte in a part of a text; nil when it is not there.
  public static func first(_ byte: UInt8, in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var place = range.lowerBound
    let pattern = ones &* UInt64(byte)
    while range.upperBound - place >= 32 {
      let found =
        zeros(word(bytes, place) ^ pattern) | zeros(word(bytes, place + 8) ^ pattern)
        | zeros(word(bytes, place + 16) ^ pattern) | zeros(word(bytes, place + 24) ^ pattern)
      if found != 0 { break }
      place += 32
    }
    while place < range.upperBound {
      if bytes[place] == byte { return place }
      place += 1
    }
    return nil
  }

  /// Not zero exactly when one of the eight bytes is; which of them it is cannot be told from it.
  @inline(__always)
  private static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }

  @inline(__always)
  private static func word(_ bytes: Span<UInt8>, _ place: Int) -> UInt64 {
    // The compiler makes one load of this.
    let eight = bytes.extracting(place..<place + 8)
    let low = UInt64(eight[0]) | UInt64(eight[1]) << 8 | UInt64(eight[2]) << 16 | UInt64(eight[3]) << 24
    let high = UInt64(eight[4]) << 32 | UInt64(eight[5]) << 40 | UInt64(eight[6]) << 48 | UInt64(eight[7]) << 56
    return low | high
  }
}
