import StrictJSON

/// Edits one table of one list in a TOML file, by ranges of bytes: nothing else is written anew.
struct TOMLEdit: Sendable {
  let text: TOMLDocument
  let section: String
  let style: LineStyle

  init(_ text: TOMLDocument, section: String) {
    self.text = text
    self.section = section
    style = LineStyle(text.bytes)
  }

  /// The entries of the list; nil where there is none yet.
  func list() throws(JSONEdit.NoObject) -> JSON.Object? {
    guard let value = text.content[section] else { return nil }
    guard let list = value.objectValue else { throw JSONEdit.NoObject(what: section) }
    return list
  }

  /// The file with an entry at its end, or in the list where that is an inline table.
  func adding(
    _ key: String, _ entry: JSON.Object
  ) throws(JSONEdit.NoObject) -> (bytes: [UInt8], insertion: Insertion) {
    _ = try list()
    if let inline = inlineList { return add(key, entry, to: inline) }
    let bytes = text.bytes
    let newline = style.newline
    let lead: String
    if bytes.isEmpty || style.ends(newline + newline, at: bytes.count) {
      lead = ""
    } else {
      lead = style.ends(newline, at: bytes.count) ? newline : newline + newline
    }
    let lines = ["[\(section).\(key)]"] + entry.members.map { "\($0.key) = \(Self.written($0.value))" }
    let body = lead + lines.joined(separator: newline) + newline
    return (bytes + Array(body.utf8), Insertion(extent: .entry, lead: lead))
  }

  /// The file with another value of an entry that is there, or nil.
  func replacing(_ key: String, _ entry: JSON.Object) throws(JSONEdit.NoObject) -> [UInt8]? {
    guard let removed = try removing(key, nil)?.bytes, let rest = try? TOMLDocument(removed) else { return nil }
    return try TOMLEdit(rest, section: section).adding(key, entry).bytes
  }

  /// The file without an entry; nil for the bytes means that the file itself was only there for the entry.
  func removing(
    _ key: String, _ insertion: Insertion?
  ) throws(JSONEdit.NoObject) -> (bytes: [UInt8]?, extent: Insertion.Extent)? {
    guard try list()?[key] != nil else { return nil }
    let splices = splices(removing: key, insertion).sorted { $0.range.lowerBound < $1.range.lowerBound }
    let rest = Splice.apply(splices, to: text.bytes)
    return rest.isEmpty && insertion?.extent == .file ? (nil, .file) : (rest, .entry)
  }

  // MARK: - Removing

  private func splices(removing key: String, _ insertion: Insertion?) -> [Splice] {
    if let inline = inlineList { return remove(key, from: inline) }
    let path = [section, key].map(ExactString.init)
    func isPart(_ other: [String]) -> Bool { other.prefix(2).map(ExactString.init) == path }
    var splices: [Splice] = []
    var taken = Set<Int>()
    for (index, header) in text.headers.enumerated() where isPart(header.path) {
      let below = text.assignments(of: index)
      taken.formUnion(below.indices)
      let end = below.last?.lines.upperBound ?? header.lines.upperBound
      splices.append(Splice(start(of: header.lines.lowerBound, end, insertion)..<end))
    }
    for (index, assignment) in text.assignments.enumerated()
    where isPart(assignment.path) && !taken.contains(index) {
      splices.append(Splice(style.lineStart(assignment.lines.lowerBound)..<assignment.lines.upperBound))
    }
    return splices
  }

  /// Where what goes with a head begins: with the blank line before it, if that was added, or would be left double.
  private func start(of place: Int, _ end: Int, _ insertion: Insertion?) -> Int {
    let line = style.lineStart(place)
    let newline = style.newline
    if let insertion {
      guard style.ends(insertion.lead, at: line) else { return line }
      let start = line - insertion.lead.utf8.count
      // The file ended without a line feed, and meanwhile something follows that needs it.
      let isGlued = start > 0 && text.bytes[start - 1] != 0x0A && end < text.bytes.count
      return isGlued ? start + (insertion.lead.hasPrefix("\r\n") ? 2 : 1) : start
    }
    let hasBlankBefore = style.ends(newline + newline, at: line)
    let hasBlankBehind = end == text.bytes.count || style.begins(newline, at: end)
    return hasBlankBefore && hasBlankBehind ? line - newline.utf8.count : line
  }

  // MARK: - Inline tables

  /// The list, where it is written as `mcp_servers = { … }`.
  private var inlineList: TOMLValue? {
    text.assignments.first { $0.path.map(ExactString.init) == [ExactString(section)] }?.value
  }

  private func add(
    _ key: String, _ entry: JSON.Object, to inline: TOMLValue
  ) -> (bytes: [UInt8], insertion: Insertion) {
    let members = entry.members.map { "\($0.key) = \(Self.written($0.value))" }.joined(separator: ", ")
    let body = "\(key) = { \(members) }"
    let splice: Splice
    if let last = inline.members?.last {
      let end = last.value.range.upperBound
      splice = Splice(end..<end, ", " + body)
    } else {
      let start = inline.range.lowerBound + 1
      splice = Splice(start..<start, " " + body + " ")
    }
    return (Splice.apply([splice], to: text.bytes), Insertion(extent: .entry, lead: " "))
  }

  private func remove(_ key: String, from inline: TOMLValue) -> [Splice] {
    let members = inline.members ?? []
    let gone = members.indices.filter { members[$0].path.first.map(ExactString.init) == ExactString(key) }
    return gone.map { index in
      let (start, end) = (members[index].start, members[index].value.range.upperBound)
      if let before = (0..<index).last(where: { !gone.contains($0) }) {
        // With the comma before it, and whatever goes between.
        let from =
          index > 0 && gone.contains(index - 1)
          ? members[index - 1].value.range.upperBound
          : members[before].value.range.upperBound
        return Splice(from..<end)
      }
      if index + 1 < members.count { return Splice(start..<members[index + 1].start) }
      let isSpaced = start > 0 && text.bytes[start - 1] == 0x20 && text.bytes[end] == 0x20
      return isSpaced && members.count == 1 ? Splice(start - 1..<end + 1) : Splice(start..<end)
    }
  }

  /// A value as TOML; JSON's strings and arrays are TOML's as well, with a little room.
  private static func written(_ value: JSON) -> String {
    guard let elements = value.arrayValue else { return value.text() }
    return "[" + elements.map(written).joined(separator: ", ") + "]"
  }
}
