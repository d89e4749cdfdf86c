extension JSON {
  /// What the canonical form does with a number that is no integer.
  public enum CanonicalNumbers: Hashable, Sendable {
    /// Refuses it, as TUF does.
    case integersOnly
    /// Writes its text as it was read; for digests of values that nobody else computes.
    case verbatim
  }

  /// The canonical form that TUF signatures cover, as securesystemslib writes it (OLPC canonical JSON, not RFC 8785).
  ///
  /// Keys are sorted by code point, there is no white space, only `"` and `\` are escaped, control characters stay as
  /// they are, and numbers are integers. The result is not always valid JSON; never read it back.
  ///
  /// - Throws: ``JSONError/notCanonical(number:)`` for a number with fraction or exponent.
  public func canonicalBytes(numbers: CanonicalNumbers = .integersOnly) throws(JSONError) -> [UInt8] {
    var output: [UInt8] = []
    try appendCanonical(to: &output, numbers: numbers)
    return output
  }

  private func appendCanonical(to output: inout [UInt8], numbers: CanonicalNumbers) throws(JSONError) {
    switch self {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): output.append(contentsOf: String(value).utf8)
    case .number(let text):
      // Integers beyond 64 bits have a canonical form too: their own digits.
      let isInteger = text.utf8.allSatisfy {
        $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }
      guard isInteger || numbers == .verbatim else { throw .notCanonical(number: text) }
      output.append(contentsOf: text.utf8)
    case .string(let text): Self.appendCanonical(text, to: &output)
    case .array(let values):
      output.append(UInt8(ascii: "["))
      for (place, value) in values.enumerated() {
        if place > 0 { output.append(UInt8(ascii: ",")) }
        try value.appendCanonical(to: &output, numbers: numbers)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let object):
      output.append(UInt8(ascii: "{"))
      for (place, member) in object.membersByKey().enumerated() {
        if place > 0 { output.append(UInt8(ascii: ",")) }
        Self.appendCanonical(member.key, to: &output)
        output.append(UInt8(ascii: ":"))
        try member.value.appendCanonical(to: &output, numbers: numbers)
      }
      output.append(UInt8(ascii: "}"))
    }
  }

  private static func appendCanonical(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    let bytes = text.utf8Span.span
    for index in bytes.indices {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { output.append(UInt8(ascii: "\\")) }
      output.append(byte)
    }
    output.append(UInt8(ascii: "\""))
  }
}

extension JSON.Object {
  /// The members sorted by the bytes of their keys; no copy when they are so already, as in most signed files.
  func membersByKey() -> [Member] {
    for index in members.indices.dropFirst() where !bytesPrecede(members[index - 1].key, members[index].key) {
      return members.sorted { bytesPrecede($0.key, $1.key) }
    }
    return members
  }
}
