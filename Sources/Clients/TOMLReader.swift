import StrictJSON

/// Reads TOML from front to end (TOML 1.0.0), noting where everything stands.
struct TOMLReader {
  let bytes: [UInt8]
  var headers: [TOMLDocument.Header] = []
  var assignments: [TOMLDocument.Assignment] = []
  var comments: [Range<Int>] = []
  var tables = TOMLTables()
  var place = 0
  private var table: [String] = []

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func run() throws(TOMLFault) {
    guard bytes.count <= TOMLDocument.maxBytes else {
      throw fault("more than \(TOMLDocument.maxBytes) bytes")
    }
    guard (try? UTF8Span(validating: bytes.span)) != nil else { throw fault("it is not UTF-8") }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
    while true {
      try skipLines()
      guard place < bytes.count else { return }
      if bytes[place] == UInt8(ascii: "[") { try header() } else { try assignment() }
    }
  }

  // MARK: - Lines

  private mutating func header() throws(TOMLFault) {
    let start = place
    place += 1
    let isArray = peek == UInt8(ascii: "[")
    if isArray { place += 1 }
    skipBlanks()
    let path = try keys()
    skipBlanks()
    try expect("]")
    if isArray { try expect("]") }
    try tables.open(path, isArray: isArray, at: start)
    table = path
    headers.append(
      TOMLDocument.Header(path: path, isArray: isArray, lines: start..<(try endOfLine()), first: assignments.count))
  }

  private mutating func assignment() throws(TOMLFault) {
    let start = place
    let path = try keys()
    skipBlanks()
    try expect("=")
    skipBlanks()
    let value = try value(depth: 0)
    try tables.set(path, to: value.json, at: start)
    assignments.append(
      TOMLDocument.Assignment(path: table + path, lines: start..<(try endOfLine()), value: value))
  }

  /// Steps over blanks, a comment and the end of the line; returns the place behind it.
  private mutating func endOfLine() throws(TOMLFault) -> Int {
    skipBlanks()
    try comment()
    guard place < bytes.count else { return place }
    guard try newline() else { throw fault("something follows on the same line") }
    return place
  }

  private mutating func skipLines() throws(TOMLFault) {
    repeat {
      skipBlanks()
      try comment()
    } while try newline()
  }

  /// Steps over one end of line; false where none is.
  mutating func newline() throws(TOMLFault) -> Bool {
    if peek == 0x0A {
      place += 1
      return true
    }
    guard peek == 0x0D else { return false }
    guard place + 1 < bytes.count, bytes[place + 1] == 0x0A else { throw fault("a carriage return stands alone") }
    place += 2
    return true
  }

  mutating func comment() throws(TOMLFault) {
    guard peek == UInt8(ascii: "#") else { return }
    let start = place
    while let byte = peek, byte != 0x0A {
      if byte == 0x0D, place + 1 < bytes.count, bytes[place + 1] == 0x0A { break }
      guard byte >= 0x20 && byte != 0x7F || byte == 0x09 else { throw fault("a control character in a comment") }
      place += 1
    }
    comments.append(start..<place)
  }

  mutating func skipBlanks() {
    while peek == 0x20 || peek == 0x09 { place += 1 }
  }

  // MARK: - Keys

  /// A key with dots.
  mutating func keys() throws(TOMLFault) -> [String] {
    var path = [try key()]
    while true {
      let before = place
      skipBlanks()
      guard peek == UInt8(ascii: ".") else {
        place = before
        return path
      }
      place += 1
      skipBlanks()
      path.append(try key())
      guard path.count <= TOMLDocument.maxDepth else { throw fault("a key of too many parts") }
    }
  }

  private mutating func key() throws(TOMLFault) -> String {
    switch peek {
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      guard !isTriple(at: place) else { throw fault("a key over several lines") }
      return try string()
    default:
      let start = place
      while let byte = peek, Self.isBare(byte) { place += 1 }
      guard place > start else { throw fault("a key is expected") }
      return String(decoding: bytes[start..<place], as: UTF8.self)
    }
  }

  private static func isBare(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  // MARK: - Looking

  var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

  func isTriple(at place: Int) -> Bool {
    place + 2 < bytes.count && bytes[place + 1] == bytes[place] && bytes[place + 2] == bytes[place]
  }

  mutating func expect(_ text: Unicode.Scalar) throws(TOMLFault) {
    guard peek == UInt8(ascii: text) else { throw fault("'\(text)' is expected") }
    place += 1
  }

  func fault(_ reason: String) -> TOMLFault { TOMLFault(offset: place, reason: reason) }
}
