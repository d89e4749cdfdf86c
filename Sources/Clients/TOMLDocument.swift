import StrictJSON

/// A TOML 1.0 file that has been read and accepted but not taken apart: what it says, and where each part stands.
///
/// The package that reads TOML for Swift keeps neither comments nor places, so that a file could only be written anew.
struct TOMLDocument: Sendable {
  /// The largest file in bytes.
  static let maxBytes = 4 << 20
  /// How deep arrays and inline tables may nest.
  static let maxDepth = 64

  /// The head of a table: `[a.b]` or `[[a.b]]`.
  struct Header: Sendable {
    let path: [String]
    let isArray: Bool
    /// Its lines, with the line feed.
    let lines: Range<Int>
    /// How many assignments stand before it.
    let first: Int
  }

  /// `a.b = value`, with the path of the table in which it stands.
  struct Assignment: Sendable {
    let path: [String]
    /// Its lines, with the line feed.
    let lines: Range<Int>
    let value: TOMLValue
  }

  /// The file.
  let bytes: [UInt8]
  /// The heads, in their order.
  let headers: [Header]
  /// The assignments, in their order.
  let assignments: [Assignment]
  /// Where comments stand.
  let comments: [Range<Int>]
  /// What all of it says.
  let content: JSON.Object

  /// Reads a file.
  /// - Throws: ``TOMLFault`` with the offset of the first fault.
  init(_ bytes: [UInt8]) throws(TOMLFault) {
    var reader = TOMLReader(bytes)
    try reader.run()
    self.bytes = bytes
    (headers, assignments, comments) = (reader.headers, reader.assignments, reader.comments)
    content = reader.tables.content
  }

  /// The assignments below a head.
  func assignments(of header: Int) -> ArraySlice<Assignment> {
    let end = header + 1 < headers.count ? headers[header + 1].first : assignments.count
    return assignments[headers[header].first..<end]
  }
}

/// What is wrong with a TOML file.
struct TOMLFault: Error, Equatable {
  /// Where, in bytes from 0.
  let offset: Int
  /// What, in a few words.
  let reason: String
}

/// A value and where it stands.
struct TOMLValue: Sendable {
  /// What it says.
  let json: JSON
  /// Where it stands, with quotes or brackets.
  let range: Range<Int>
  /// The members of an inline table, in their order; nil for every other kind of value.
  var members: [(path: [String], start: Int, value: TOMLValue)]?
  /// The elements of an array; nil for every other kind of value.
  var elements: [TOMLValue]?

  init(_ json: JSON, _ range: Range<Int>) {
    self.json = json
    self.range = range
  }
}
