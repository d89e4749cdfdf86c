import StrictJSON

// What stands behind an equals sign.
extension TOMLReader {
  mutating func value(depth: Int) throws(TOMLFault) -> TOMLValue {
    guard depth < TOMLDocument.maxDepth else { throw fault("values nest too deep") }
    let start = place
    switch peek {
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      let text = try string()
      return TOMLValue(.string(text), start..<place)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "{"): return try inlineTable(depth: depth)
    default: return try scalar()
    }
  }

  private mutating func array(depth: Int) throws(TOMLFault) -> TOMLValue {
    let start = place
    place += 1
    var elements: [TOMLValue] = []
    try skipAll()
    while peek != UInt8(ascii: "]") {
      elements.append(try value(depth: depth + 1))
      try skipAll()
      guard peek == UInt8(ascii: ",") else { break }
      place += 1
      try skipAll()
    }
    try expect("]")
    var value = TOMLValue(.array(elements.map(\.json)), start..<place)
    value.elements = elements
    return value
  }

  /// An inline table stands on one line and has no comma behind its last member.
  private mutating func inlineTable(depth: Int) throws(TOMLFault) -> TOMLValue {
    let start = place
    place += 1
    var members: [(path: [String], start: Int, value: TOMLValue)] = []
    var tables = TOMLTables()
    skipBlanks()
    while peek != UInt8(ascii: "}") {
      let begin = place
      let path = try keys()
      skipBlanks()
      try expect("=")
      skipBlanks()
      let value = try value(depth: depth + 1)
      try tables.set(path, to: value.json, at: begin)
      members.append((path, begin, value))
      skipBlanks()
      guard peek == UInt8(ascii: ",") else { break }
      place += 1
      skipBlanks()
      guard peek != UInt8(ascii: "}") else { throw fault("a comma behind the last member of an inline table") }
    }
    try expect("}")
    var value = TOMLValue(.object(tables.content), start..<place)
    value.members = members
    return value
  }

  private mutating func skipAll() throws(TOMLFault) {
    repeat {
      skipBlanks()
      try comment()
    } while try newline()
  }

  // MARK: - Strings

  mutating func string() throws(TOMLFault) -> String {
    guard let quote = peek else { throw fault("a string is expected") }
    let isLong = isTriple(at: place)
    let isLiteral = quote == UInt8(ascii: "'")
    place += isLong ? 3 : 1
    if isLong { _ = try newline() }
    var output: [UInt8] = []
    while let byte = peek {
      if byte == quote {
        guard isLong else {
          place += 1
          return String(decoding: output, as: UTF8.self)
        }
        if isTriple(at: place) {
          // Up to two quotes may stand right before the closing three.
          var end = place + 3
          while end < bytes.count, bytes[end] == quote, end < place + 5 { end += 1 }
          output += bytes[place..<end - 3]
          place = end
          return String(decoding: output, as: UTF8.self)
        }
      }
      if byte == UInt8(ascii: "\\"), !isLiteral {
        try escape(into: &output, isLong: isLong)
        continue
      }
      if byte == 0x0A || byte == 0x0D {
        guard isLong, try newline() else { throw fault("a string does not end on its line") }
        output.append(0x0A)
        continue
      }
      guard byte >= 0x20 && byte != 0x7F || byte == 0x09 else { throw fault("a control character in a string") }
      output.append(byte)
      place += 1
    }
    throw fault("a string does not end")
  }

  private mutating func escape(into output: inout [UInt8], isLong: Bool) throws(TOMLFault) {
    place += 1
    guard let kind = peek else { throw fault("a string does not end") }
    if isLong, kind == 0x20 || kind == 0x09 || kind == 0x0A || kind == 0x0D {
      skipBlanks()
      guard try newline() else { throw fault("an unknown escape in a string") }
      repeat { skipBlanks() } while try newline()
      return
    }
    place += 1
    switch kind {
    case UInt8(ascii: "b"): output.append(0x08)
    case UInt8(ascii: "t"): output.append(0x09)
    case UInt8(ascii: "n"): output.append(0x0A)
    case UInt8(ascii: "f"): output.append(0x0C)
    case UInt8(ascii: "r"): output.append(0x0D)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(kind)
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let count = kind == UInt8(ascii: "u") ? 4 : 8
      let digits = bytes[place..<min(place + count, bytes.count)]
      guard digits.count == count, digits.allSatisfy({ Self.isHexadecimal($0) }),
        let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(number)
      else { throw fault("an escape that is no character") }
      output += String(scalar).utf8
      place += count
    default: throw fault("an unknown escape in a string")
    }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }

  // MARK: - Numbers, dates and Booleans

  private mutating func scalar() throws(TOMLFault) -> TOMLValue {
    let start = place
    var end = Self.endOfWord(bytes, from: place)
    // A date and a time may stand apart.
    if end - start == 10, end + 2 < bytes.count, bytes[end] == 0x20, (48...57).contains(bytes[end + 1]),
      bytes[start + 4] == UInt8(ascii: "-")
    {
      end = Self.endOfWord(bytes, from: end + 1)
    }
    let word = String(decoding: bytes[start..<end], as: UTF8.self)
    let json: JSON
    switch word {
    case "true": json = true
    case "false": json = false
    default:
      guard word.utf8.count <= 256, Self.isNumber(word) || Self.isTime(word) else {
        throw fault("a value is expected")
      }
      json = Int64(word).map { .integer($0) } ?? .number(word)
    }
    place = end
    return TOMLValue(json, start..<end)
  }

  private static func endOfWord(_ bytes: [UInt8], from start: Int) -> Int {
    let allowed = ByteSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_.:")
    return bytes[start...].firstIndex { !allowed.contains($0) } ?? bytes.count
  }

  private static func isNumber(_ word: String) -> Bool {
    word.wholeMatch(of: /[+\-]?(0|[1-9](_?[0-9])*)/) != nil
      || word.wholeMatch(of: /0x[0-9A-Fa-f](_?[0-9A-Fa-f])*|0o[0-7](_?[0-7])*|0b[01](_?[01])*/) != nil
      || word.wholeMatch(
        of: /[+\-]?(0|[1-9](_?[0-9])*)(\.[0-9](_?[0-9])*)?([eE][+\-]?[0-9](_?[0-9])*)?|[+\-]?(inf|nan)/) != nil
  }

  private static func isTime(_ word: String) -> Bool {
    word.wholeMatch(of: /[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?/) != nil
      || word.wholeMatch(
        of: /[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+\-][0-9]{2}:[0-9]{2})?)?/)
        != nil
  }
}
