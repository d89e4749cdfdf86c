/// Text of mdoc(7), the language of manual pages.
struct Mdoc {
  /// The longest line of input that its readers like.
  private static let width = 78

  private(set) var lines: [String] = []

  /// The page's text.
  var text: String { lines.joined(separator: "\n") + "\n" }

  /// A line that begins with a macro; its words are escaped by whoever made them.
  mutating func macro(_ line: String) { lines.append("." + line) }

  /// Paragraphs of prose; `x` in backticks is what one types.
  mutating func prose(_ text: String) {
    for (index, paragraph) in text.split(separator: "\n\n").enumerated() {
      if index > 0 { macro("Pp") }
      wrap(paragraph.split { $0 == " " || $0 == "\n" }.map(String.init))
    }
  }

  /// Lines that are shown as they are.
  mutating func literal(_ text: [String]) {
    macro("Bd -literal -offset indent")
    lines += text.map { Self.guarded(Self.typed($0)) }
    macro("Ed")
  }

  /// One line for each run of words that fits; a sentence begins a new line.
  private mutating func wrap(_ words: [String]) {
    var line = ""
    var isTyped = false
    for word in words {
      let escaped = Self.marked(word, &isTyped)
      if !line.isEmpty, line.utf8.count + escaped.utf8.count >= Self.width || Self.endsSentence(line) {
        lines.append(Self.guarded(line))
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + escaped
    }
    if !line.isEmpty { lines.append(Self.guarded(line)) }
  }

  private static func endsSentence(_ line: String) -> Bool {
    let end = line.reversed().first { !")\"'”’".contains($0) }
    return end.map { ".!?".contains($0) } ?? false
  }

  /// A word in which backticks switch to the face of what one types, and back.
  private static func marked(_ word: String, _ isTyped: inout Bool) -> String {
    var result = ""
    for (index, part) in word.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
      if index > 0 {
        isTyped.toggle()
        result += isTyped ? "\\fB" : "\\fR"
      }
      result += isTyped || part.hasPrefix("-") ? typed(String(part)) : escaped(String(part))
    }
    return result
  }

  /// A line of text must not look like a macro.
  private static func guarded(_ line: String) -> String {
    line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
  }

  /// Text whose hyphens are those that one types.
  static func typed(_ text: String) -> String { escaped(text).replacing("-", with: "\\-") }

  /// Text in which nothing acts.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x5c: result += "\\e"
      case 0x20...0x7e: result.unicodeScalars.append(scalar)
      case 0x09, 0x0a: result += " "
      default:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + "]"
      }
    }
    return result
  }

  /// A word behind a macro: quoted where it has blanks, and no macro itself.
  static func argument(_ text: String) -> String {
    let safe = typed(text)
    let isShort = text.utf8.count <= 3 || ",.;:()[]?!|".contains(text.prefix(1))
    let guarded = isShort ? "\\&" + safe : safe
    return guarded.contains(" ") || guarded.contains("\"")
      ? "\"" + guarded.replacing("\"", with: "\\(dq") + "\"" : guarded
  }
}
