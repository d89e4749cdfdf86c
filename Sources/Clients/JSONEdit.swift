import StrictJSON

/// Edits one entry of one list in a JSON file, by ranges of bytes: nothing else is written anew.
struct JSONEdit: Sendable {
  let text: CommentedJSON
  let section: String
  let style: LineStyle

  init(_ text: CommentedJSON, section: String) {
    self.text = text
    self.section = section
    style = LineStyle(text.bytes)
  }

  /// Why an edit is not possible: what is no object.
  struct NoObject: Error, Equatable { let what: String }

  /// The list of servers; nil where there is none yet.
  func list() throws(NoObject) -> JSONObjectView? {
    guard let root = text.root else { return nil }
    guard let object = root.objectValue else { throw NoObject(what: "the whole") }
    guard let value = object[section] else { return nil }
    guard let list = value.objectValue else { throw NoObject(what: section) }
    return list
  }

  // MARK: - Adding

  /// The file with an entry at the end of its list, which is made where there is none.
  func adding(_ key: String, _ entry: JSON.Object) throws(NoObject) -> (bytes: [UInt8], insertion: Insertion) {
    _ = try list()
    guard let root = text.root else { return addingContent(key, entry) }
    guard let object = root.objectValue else { throw NoObject(what: "the whole") }
    let container: JSONView
    let member: (key: String, value: JSON)
    if let list = object[section] {
      (container, member) = (list, (key, .object(entry)))
    } else {
      (container, member) = (root, (section, .object(JSON.Object([(key, .object(entry))]))))
    }
    let (splices, lead, tail) = insert(member.key, member.value, into: container)
    let extent: Insertion.Extent = object[section] == nil ? .section : .entry
    return (
      Splice.apply(splices, to: text.bytes), Insertion(extent: extent, lead: lead, tail: tail)
    )
  }

  private func addingContent(_ key: String, _ entry: JSON.Object) -> (bytes: [UInt8], insertion: Insertion) {
    let whole = JSON.object(JSON.Object([(section, .object(JSON.Object([(key, .object(entry))])))]))
    let endsInLine = text.bytes.last.map { $0 != 0x0A } ?? false
    // A comment at the end of a file without a last line feed would swallow what follows.
    let lead = endsInLine && !text.comments.isEmpty ? style.newline : ""
    let body = lead + pretty(whole, indent: "", unit: "  ") + style.newline
    return (text.bytes + Array(body.utf8), Insertion(extent: .content, lead: lead, tail: style.newline))
  }

  /// The splices that put a member behind the last one of an object, and the white space around it.
  private func insert(
    _ key: String, _ value: JSON, into container: JSONView
  ) -> (splices: [Splice], lead: String, tail: String) {
    let range = container.byteRange
    let close = range.upperBound - 1
    guard let last = container.objectValue?.members.last else {
      return insertFirst(key, value, range)
    }
    let end = last.value.byteRange.upperBound
    let comma = commaPlace(from: end, before: close)
    var anchor = comma.map { $0 + 1 } ?? end
    let lead: String
    let body: String
    if style.hasNewline(range) {
      anchor = behindComments(from: anchor, before: close)
      let indent =
        style.isFirstInLine(last.keyRange.lowerBound)
        ? style.indent(at: last.keyRange.lowerBound) : style.indent(at: range.lowerBound) + unit
      lead = style.newline + indent
      body = member(key, value, indent: indent)
    } else {
      lead = blanks(before: last.keyRange.lowerBound)
      body = JSON.string(key).text() + ":" + (lead.isEmpty ? "" : " ") + value.text()
    }
    var splices: [Splice] = []
    let added = lead + body + (comma == nil ? "" : ",")
    if comma == nil, anchor == end {
      splices.append(Splice(end..<end, "," + added))
    } else {
      if comma == nil { splices.append(Splice(end..<end, ",")) }
      splices.append(Splice(anchor..<anchor, added))
    }
    return (splices, lead, "")
  }

  private func insertFirst(
    _ key: String, _ value: JSON, _ range: Range<Int>
  ) -> (splices: [Splice], lead: String, tail: String) {
    let close = range.upperBound - 1
    let anchor =
      style.hasNewline(range)
      ? behindComments(from: range.lowerBound + 1, before: close) : range.upperBound - 1 - trailingBlanks(close)
    let outer = style.indent(at: range.lowerBound)
    let indent = outer + unit
    let lead = style.newline + indent
    let tail = style.hasNewline(anchor..<close) ? "" : style.newline + outer
    return ([Splice(anchor..<anchor, lead + member(key, value, indent: indent) + tail)], lead, tail)
  }

  // MARK: - Replacing and removing

  /// The file with another value of an entry that is there.
  func replacing(_ key: String, _ entry: JSON.Object) throws(NoObject) -> [UInt8]? {
    guard let found = try list()?.members.first(where: { ExactString($0.key) == ExactString(key) }) else { return nil }
    let range = found.value.byteRange
    let start = found.keyRange.lowerBound
    let isInline = !style.hasNewline(range) && !style.isFirstInLine(start)
    let value = JSON.object(entry)
    let body = isInline ? value.text() : pretty(value, indent: style.indent(at: start), unit: unit)
    return Splice.apply([Splice(range, body)], to: text.bytes)
  }

