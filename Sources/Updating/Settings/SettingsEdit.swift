import Releases
import SystemPackage

/// Changes one option in the text of `config.yaml` and leaves every other line as it is, comments and all.
///
/// What comes out is read again: it must say what the old text said, but for this option. What cannot be changed so is
/// refused, and the user opens an editor.
struct SettingsEdit {
  private let path: FilePath
  private let old: SettingsFile
  private let root: MarkedYAML?
  private let ending: String
  private var lines: [String]

  /// Takes a text apart; throws what reading it throws.
  init(_ text: String, at path: FilePath) throws(SettingsError) {
    self.path = path
    old = try SettingsFile(text, at: path)
    do throws(MarkedYAML.Problem) { root = try MarkedYAML.read(text) } catch {
      throw .unreadable(path: path.string, place: error.place, reason: error.reason)
    }
    ending = text.contains("\r\n") ? "\r" : ""
    // By scalars: a carriage return and a line feed are one character.
    lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    if lines.last == "" { lines.removeLast() }
  }

  /// The text with an option set, for the whole host or in the section of a plugin.
  func setting(_ key: SettingKey, to texts: [String], section: String?) throws(SettingsError) -> String {
    var edit = self
    let value = Self.rendered(texts, isList: key.isList)
    if let member = container(section)?.member(key.rawValue) {
      try edit.replace(member, with: value)
    } else if let section {
      edit.insert("\(key.rawValue): \(value)", section: section)
    } else {
      edit.insert("\(key.rawValue): \(value)")
    }
    return try edit.checked(key, section) { $0 = texts }
  }

  /// The text without an option; a section that holds nothing else goes with it.
  func unsetting(_ key: SettingKey, section: String?) throws(SettingsError) -> String {
    var edit = self
    guard let member = container(section)?.member(key.rawValue) else { return text }
    var doomed = member
    if let section, let sections = root?.member(SettingsFile.sections), isAlone(in: container(section)) {
      doomed = isAlone(in: sections.value) ? sections : sections.value.member(section) ?? member
    }
    // A section with comments of its own stays, and says nothing.
    do { try edit.remove(doomed) } catch  where doomed != member { try edit.remove(member) }
    return try edit.checked(key, section) { $0 = nil }
  }

