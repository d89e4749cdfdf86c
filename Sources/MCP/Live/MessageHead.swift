import StrictJSON

/// The identifier of a request in a live session, as far as every reader agrees on it.
enum LiveID: Hashable {
  case integer(Int64)
  case text(ExactString)
  /// A number that readers may round differently, `null`, or no identifier at all, as it was written.
  case other([UInt8])

  init(_ raw: ArraySlice<UInt8>) {
    switch try? JSON.parse(Array(raw), limits: .message) {
    case .integer(let value)?: self = .integer(value)
    case .string(let text)?: self = .text(ExactString(text))
    default: self = .other(Array(raw))
    }
  }

  /// The identifier as it stands in a message; what is none becomes `null`.
  var json: JSON {
    switch self {
    case .integer(let value): .integer(value)
    case .text(let text): .string(text.text)
    case .other(let raw): (try? JSON.parse(raw, limits: .message)) ?? .null
    }
  }
}

/// What the outermost members of a line say: which message it is, and where its parts stand.
struct MessageHead {
  /// What a line is.
  enum Kind {
    /// One JSON object, which may be a message.
    case object
    /// A JSON array: several messages, as MCP 2025-03-26 allowed.
    case batch
    /// Nothing that a reader of messages would take for one.
    case noise
    /// It begins like a message, and cannot be read in exactly one way.
    case broken
  }

  /// What the line is.
  private(set) var kind: Kind
  /// Where the identifier stands.
  private(set) var idRange: Range<Int>?
  /// The method; nil in answers.
  private(set) var method: String?
  /// Where the parameters stand.
  private(set) var params: Range<Int>?
  /// Where the result stands.
  private(set) var result: Range<Int>?
  /// Where the error stands.
  private(set) var error: Range<Int>?
  private let line: [UInt8]

  /// The members that decide what a message is.
  private static let known = ["jsonrpc", "id", "method", "params", "result", "error"]

  /// Looks at a line; nothing of it is copied.
  init(_ line: [UInt8]) {
    self.line = line
    let json = LooseJSON(line)
    let start = json.skipSpace(0, until: line.count)
    guard start < line.count else {
      kind = .noise
      return
    }
    switch line[start] {
    case UInt8(ascii: "{"): kind = .object
    case UInt8(ascii: "["): kind = .batch
    // A byte order mark: some readers skip it, some stumble over it.
    case 0xEF: kind = .broken
    default: kind = .noise
    }
    guard kind == .object else { return }
    var found: [String: Range<Int>] = [:]
    var isPlain = true
    let isWhole = json.forEachMember(of: start..<line.count) { member in
      guard let name = Self.meant(member.key, Self.known) else { return }
      if found.updateValue(member.value, forKey: name) != nil || !Self.same(name, member.key) { isPlain = false }
    }
    guard isWhole, isPlain else {
      kind = .broken
      return
    }
    (idRange, params, result, error) = (found["id"], found["params"], found["result"], found["error"])
    if let range = found["method"] {
      method = json.text(range)
      if method == nil || result != nil || error != nil { kind = .broken }
    }
    if result != nil, error != nil { kind = .broken }
  }

  /// The identifier; nil in notifications.
  var id: LiveID? { idRange.map { LiveID(line[$0]) } }

  /// A part of the line, read strictly; nil where that fails.
  func json(_ range: Range<Int>?) -> JSON? {
    range.flatMap { try? JSON.parse(Array(line[$0]), limits: .message) }
  }

  /// The members of a part that have one of these names, under the name; nil where the part is no object or where
  /// readers could disagree about one of them.
  func members(_ names: [String], of range: Range<Int>?) -> [String: Range<Int>]? {
    guard let range else { return nil }
    var found: [String: Range<Int>] = [:]
    var isPlain = true
    let isWhole = LooseJSON(line).forEachMember(of: range) { member in
      guard let name = Self.meant(member.key, names) else { return }
      if found.updateValue(member.value, forKey: name) != nil || !Self.same(name, member.key) { isPlain = false }
    }
    return isWhole && isPlain ? found : nil
  }

  /// The text of a part; nil where it is no string.
  func text(_ range: Range<Int>?) -> String? { range.flatMap { LooseJSON(line).text($0) } }

  /// The bytes of a part.
  func bytes(_ range: Range<Int>?) -> [UInt8] { range.map { Array(line[$0]) } ?? [] }

  /// Whether a part is an object.
  func isObject(_ range: Range<Int>?) -> Bool { range.map { line[$0.lowerBound] == UInt8(ascii: "{") } ?? false }

  /// The name that a reader might take a key for: some readers (Go's) do not tell upper from lower case.
  private static func meant(_ key: String, _ names: [String]) -> String? {
    // In UTF-8 no letter that folds to an ASCII one is longer than three bytes.
    guard key.utf8.count <= 3 * (names.map(\.utf8.count).max() ?? 0) else { return nil }
    if let name = names.first(where: { same($0, key) }) { return name }
    let folded = folded(key)
    return names.first { same(Self.folded($0), folded) }
  }

  /// Compares bytes: for `==` the Kelvin sign is the letter K.
  private static func same(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

  private static func folded(_ text: String) -> String {
    var folded = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x41...0x5A: folded.append(Unicode.Scalar(UInt8(scalar.value) + 0x20))
      case 0x17F: folded.append("s")
      case 0x212A: folded.append("k")
      default: folded.append(scalar)
      }
    }
    return String(folded)
  }
}
