import StrictJSON

/// JSON as people write it by hand: comments, trailing commas and a byte order mark are suffered and kept.
///
/// What is not JSON is blanked out in a copy of the same length, and ``JSONDocument`` reads the copy: it stays the one
/// judge of what is acceptable, and every place in the copy is the same place in the file. Two equal keys in one object
/// are refused: clients disagree about which one counts.
struct CommentedJSON: Sendable {
  /// What a client's file may hold; Claude Code keeps its history beside its servers.
  static let limits = JSONLimits(maxBytes: 32 << 20, maxDepth: 128, maxMembers: 1_000_000)

  /// The file.
  let bytes: [UInt8]
  /// The same with spaces in the place of comments.
  let plain: [UInt8]
  /// Where comments stand.
  let comments: [Range<Int>]
  /// The outermost value; nil where there is nothing but space and comments.
  let root: JSONView?

  /// Reads a file.
  /// - Throws: ``JSONError`` with the offset of the first fault.
  init(_ bytes: [UInt8]) throws(JSONError) {
    var blanker = Blanker(bytes)
    try blanker.run()
    self.bytes = bytes
    plain = blanker.plain
    comments = blanker.comments
    let isEmpty = plain.allSatisfy { Self.isSpace($0) }
    root = isEmpty ? nil : try JSONDocument(plain, limits: Self.limits).root
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
}

/// Replaces comments, trailing commas and the byte order mark by spaces.
private struct Blanker {
  let bytes: [UInt8]
  var plain: [UInt8]
  var comments: [Range<Int>] = []
  private var place = 0
  /// The last byte that is neither space nor comment.
  private var last: UInt8?
  /// A comma behind a value with nothing after it so far.
  private var comma: Int?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    plain = bytes
  }

  mutating func run() throws(JSONError) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { blank(0..<3) }
    while place < bytes.count {
      let byte = bytes[place]
      switch byte {
      case UInt8(ascii: "\""): skipString()
      case UInt8(ascii: "/") where following == UInt8(ascii: "/"):
        let end = bytes[place...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
        comment(place..<end)
        continue
      case UInt8(ascii: "/") where following == UInt8(ascii: "*"):
        comment(place..<(try endOfBlock()))
        continue
      case UInt8(ascii: ","):
        let openers: [UInt8] = [UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ","), UInt8(ascii: ":")]
        comma = last.map { !openers.contains($0) } == true ? place : nil
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if let comma { plain[comma] = 0x20 }
        comma = nil
      default:
        if CommentedJSON.isSpace(byte) {
          place += 1
          continue
        }
        comma = nil
      }
      last = byte
      place += 1
    }
  }

  private var following: UInt8? { place + 1 < bytes.count ? bytes[place + 1] : nil }

  /// Stops on the closing quote; what is wrong in a string is found by whoever reads the copy.
  private mutating func skipString() {
    comma = nil
    var end = place + 1
    while end < bytes.count, bytes[end] != UInt8(ascii: "\""), bytes[end] != 0x0A {
      end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
    }
    place = min(end, bytes.count - 1)
  }

  private func endOfBlock() throws(JSONError) -> Int {
    var end = place + 2
    while end + 1 < bytes.count {
      if bytes[end] == UInt8(ascii: "*"), bytes[end + 1] == UInt8(ascii: "/") { return end + 2 }
      end += 1
    }
    throw .unexpectedEnd(offset: bytes.count)
  }

  private mutating func comment(_ range: Range<Int>) {
    comments.append(range)
    blank(range)
  }

  private mutating func blank(_ range: Range<Int>) {
    for index in range where !CommentedJSON.isSpace(bytes[index]) { plain[index] = 0x20 }
    place = range.upperBound
  }
}
