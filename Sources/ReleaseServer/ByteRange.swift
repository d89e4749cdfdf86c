/// What a `Range` header asks for, applied to a file of known size (RFC 9110 section 14).
package enum RangeRequest: Equatable, Sendable {
  /// No usable range: answer with the whole file.
  case whole
  /// One range of bytes, already cut to the file.
  case part(Range<Int64>)
  /// A range that begins after the end of the file: answer 416.
  case unsatisfiable

  /// Reads a `Range` header.
  ///
  /// A unit other than bytes, a malformed value and several ranges at once are ignored, as RFC 9110 section 14.2
  /// allows: a client then gets the whole file and can see so from the status.
  /// - Parameters:
  ///   - header: The header's value, nil when absent.
  ///   - size: The file's size in bytes.
  package init(header: String?, size: Int64) {
    self = header.flatMap { Self.parse($0, size: size) } ?? .whole
  }

  private static func parse(_ header: String, size: Int64) -> RangeRequest? {
    guard header.utf8.count <= 64 else { return nil }
    let parts = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
    let ends = parts[1].split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2 else { return nil }
    let first = ends[0]
    let last = ends[1]
    if first.isEmpty {
      guard let length = number(last) else { return nil }
      guard length > 0, size > 0 else { return .unsatisfiable }
      return .part(max(0, size - min(length, size))..<size)
    }
    guard let start = number(first) else { return nil }
    guard last.isEmpty || number(last).map({ $0 >= start }) == true else { return nil }
    guard start < size else { return .unsatisfiable }
    guard let end = number(last), end < size - 1 else { return .part(start..<size) }
    return .part(start..<(end + 1))
  }

  /// Digits only: `Int64` itself would also take a sign.
  private static func number(_ text: Substring) -> Int64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    // More digits than Int64 holds still mean "to the end".
    return Int64(text) ?? Int64.max
  }
}
