/// A request path after exactly one percent-decoding, known to stay inside the folder it is resolved in.
///
/// Only this type's initialiser makes values of it, so whoever holds one needs no further check for `..` and its
/// disguises.
package struct RequestPath: Hashable, Sendable {
  /// The path's segments; none is empty, hidden, `.` or `..`.
  package let segments: [String]

  /// The path as it would be written below a folder, without a leading slash.
  package var text: String { segments.joined(separator: "/") }

  /// The most segments a path may have; the repository's own layout needs six.
  package static let maxSegments = 32
  /// The longest file name the kernel takes.
  static let maxSegmentBytes = 255

  /// Decodes the raw path of a request line.
  /// - Parameter raw: The path as sent, starting with `/`, without the query.
  /// - Throws: `RequestPathError` for everything that is not a plain path to a visible file.
  package init(raw: String) throws(RequestPathError) {
    let bytes = Array(raw.utf8)
    guard bytes.first == UInt8(ascii: "/") else { throw .notAbsolute }
    var segments: [String] = []
    for part in bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      segments.append(try Self.segment(part))
      guard segments.count <= Self.maxSegments else { throw .tooDeep(limit: Self.maxSegments) }
    }
    self.segments = segments
  }

  /// The folder itself.
  init() {
    segments = []
  }

  private static func segment(_ raw: ArraySlice<UInt8>) throws(RequestPathError) -> String {
    let decoded = try percentDecoded(raw)
    guard !decoded.isEmpty else { throw .emptySegment }
    guard decoded.count <= maxSegmentBytes else { throw .segmentTooLong(limit: maxSegmentBytes) }
    // A slash or backslash that only appears by decoding is somebody's attempt to be read differently twice.
    guard decoded.allSatisfy({ $0 > 0x1f && $0 != 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") })
    else { throw .forbiddenByte }
    // Covers ".", ".." and every dotfile: temporary files of an atomic replacement are dotfiles too.
    guard decoded.first != UInt8(ascii: ".") else { throw .hiddenSegment }
    guard let text = String(validating: decoded, as: UTF8.self) else { throw .notUTF8 }
    return text
  }

  private static func percentDecoded(_ raw: ArraySlice<UInt8>) throws(RequestPathError) -> [UInt8] {
    guard raw.contains(UInt8(ascii: "%")) else { return Array(raw) }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(raw.count)
    var rest = raw
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        decoded.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
        throw .badEscape
      }
      decoded.append(high << 4 | low)
    }
    return decoded
  }

  private static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

/// Why a request path was refused.
package enum RequestPathError: Error, Equatable, Sendable {
  /// The path does not start with a slash.
  case notAbsolute
  /// Two slashes in a row, or one at the end.
  case emptySegment
  /// A percent sign without two hexadecimal digits.
  case badEscape
  /// A control character, an encoded slash or a backslash.
  case forbiddenByte
  /// A segment that starts with a dot: `..`, `.` and hidden files.
  case hiddenSegment
  /// Bytes that are no UTF-8 text.
  case notUTF8
  /// A file name longer than the kernel takes.
  case segmentTooLong(limit: Int)
  /// More segments than any path of a repository has.
  case tooDeep(limit: Int)

  /// One sentence for the client.
  package var message: String {
    switch self {
    case .notAbsolute: "the path must start with a slash"
    case .emptySegment: "the path has an empty segment"
    case .badEscape: "the path has a percent sign without two hexadecimal digits"
    case .forbiddenByte: "the path holds a character that no file of a repository has"
    case .hiddenSegment: "the path has a segment that starts with a dot"
    case .notUTF8: "the path is not UTF-8"
    case .segmentTooLong(let limit): "the path has a segment longer than \(limit) bytes"
    case .tooDeep(let limit): "the path has more than \(limit) segments"
    }
  }
}
