// What a string in a document says. The scanner has accepted it, so nothing here can fail.
extension JSONNode {
  /// The unescaped text.
  func text(in bytes: Span<UInt8>) -> String {
    if has(.escaped) { return String(decoding: unescaped(in: bytes), as: UTF8.self) }
    guard let text = try? UTF8Span(validating: bytes.extracting(range)) else { return "" }
    return String(copying: text)
  }

  /// The unescaped bytes of a string that holds escapes.
  func unescaped(in bytes: Span<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(range.count)
    var place = range.lowerBound
    while place < range.upperBound {
      let byte = bytes[place]
      place += 1
      guard byte == UInt8(ascii: "\\") else {
        output.append(byte)
        continue
      }
      let kind = bytes[place]
      place += 1
      switch kind {
      case UInt8(ascii: "b"): output.append(0x08)
      case UInt8(ascii: "f"): output.append(0x0C)
      case UInt8(ascii: "n"): output.append(0x0A)
      case UInt8(ascii: "r"): output.append(0x0D)
      case UInt8(ascii: "t"): output.append(0x09)
      case UInt8(ascii: "u"):
        var value = Self.unit(at: place, in: bytes)
        place += 4
        if value >= 0xD800, value < 0xE000 {
          value = 0x10000 + (value - 0xD800) << 10 + (Self.unit(at: place + 2, in: bytes) - 0xDC00)
          place += 6
        }
        output.append(contentsOf: String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
      default: output.append(kind)
      }
    }
    return output
  }

  private static func unit(at place: Int, in bytes: Span<UInt8>) -> UInt32 {
    (place..<place + 4).reduce(0) { $0 << 4 | (hexadecimalDigit(bytes[$1]) ?? 0) }
  }

  /// Whether this string sorts behind another one, by unescaped bytes.
  func isAfter(_ other: JSONNode, in bytes: Span<UInt8>) -> Bool {
    if has(.escaped) || other.has(.escaped) {
      return bytesPrecede(other.text(in: bytes), text(in: bytes))
    }
    return precedes(bytes.extracting(other.range), bytes.extracting(range))
  }

  /// Whether two strings are the same, by unescaped bytes.
  func hasSameText(as other: JSONNode, in bytes: Span<UInt8>) -> Bool {
    if has(.escaped) || other.has(.escaped) { return sameBytes(text(in: bytes), other.text(in: bytes)) }
    return isSame(bytes.extracting(range), bytes.extracting(other.range))
  }

  /// How this string compares with bytes: below 0 when it sorts before them, 0 when it is the same.
  func compare(with text: Span<UInt8>, in bytes: Span<UInt8>) -> Int {
    if has(.escaped) {
      let own = unescaped(in: bytes)
      return order(own.span, text)
    }
    return order(bytes.extracting(range), text)
  }
}

extension JSONNode {
  /// The integer in 64 bits; nil for every other kind of value.
  func integer(in bytes: Span<UInt8>) -> Int64? {
    guard kind == .integer else { return nil }
    var value: Int64 = 0
    let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
    for place in range.dropFirst(isNegative ? 1 : 0) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      // Downwards, since there is one more negative number than positive ones.
      let (sum, again) = product.subtractingReportingOverflow(Int64(bytes[place] - UInt8(ascii: "0")))
      if overflow || again { return nil }
      value = sum
    }
    if isNegative { return value }
    let (positive, overflow) = Int64(0).subtractingReportingOverflow(value)
    return overflow ? nil : positive
  }
}

// The same for callers that hold the document's bytes.
extension JSONNode {
  func text(in bytes: [UInt8]) -> String { text(in: bytes.span) }
  func unescaped(in bytes: [UInt8]) -> [UInt8] { unescaped(in: bytes.span) }
  func isAfter(_ other: JSONNode, in bytes: [UInt8]) -> Bool { isAfter(other, in: bytes.span) }
  func integer(in bytes: [UInt8]) -> Int64? { integer(in: bytes.span) }
  func compare(with text: Span<UInt8>, in bytes: [UInt8]) -> Int { compare(with: text, in: bytes.span) }
}

/// Whether one sequence of bytes sorts before another.
func precedes(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool { order(a, b) < 0 }

/// Whether two sequences of bytes are the same.
func isSame(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool { a.count == b.count && order(a, b) == 0 }

/// Compares two sequences of bytes: below 0 when the first sorts before the second, 0 when they are the same.
func order(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
  let shared = min(a.count, b.count)
  for index in 0..<shared {
    let x = a[index]
    let y = b[index]
    if x != y { return x < y ? -1 : 1 }
  }
  return a.count - b.count
}
