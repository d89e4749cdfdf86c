/// Finds single bytes in long texts: thirty-two are looked at together.
public enum ByteSearch {
  /// The first place of a byte in a part of a text; nil when it is not there.
  public static func first(_ byte: UInt8, in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var place = range.lowerBound
    let pattern = ByteWord.ones &* UInt64(byte)
    while range.upperBound - place >= 32 {
      let found =
        zeros(ByteWord(bytes, at: place).word ^ pattern) | zeros(ByteWord(bytes, at: place + 8).word ^ pattern)
        | zeros(ByteWord(bytes, at: place + 16).word ^ pattern) | zeros(ByteWord(bytes, at: place + 24).word ^ pattern)
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
  private static func zeros(_ word: UInt64) -> UInt64 { (word &- ByteWord.ones) & ~word & ByteWord.highs }
}
