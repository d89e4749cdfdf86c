import StrictJSON

/// Reads JSON-RPC messages as they stream by: whatever their size, it keeps a few short texts and nothing else.
///
/// It follows the structure of the text byte by byte and jumps over strings that do not matter, so that what a plugin
/// puts into a text is never taken for a part of the message. It does not judge: a text that is no JSON gives facts
/// that match nothing. Of a key that comes twice the last one counts, as in most readers.
package struct MessageSkim: Sendable {
  /// The longest identifier, method or name that is kept, in bytes; a longer one counts as none.
  package static let textLimit = 1024

  /// A key that matters.
  private enum Key {
    case id, method, params, result, error, name, uri, isError, resultType, other
  }

  /// What was found since it was last asked for.
  private var found: [MessageFacts] = []
  private var facts = MessageFacts()
  private var uri: String?
  /// How many objects and arrays are open, and how many of them stand around each message: one in a batch.
  private var depth = 0
  private var base = 0
  private var isInString = false
  /// Whether an odd number of backslashes came last in a string.
  private var isEscaped = false
  private var expectsKey = false
  private var innerIsObject = false
  private var outerKey = Key.other
  private var innerKey = Key.other
  /// The string or number that is being kept; nil while nothing is.
  private var token: [UInt8]?
  private var count: Int64 = 0
  private var start: Int64 = 0

  /// A skim that has seen nothing.
  package init() {}

  /// Takes what was found; at the end of a line everything of that line is there.
  package mutating func takeFacts() -> [MessageFacts] {
    defer { if !found.isEmpty { found = [] } }
    return found
  }

  /// Ends a line: what was left open is given up.
  package mutating func endLine() {
    guard depth != 0 || isInString || count != 0 else { return }
    let kept = found
    self = MessageSkim()
    found = kept
  }

  /// Reads on, within one line.
  package mutating func read(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    var place = range.lowerBound
    let before = count - Int64(place)
    while place < range.upperBound {
      if isInString {
        place = readString(bytes, place..<range.upperBound)
        continue
      }
      count = before + Int64(place)
      step(bytes[place])
      place += 1
    }
    count = before + Int64(range.upperBound)
  }

  // MARK: - Structure

  private var isOuter: Bool { depth == base + 1 }
  private var isInner: Bool { depth == base + 2 && innerIsObject }

  private mutating func step(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""):
      isInString = true
      isEscaped = false
      token = wantsText ? [byte] : nil
    case UInt8(ascii: "{"), UInt8(ascii: "["): open(isObject: byte == UInt8(ascii: "{"))
    case UInt8(ascii: "}"), UInt8(ascii: "]"): close()
    case UInt8(ascii: ","):
      endScalar()
      if isOuter || isInner { expectsKey = true }
    case UInt8(ascii: ":"): if isOuter || isInner { expectsKey = false }
    case 0x20, 0x09, 0x0D: endScalar()
    default:
      guard !expectsKey, wantsText else { return }
      if token == nil { token = [] }
      keep(byte)
    }
  }

  /// Whether the string or number that begins here matters: a key where a message may have one, or its value.
  private var wantsText: Bool {
    if expectsKey { return isOuter || isInner }
    if isOuter { return outerKey == .id || outerKey == .method }
    return isInner && innerKey != .other
  }

  private mutating func open(isObject: Bool) {
    if depth == 0, !isObject { base = 1 }
    if isOuter {
      innerIsObject = isObject && (outerKey == .params || outerKey == .result)
      innerKey = .other
    }
    depth += 1
    if depth == base + 1 {
      facts = MessageFacts()
      uri = nil
      outerKey = .other
      start = count
    }
    expectsKey = isObject && (isOuter || isInner)
  }

  private mutating func close() {
    endScalar()
    guard depth > 0 else { return }
    depth -= 1
    expectsKey = false
    if depth == base {
      facts.bytes = count - start + 1
      facts.name = facts.name ?? uri
      if facts.id != nil || facts.method != nil { found.append(facts) }
      facts = MessageFacts()
    }
    if depth == 0 { base = 0 }
  }

  // MARK: - Texts

  private mutating func keep(_ byte: UInt8) {
    if let count = token?.count, count <= Self.textLimit { token?.append(byte) }
  }

  /// Reads on in a string; returns the place behind what was read.
  private mutating func readString(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
    guard token != nil else { return skipString(bytes, range) }
    var place = range.lowerBound
    while place < range.upperBound {
      let byte = bytes[place]
      place += 1
      keep(byte)
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        endString()
        return place
      }
    }
    return place
  }

  /// Jumps from quote to quote: one after an odd number of backslashes does not end the string.
  private mutating func skipString(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
    var place = range.lowerBound
    while let quote = ByteSearch.first(UInt8(ascii: "\""), in: bytes, place..<range.upperBound) {
      let escaped = isOdd(bytes, before: quote, from: place)
      isEscaped = false
      place = quote + 1
      if !escaped {
        endString()
        return place
      }
    }
    isEscaped = isOdd(bytes, before: range.upperBound, from: place)
    return range.upperBound
  }

  /// Whether an odd number of backslashes stands before a place, those of the part before included.
  private func isOdd(_ bytes: Span<UInt8>, before end: Int, from start: Int) -> Bool {
    var first = end
    while first > start, bytes[first - 1] == UInt8(ascii: "\\") { first -= 1 }
    let isOdd = (end - first) % 2 == 1
    return first == start && isEscaped ? !isOdd : isOdd
  }

  private mutating func endString() {
    isInString = false
    guard let text = token else { return }
    token = nil
    let fits = text.count <= Self.textLimit
    if expectsKey { setKey(fits ? Self.key(text) : .other) } else if fits { assign(text) }
  }

  private mutating func endScalar() {
    guard let text = token else { return }
    token = nil
    if text.count <= Self.textLimit { assign(text) }
  }

  private mutating func setKey(_ key: Key) {
    guard isOuter else {
      innerKey = key
      return
    }
    outerKey = key
    if key == .result { facts.hasResult = true }
    if key == .error { facts.hasError = true }
  }

  private static func key(_ quoted: [UInt8]) -> Key {
    switch text(quoted) {
    case "id": .id
    case "method": .method
    case "params": .params
    case "result": .result
    case "error": .error
    case "name": .name
    case "uri": .uri
    case "isError": .isError
    case "resultType": .resultType
    default: .other
    }
  }

  /// The text of a quoted string.
  private static func text(_ quoted: [UInt8]) -> String? {
    guard quoted.count >= 2, quoted.first == UInt8(ascii: "\"") else { return nil }
    guard quoted.contains(UInt8(ascii: "\\")) else {
      return String(validating: quoted[1..<quoted.count - 1], as: UTF8.self)
    }
    return (try? JSON.parse(quoted))?.stringValue
  }

  private mutating func assign(_ text: [UInt8]) {
    if isOuter {
      switch outerKey {
      case .id: facts.id = Self.identifier(text)
      case .method: facts.method = Self.text(text)
      default: break
      }
      return
    }
    guard isInner else { return }
    switch (outerKey, innerKey) {
    case (.params, .name): facts.name = Self.text(text)
    case (.params, .uri): uri = Self.text(text)
    case (.result, .isError): facts.isToolError = text.elementsEqual("true".utf8)
    case (.result, .resultType): facts.wantsInput = Self.text(text) == "input_required"
    default: break
    }
  }

  /// An identifier in one way of writing; `null` is none.
  private static func identifier(_ text: [UInt8]) -> String? {
    if text.elementsEqual("null".utf8) { return nil }
    guard text.first == UInt8(ascii: "\""), text.contains(UInt8(ascii: "\\")) else {
      return String(validating: text, as: UTF8.self)
    }
    return (try? JSON.parse(text)).map { $0.text() }
  }
}
