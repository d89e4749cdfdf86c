extension JSON {
  /// Ordinary JSON text in UTF-8 with the members in their own order.
  ///
  /// - Parameter pretty: Two spaces of indentation and one member a line, for files that people read; otherwise no
  ///   white space.
  public func serialized(pretty: Bool = false) -> [UInt8] {
    var output: [UInt8] = []
    append(to: &output, pretty: pretty, depth: 0)
    if pretty { output.append(UInt8(ascii: "\n")) }
    return output
  }

  /// The same text as a string.
  public func text(pretty: Bool = false) -> String {
    String(decoding: serialized(pretty: pretty), as: UTF8.self)
  }

  private func append(to output: inout [UInt8], pretty: Bool, depth: Int) {
    switch self {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): output.append(contentsOf: String(value).utf8)
    case .number(let text): output.append(contentsOf: text.utf8)
    case .string(let text): Self.append(text, to: &output)
    case .array(let values):
      output.append(UInt8(ascii: "["))
      for (place, value) in values.enumerated() {
        if place > 0 { output.append(UInt8(ascii: ",")) }
        Self.newLine(to: &output, pretty: pretty, depth: depth + 1)
        value.append(to: &output, pretty: pretty, depth: depth + 1)
      }
      if !values.isEmpty { Self.newLine(to: &output, pretty: pretty, depth: depth) }
      output.append(UInt8(ascii: "]"))
    case .object(let object):
      output.append(UInt8(ascii: "{"))
      for (place, member) in object.members.enumerated() {
        if place > 0 { output.append(UInt8(ascii: ",")) }
        Self.newLine(to: &output, pretty: pretty, depth: depth + 1)
        Self.append(member.key, to: &output)
        output.append(UInt8(ascii: ":"))
        if pretty { output.append(UInt8(ascii: " ")) }
        member.value.append(to: &output, pretty: pretty, depth: depth + 1)
      }
      if !object.isEmpty { Self.newLine(to: &output, pretty: pretty, depth: depth) }
      output.append(UInt8(ascii: "}"))
    }
  }

  private static func newLine(to output: inout [UInt8], pretty: Bool, depth: Int) {
    guard pretty else { return }
    output.append(UInt8(ascii: "\n"))
    output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
  }

  private static func append(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    let bytes = text.utf8Span.span
    for index in bytes.indices {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case 0x0A: output.append(contentsOf: "\\n".utf8)
      case 0x0D: output.append(contentsOf: "\\r".utf8)
      case 0x09: output.append(contentsOf: "\\t".utf8)
      case 0..<0x20, 0x7F:
        let digits = String(byte, radix: 16)
        output.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8)
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}

extension JSON: CustomStringConvertible {
  /// The value as compact JSON text.
  public var description: String { text() }
}
