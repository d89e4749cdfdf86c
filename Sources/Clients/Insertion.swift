package import StrictJSON

/// What an edit put into a file around the entry itself, so that taking the entry away takes exactly that away.
///
/// Commas are not part of it: whether one was added can be read off the file.
package struct Insertion: Hashable, Sendable {
  /// The outermost thing that was not there before.
  package enum Extent: String, Hashable, Sendable {
    /// The entry alone.
    case entry
    /// The list of servers.
    case section
    /// All that the file says.
    case content
    /// The file itself.
    case file
  }

  /// The outermost thing that was not there before.
  package var extent: Extent
  /// The white space before it.
  package var lead: String
  /// The white space behind it.
  package var tail: String
  /// The folders that were made for the file, outermost first.
  package var folders: [String]

  /// Makes one from its parts.
  package init(extent: Extent, lead: String, tail: String = "", folders: [String] = []) {
    self.extent = extent
    self.lead = lead
    self.tail = tail
    self.folders = folders
  }

  /// For the host's records.
  package var json: JSON {
    [
      "extent": .string(extent.rawValue), "lead": .string(lead), "tail": .string(tail), "folders": .strings(folders),
    ]
  }

  /// Reads what ``json`` wrote; nil for anything else.
  package init?(json: JSON) {
    guard let extent = json["extent"]?.stringValue.flatMap(Extent.init), let lead = json["lead"]?.stringValue,
      let tail = json["tail"]?.stringValue, let folders = json["folders"]?.arrayValue?.compactMap(\.stringValue),
      // White space is all that may ever be taken away besides the entry.
      (lead + tail).utf8.allSatisfy({ CommentedJSON.isSpace($0) })
    else { return nil }
    self.init(extent: extent, lead: lead, tail: tail, folders: folders)
  }
}

/// Bytes in the place of other bytes.
struct Splice: Hashable, Sendable {
  let range: Range<Int>
  let bytes: [UInt8]

  init(_ range: Range<Int>, _ text: String = "") {
    self.range = range
    bytes = Array(text.utf8)
  }

  /// A text with splices made, which are in order and do not overlap.
  static func apply(_ splices: [Splice], to bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    var done = 0
    for splice in splices {
      output += bytes[done..<splice.range.lowerBound]
      output += splice.bytes
      done = splice.range.upperBound
    }
    output += bytes[done...]
    return output
  }
}

/// How the lines of a file are written.
struct LineStyle: Sendable {
  let bytes: [UInt8]
  /// How its lines end; a line feed where it has no lines.
  let newline: String

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    guard let first = bytes.firstIndex(of: 0x0A) else {
      newline = "\n"
      return
    }
    newline = first > 0 && bytes[first - 1] == 0x0D ? "\r\n" : "\n"
  }

  /// Where the line of a place begins.
  func lineStart(_ place: Int) -> Int { (bytes[..<place].lastIndex(of: 0x0A) ?? -1) + 1 }

  /// Behind the line feed that ends the line of a place, or the end of the file.
  func lineEnd(_ place: Int) -> Int { (bytes[place...].firstIndex(of: 0x0A) ?? bytes.count - 1) + 1 }

  /// The white space at the beginning of the line of a place.
  func indent(at place: Int) -> String {
    let start = lineStart(place)
    let end = bytes[start...].firstIndex { $0 != 0x20 && $0 != 0x09 } ?? bytes.count
    return String(decoding: bytes[start..<min(end, place)], as: UTF8.self)
  }

  /// Whether nothing but white space stands before a place in its line.
  func isFirstInLine(_ place: Int) -> Bool {
    bytes[lineStart(place)..<place].allSatisfy { $0 == 0x20 || $0 == 0x09 }
  }

  /// Whether a range reaches over the end of a line.
  func hasNewline(_ range: Range<Int>) -> Bool { bytes[range].contains(0x0A) }

  /// Whether the bytes that end at a place are this text.
  func ends(_ text: String, at place: Int) -> Bool {
    let count = text.utf8.count
    return place >= count && bytes[place - count..<place].elementsEqual(text.utf8)
  }

  /// Whether the bytes that begin at a place are this text.
  func begins(_ text: String, at place: Int) -> Bool { bytes[place...].starts(with: text.utf8) }

  /// How far white space before a place reaches back that an added member would have brought along: to the end of the
  /// line before it, or over the blanks of its line.
  func leadStart(_ place: Int, lead: String?) -> Int {
    if let lead, ends(lead, at: place) { return place - lead.utf8.count }
    var start = place
    while start > 0, bytes[start - 1] == 0x20 || bytes[start - 1] == 0x09 { start -= 1 }
    guard start > 0, bytes[start - 1] == 0x0A else { return start }
    return start > 1 && bytes[start - 2] == 0x0D ? start - 2 : start - 1
  }
}
