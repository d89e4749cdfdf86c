internal import Platform

/// The lines of one file of an audit log, read in pieces.
struct AuditLines {
  /// One line, or what stands in its place.
  enum Line {
    /// A whole line without its line feed.
    case whole([UInt8])
    /// A line that is longer than any record.
    case tooLong
    /// Bytes at the end that no line feed ends.
    case torn
  }

  private static let pieceSize = 64 << 10

  private let file: any ReadableFile
  private var bytes: [UInt8] = []
  private var start = 0
  private var isAtEnd = false

  init(_ file: any ReadableFile) { self.file = file }

  /// The next line; nil at the end.
  mutating func next() throws(FileError) -> Line? {
    var scanned = start
    var isTooLong = false
    while true {
      if let end = bytes[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { start = end + 1 }
        return isTooLong || end - start > AuditRecord.lineLimit ? .tooLong : .whole(Array(bytes[start..<end]))
      }
      if isAtEnd {
        defer { start = bytes.count }
        return start == bytes.count && !isTooLong ? nil : .torn
      }
      if bytes.count - start > AuditRecord.lineLimit {
        isTooLong = true
        start = bytes.count
      }
      bytes.removeSubrange(..<start)
      start = 0
      scanned = bytes.count
      let piece = try file.read(upTo: Self.pieceSize)
      isAtEnd = piece.isEmpty
      bytes += piece
    }
  }
}
