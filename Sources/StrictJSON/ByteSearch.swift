import Glibc

/// Finds single bytes in long texts, with memchr(3).
public enum ByteSearch {
  /// The first place of a byte in a part of a text; nil when it is not there.
  public static func first(_ byte: UInt8, in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    unsafe bytes.extracting(range).withUnsafeBytes { part in
      guard let start = part.baseAddress, let found = unsafe memchr(start, Int32(byte), part.count) else { return nil }
      return unsafe range.lowerBound + (UnsafeRawPointer(found) - start)
    }
  }
}
