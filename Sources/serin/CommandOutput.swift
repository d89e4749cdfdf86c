import StrictJSON

/// The result of a command: one value that is shown either as text or as JSON.
protocol CommandOutput: Sendable {
  /// The name and version of the JSON form: `serin.<command>.1`; the number grows when a member changes its meaning.
  static var schema: String { get }
  /// The members of the JSON form, without the schema.
  var json: JSON.Object { get }
  /// The lines of the text form.
  var text: [TextLine] { get }
  /// The exit code that goes with the result.
  var exitStatus: ExitStatus { get }
}

extension CommandOutput {
  /// A result is a success unless it says otherwise.
  var exitStatus: ExitStatus { .ok }
}

/// A piece of the text form.
enum TextLine: Sendable, Hashable {
  /// A line as it is.
  case plain(String)
  /// A line that begins a section.
  case heading(String)
  /// A line that says that something is good.
  case good(String)
  /// A line that says that something is bad.
  case bad(String)
  /// A line that advises.
  case hint(String)
  /// `name: value` lines whose values stand in one column.
  case fields([(name: String, value: String)])
  /// Rows with aligned columns.
  case table(Table)

  static func == (left: TextLine, right: TextLine) -> Bool {
    left.rendered == right.rendered
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(rendered)
  }

  /// The lines without colours, each free of characters that would act on a terminal.
  var rendered: [String] {
    switch self {
    case .plain(let text), .heading(let text), .good(let text), .bad(let text), .hint(let text): [Printable.line(text)]
    case .fields(let fields):
      Table(columns: [.left(""), .left("")], rows: fields.map { [$0.name + ":", $0.value] }, hasHeader: false).lines
    case .table(let table): table.lines
    }
  }
}

/// Rows with aligned columns.
struct Table: Sendable, Hashable {
  /// A column's title and the side on which its cells stand.
  enum Column: Sendable, Hashable {
    case left(String)
    case right(String)

    fileprivate var title: String {
      switch self {
      case .left(let title), .right(let title): title
      }
    }
  }

  let columns: [Column]
  let rows: [[String]]
  var hasHeader = true

  /// The table's lines; columns are two spaces apart and no line ends with spaces.
  var lines: [String] {
    let cells = (hasHeader ? [columns.map(\.title)] : []) + rows.map { $0.map(Printable.line) }
    let widths = columns.indices.map { column in
      cells.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    return cells.map { row in
      let parts = columns.indices.map { column -> String in
        let cell = row.indices.contains(column) ? row[column] : ""
        let fill = String(repeating: " ", count: max(0, widths[column] - cell.count))
        if case .right = columns[column] { return fill + cell }
        return cell + fill
      }
      let line = parts.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}

/// Makes foreign text safe to show on a terminal.
enum Printable {
  /// One line in which control and direction characters are written as `\u{…}`.
  ///
  /// Without this a plugin's description could move the cursor, change the title, or make one name look like another.
  static func line(_ text: String) -> String {
    if text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if acts(scalar) {
        result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func acts(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0: true
    case 0x200e, 0x200f, 0x061c, 0x202a...0x202e, 0x2066...0x2069, 0x2028, 0x2029, 0xfeff: true
    case 0xe0000...0xe007f: true
    default: false
    }
  }
}
