extension JSONScanner {
  /// Reads a string whose opening quote is the next byte.
  mutating func string(_ bytes: Span<UInt8>) throws(JSONError) {
    let start = offset + 1
    var end = start
    // All bytes together: the highest bit tells whether any lies outside ASCII.
    var all: UInt8 = 0
    var traits = JSONNode.Traits.canonical
    while true {
      skipPlain(bytes, &end, &all)
      guard end < bytes.count else { throw .unexpectedEnd(offset: bytes.count) }
      let byte = bytes[end]
      if byte == UInt8(ascii: "\"") {
        if all >= 0x80, (try? UTF8Span(validating: bytes.extracting(start..<end))) == nil {
          throw .invalidUTF8(offset: start)
        }
        nodes.append(JSONNode(.string, start..<end, next: nodes.count + 1, traits: traits))
        offset = end + 1
        return
      }
      if byte == UInt8(ascii: "\\") {
        traits = .escaped
        blemishes += 1
        offset = end
        try skipEscape(bytes)
        end = offset
        continue
      }
      throw .controlCharacter(byte, offset: end)
    }
  }

  /// Steps over bytes that mean themselves, and notes all of them together.
  private func skipPlain(_ bytes: Span<UInt8>, _ end: inout Int, _ all: inout UInt8) {
    var place = end
    var sum = all
    // Eight at a time while all of them are plain ASCII.
    while bytes.count - place >= 8, ByteWord(bytes, at: place).isPlainText { place += 8 }
    while place < bytes.count {
      let byte = bytes[place]
      // Whatever sorts behind the quote but the backslash is plain; before it there are only a space and "!".
      if byte <= UInt8(ascii: "\"") {
        if byte == UInt8(ascii: "\"") || byte < 0x20 { break }
      } else if byte == UInt8(ascii: "\\") {
        break
      }
      sum |= byte
      place += 1
    }
    end = place
    all = sum
  }

  private mutating func skipEscape(_ bytes: Span<UInt8>) throws(JSONError) {
    let start = offset
    offset += 1
    let kind = try peek(bytes)
    offset += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return
    case UInt8(ascii: "u"): break
    default: throw .invalidEscape(offset: start)
    }
    let unit = try fourDigits(bytes, startedAt: start)
    if Unicode.Scalar(unit) != nil { return }
    // Half of a surrogate pair: the other half must follow.
    guard unit >= 0xD800, unit < 0xDC00 else { throw .invalidEscape(offset: start) }
    guard try peek(bytes) == UInt8(ascii: "\\") else { throw .invalidEscape(offset: start) }
    offset += 1
    guard try peek(bytes) == UInt8(ascii: "u") else { throw .invalidEscape(offset: start) }
    offset += 1
    let low = try fourDigits(bytes, startedAt: start)
    guard low >= 0xDC00, low < 0xE000 else { throw .invalidEscape(offset: start) }
  }

  private mutating func fourDigits(_ bytes: Span<UInt8>, startedAt start: Int) throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = hexadecimalDigit(try peek(bytes)) else { throw .invalidEscape(offset: start) }
      value = value << 4 | digit
      offset += 1
    }
    return value
  }

  /// Reads a number; one without fraction and exponent is an integer.
  mutating func number(_ bytes: Span<UInt8>) throws(JSONError) {
    let start = offset
    let isNegative = bytes[offset] == UInt8(ascii: "-")
    if isNegative { offset += 1 }
    let digitsStart = offset
    skipDigits(bytes)
    let digits = offset - digitsStart
    // "01" and "-" are no numbers.
    guard digits > 0, digits == 1 || bytes[digitsStart] != UInt8(ascii: "0") else {
      throw .invalidNumber(offset: start)
    }
    var kind = JSONNode.Kind.integer
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      kind = .number
      offset += 1
      guard skipDigits(bytes) else { throw .invalidNumber(offset: start) }
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      kind = .number
      offset += 1
      if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
      guard skipDigits(bytes) else { throw .invalidNumber(offset: start) }
    }
    guard offset - start <= limits.maxNumberBytes else { throw .invalidNumber(offset: start) }
    // A fraction has no canonical form, and "-0" is written "0".
    let isCanonical = kind == .integer && !(isNegative && bytes[digitsStart] == UInt8(ascii: "0"))
    if !isCanonical { blemishes += 1 }
    nodes.append(
      JSONNode(kind, start..<offset, next: nodes.count + 1, traits: isCanonical ? .canonical : []))
  }

  @discardableResult
  private mutating func skipDigits(_ bytes: Span<UInt8>) -> Bool {
    let start = offset
    while offset < bytes.count, bytes[offset] >= UInt8(ascii: "0"), bytes[offset] <= UInt8(ascii: "9") { offset += 1 }
    return offset > start
  }

  mutating func literal(_ text: StaticString, _ kind: JSONNode.Kind, _ bytes: Span<UInt8>) throws(JSONError) {
    let start = offset
    for expected in text.description.utf8 {
      let byte = try peek(bytes)
      guard byte == expected else { throw .unexpectedByte(byte, offset: offset) }
      offset += 1
    }
    nodes.append(JSONNode(kind, start..<offset, next: nodes.count + 1, traits: .canonical))
  }
}

/// The value of a hexadecimal digit in either case; nil for every other byte.
func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
  default: nil
  }
}