  /// The file without an entry; nil for the bytes means that the file itself was only there for the entry.
  ///
  /// - Parameter insertion: what was added with the entry, where that is known.
  func removing(_ key: String, _ insertion: Insertion?) throws(NoObject) -> (bytes: [UInt8]?, extent: Insertion.Extent)?
  {
    guard let root = text.root, let list = try list(),
      let place = list.members.firstIndex(where: { ExactString($0.key) == ExactString(key) }),
      let object = root.objectValue,
      let outer = object.members.firstIndex(where: { ExactString($0.key) == ExactString(section) })
    else { return nil }
    let listRange = object.members[outer].value.byteRange
    let removedFromList = remove(place, of: list, listRange, insertion?.extent == .entry ? insertion : nil)
    guard let insertion, insertion.extent != .entry, list.count == 1, isBlank(listRange, besides: removedFromList)
    else { return (Splice.apply(removedFromList, to: text.bytes), .entry) }

    let removedFromRoot = remove(outer, of: object, root.byteRange, insertion.extent == .section ? insertion : nil)
    guard insertion.extent != .section, object.count == 1, isBlank(root.byteRange, besides: removedFromRoot)
    else { return (Splice.apply(removedFromRoot, to: text.bytes), .section) }

    var (start, end) = (root.byteRange.lowerBound, root.byteRange.upperBound)
    if style.begins(insertion.tail, at: end) { end += insertion.tail.utf8.count }
    if style.ends(insertion.lead, at: start) { start -= insertion.lead.utf8.count }
    let rest = Splice.apply([Splice(start..<end)], to: text.bytes)
    return rest.isEmpty && insertion.extent == .file ? (nil, .file) : (rest, .content)
  }

  /// The splices that take a member away, with its comma, or the one before it where the last member goes.
  private func remove(
    _ place: Int, of object: JSONObjectView, _ range: Range<Int>, _ insertion: Insertion?
  ) -> [Splice] {
    let members = object.members
    let close = range.upperBound - 1
    let end = members[place].value.byteRange.upperBound
    let start = style.leadStart(members[place].keyRange.lowerBound, lead: insertion?.lead)
    let isLast = place == members.count - 1
    if let comma = commaPlace(from: end, before: isLast ? close : members[place + 1].keyRange.lowerBound) {
      // What stands between the value and its comma is a comment at most, and stays.
      return comma == end
        ? [Splice(start..<comma + 1)] : [Splice(start..<end), Splice(comma..<comma + 1)]
    }
    guard place > 0 else {
      let tail = insertion?.tail ?? ""
      let tailEnd = !tail.isEmpty && style.begins(tail, at: end) ? end + tail.utf8.count : end
      return [Splice(start..<tailEnd)]
    }
    let before = members[place - 1].value.byteRange.upperBound
    guard let comma = commaPlace(from: before, before: start) else { return [Splice(start..<end)] }
    return [Splice(comma..<comma + 1), Splice(start..<end)]
  }

  /// Whether an object would hold nothing but white space; comments count as something.
  private func isBlank(_ range: Range<Int>, besides splices: [Splice]) -> Bool {
    (range.lowerBound + 1..<range.upperBound - 1).allSatisfy { index in
      CommentedJSON.isSpace(text.bytes[index]) || splices.contains { $0.range.contains(index) }
    }
  }

  // MARK: - Looking

  /// The comma behind a value, before the next member or the end of the object; nil where there is none.
  private func commaPlace(from end: Int, before limit: Int) -> Int? {
    var place = end
    while place < limit {
      if let comment = comment(at: place) {
        place = comment.upperBound
      } else if CommentedJSON.isSpace(text.bytes[place]) {
        place += 1
      } else {
        return text.bytes[place] == UInt8(ascii: ",") ? place : nil
      }
    }
    return nil
  }

  /// Behind the comments that follow a place in its line: they belong to what stands before them.
  private func behindComments(from start: Int, before limit: Int) -> Int {
    var (place, end) = (start, start)
    while place < limit {
      if let comment = comment(at: place), !style.hasNewline(comment) {
        place = comment.upperBound
        end = place
      } else if text.bytes[place] == 0x20 || text.bytes[place] == 0x09 {
        place += 1
      } else {
        break
      }
    }
    return end
  }

  private func comment(at place: Int) -> Range<Int>? {
    guard text.bytes[place] == UInt8(ascii: "/") else { return nil }
    return text.comments.first { $0.lowerBound == place }
  }

  private func blanks(before place: Int) -> String {
    var start = place
    while start > 0, text.bytes[start - 1] == 0x20 || text.bytes[start - 1] == 0x09 { start -= 1 }
    return String(decoding: text.bytes[start..<place], as: UTF8.self)
  }

  private func trailingBlanks(_ close: Int) -> Int {
    var start = close
    while start > 0, text.bytes[start - 1] == 0x20 || text.bytes[start - 1] == 0x09 { start -= 1 }
    return close - start
  }

  // MARK: - Writing

  /// One step of indentation, as the file has it.
  private var unit: String {
    guard let object = text.root?.objectValue, let first = object.members.first?.keyRange.lowerBound,
      style.isFirstInLine(first)
    else { return "  " }
    let indent = style.indent(at: first)
    return indent.isEmpty ? "  " : indent
  }

  private func member(_ key: String, _ value: JSON, indent: String) -> String {
    JSON.string(key).text() + ": " + pretty(value, indent: indent, unit: unit)
  }

  /// A value over several lines, the way this file is written.
  private func pretty(_ value: JSON, indent: String, unit: String) -> String {
    let lines = value.text(pretty: true).split(separator: "\n")
    return lines.enumerated().map { number, line in
      let blanks = line.prefix { $0 == " " }.count
      let content = String(repeating: unit, count: blanks / 2) + line.dropFirst(blanks)
      return number == 0 ? content : indent + content
    }.joined(separator: style.newline)
  }
}