  private var text: String { lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n" }

  private func container(_ section: String?) -> MarkedYAML? {
    guard let section else { return root }
    return root?.member(SettingsFile.sections)?.value.member(section)?.value
  }

  private func isAlone(in value: MarkedYAML?) -> Bool {
    guard case .mapping(let members)? = value?.content else { return false }
    return members.count == 1
  }

  // MARK: - Lines

  private func refused(_ member: MarkedYAML.Member) -> SettingsError {
    .notEditable(path: path.string, place: member.place, key: member.key)
  }

  /// The lines of a member that has lines of its own, counted from 0.
  private func range(of member: MarkedYAML.Member) throws(SettingsError) -> ClosedRange<Int> {
    let (first, last) = (member.place.line - 1, max(member.place.line, member.value.lastLine) - 1)
    guard lines.indices.contains(first), lines.indices.contains(last) else { throw refused(member) }
    let before = lines[first].unicodeScalars.prefix(member.place.column - 1)
    // A comment between the lines of a value would be lost with them.
    guard before.allSatisfy({ $0 == " " }), lines[(first + 1)...].prefix(last - first).allSatisfy({ !$0.contains("#") })
    else { throw refused(member) }
    return first...last
  }

  private mutating func replace(_ member: MarkedYAML.Member, with value: String) throws(SettingsError) {
    let range = try range(of: member)
    let indent = String(repeating: " ", count: member.place.column - 1)
    // libyaml places a value without text behind the key or on a later line: a comment there stays where it is.
    let comment = range.count == 1 ? Self.comment(in: lines[range.lowerBound]) : ""
    lines.replaceSubrange(range, with: ["\(indent)\(member.key): \(value)\(comment)" + ending])
  }

  private mutating func remove(_ member: MarkedYAML.Member) throws(SettingsError) {
    lines.removeSubrange(try range(of: member))
  }

  /// Adds a line for the whole host: behind the last one of these, else before the sections, else at the end.
  private mutating func insert(_ line: String) {
    guard case .mapping(let members)? = root?.content else { return lines.append(line + ending) }
    if let last = members.last(where: { $0.key != SettingsFile.sections }) {
      return lines.insert(line + ending, at: max(last.place.line, last.value.lastLine))
    }
    var index = (members.first?.place.line ?? 1) - 1
    while index > 0, lines[index - 1].hasPrefix("#") { index -= 1 }
    lines.insert(line + ending, at: index)
  }

  /// Adds a line to the section of a plugin, which is made where it is missing.
  private mutating func insert(_ line: String, section: String) {
    func indented(_ text: String, _ count: Int) -> String { String(repeating: " ", count: count) + text + ending }
    guard let sections = root?.member(SettingsFile.sections) else {
      if !lines.isEmpty { lines.append(ending) }
      lines += [indented("\(SettingsFile.sections):", 0), indented("\(section):", 2), indented(line, 4)]
      return
    }
    if let there = sections.value.member(section) {
      guard case .mapping(let members) = there.value.content, let first = members.first else {
        return lines.insert(indented(line, there.place.column + 1), at: there.place.line)
      }
      return lines.insert(indented(line, first.place.column - 1), at: there.value.lastLine)
    }
    var indent = 2
    if case .mapping(let members) = sections.value.content, let first = members.first {
      indent = first.place.column - 1
    }
    let end = max(sections.place.line, sections.value.lastLine)
    lines.insert(contentsOf: [indented("\(section):", indent), indented(line, indent + 2)], at: end)
  }

  /// The edited text, once it says what it should.
  private func checked(
    _ key: SettingKey, _ section: String?, _ change: (inout [String]?) -> Void
  ) throws(SettingsError) -> String {
    var wanted = old.texts
    var values = wanted[section ?? ""] ?? [:]
    var value = values[key]
    change(&value)
    values[key] = value
    wanted[section ?? ""] = values.isEmpty ? nil : values
    guard let now = try? SettingsFile(text, at: path), now.texts == wanted else {
      let place = container(section)?.member(key.rawValue)?.place ?? container(section)?.place
      throw .notEditable(path: path.string, place: place ?? TextPlace(line: 1, column: 1), key: key.rawValue)
    }
    return text
  }

  /// The comment at the end of a line, with the blanks before it.
  private static func comment(in line: String) -> String {
    let characters = Array(line)
    var quote: Character?
    for (index, character) in characters.enumerated() {
      if let open = quote {
        let isEscaped = open == "\"" && index > 0 && characters[index - 1] == "\\"
        if character == open, !isEscaped { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if character == "#", index > 0, characters[index - 1] == " " || characters[index - 1] == "\t" {
        let blanks = characters[..<index].reversed().prefix { $0 == " " || $0 == "\t" }.count
        return String(characters[(index - blanks)...]).filter { $0 != "\r" && $0 != "\r\n" }
      }
    }
    return ""
  }

  /// A value as people write it: plain where it can be nothing else than a text.
  private static func rendered(_ texts: [String], isList: Bool) -> String {
    let scalars = texts.map { text in
      text.utf8.contains(UInt8(ascii: ":")) || text.isEmpty ? "\"\(text)\"" : text
    }
    return isList && scalars.count != 1 ? "[\(scalars.joined(separator: ", "))]" : scalars.joined()
  }
}

extension SettingsFile {
  /// What it says, without where: the empty name stands for the whole host; empty sections say nothing.
  fileprivate var texts: [String: [SettingKey: [String]]] {
    var all = plugins.mapValues { $0.mapValues(\.texts) }.filter { !$0.value.isEmpty }
    if !host.isEmpty { all[""] = host.mapValues(\.texts) }
    return all
  }
}
