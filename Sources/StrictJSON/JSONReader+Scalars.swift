extension JSONReader {
  /// Reads a string whose opening quote is the next byte.
  mutating func string() throws(JSONError) -> String {
    let start = offset + 1
    var end = start
    while end < bytes.count {
      let byte = bytes[end]
      if byte == UInt8(ascii: "\"") {
        let text = try text(from: start, to: end)
        offset = end + 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start, firstEscape: end) }
      guard byte >= 0x20 else { throw .controlCharacter(byte, offset: end) }
      end += 1
    }
    throw .unexpectedEnd(offset: bytes.count)
  }

  private func text(from start: Int, to end: Int) throws(JSONError) -> String {
    guard let text = String(validating: bytes[start..<end], as: UTF8.self) else {
      throw .invalidUTF8(offset: start)
    }
    return text
  }

  /// Reads a string that holds escapes: copies into a buffer of its own.
  private mutating func escapedString(from start: Int, firstEscape: Int) throws(JSONError) -> String {
    var buffer = Array(bytes[start..<firstEscape])
    offset = firstEscape
    while true {
      let byte = try peek()
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        guard let text = String(validating: buffer, as: UTF8.self) else { throw .invalidUTF8(offset: start) }
        return text
      case UInt8(ascii: "\\"):
        try escape(into: &buffer)
      case 0..<0x20:
        throw .controlCharacter(byte, offset: offset)
      default:
        buffer.append(byte)
        offset += 1
      }
    }
  }

  private mutating func escape(into buffer: inout [UInt8]) throws(JSONError) {
    let start = offset
    offset += 1
    let kind = try peek()
    offset += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(kind)
    case UInt8(ascii: "b"): buffer.append(0x08)
    case UInt8(ascii: "f"): buffer.append(0x0C)
    case UInt8(ascii: "n"): buffer.append(0x0A)
    case UInt8(ascii: "r"): buffer.append(0x0D)
    case UInt8(ascii: "t"): buffer.append(0x09)
    case UInt8(ascii: "u"):
      let scalar = try unicodeEscape(startedAt: start)
      buffer.append(contentsOf: String(scalar).utf8)
    default: throw .invalidEscape(offset: start)
    }
  }

  /// Reads the digits after `\u`, and the second half of a surrogate pair when the first is one.
  private mutating func unicodeEscape(startedAt start: Int) throws(JSONError) -> Unicode.Scalar {
    let unit = try fourDigits(startedAt: start)
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard unit >= 0xD800, unit < 0xDC00 else { throw .invalidEscape(offset: start) }
    guard try peek() == UInt8(ascii: "\\") else { throw .invalidEscape(offset: start) }
    offset += 1
    guard try peek() == UInt8(ascii: "u") else { throw .invalidEscape(offset: start) }
    offset += 1
    let low = try fourDigits(startedAt: start)
    guard low >= 0xDC00, low < 0xE000,
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    else { throw .invalidEscape(offset: start) }
    return scalar
  }

  private mutating func fourDigits(startedAt start: Int) throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = try peek()
      let digit: UInt32
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt32(byte - UInt8(ascii: "a")) + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt32(byte - UInt8(ascii: "A")) + 10
      default: throw .invalidEscape(offset: start)
      }
      value = value << 4 | digit
      offset += 1
    }
    return value
  }

  /// Reads a number; one without fraction and exponent that fits 64 bits becomes an integer.
  mutating func number() throws(JSONError) -> JSON {
    let start = offset
    if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
    let digitsStart = offset
    skipDigits()
    let digits = offset - digitsStart
    // "01" and "-" are no numbers.
    guard digits > 0, digits == 1 || bytes[digitsStart] != UInt8(ascii: "0") else {
      throw .invalidNumber(offset: start)
    }
    var isInteger = true
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      isInteger = false
      offset += 1
      guard skipDigits() else { throw .invalidNumber(offset: start) }
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      offset += 1
      if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
      guard skipDigits() else { throw .invalidNumber(offset: start) }
    }
    guard offset - start <= limits.maxNumberBytes else { throw .invalidNumber(offset: start) }
    let text = try text(from: start, to: offset)
    if isInteger, let value = Int64(text) { return .integer(value) }
    return .number(text)
  }

  @discardableResult
  private mutating func skipDigits() -> Bool {
    let start = offset
    while offset < bytes.count, bytes[offset] >= UInt8(ascii: "0"), bytes[offset] <= UInt8(ascii: "9") { offset += 1 }
    return offset > start
  }
}
