/// The place of a value, for checks that visit tens of thousands of them: it holds nothing and copies nothing, so that
/// the document's nodes and bytes are handed to every question.
public struct JSONCursor: Sendable {
  let place: Int

  /// The integer in 64 bits; nil for every other kind of value.
  public func integer(_ nodes: Span<JSONNode>, _ bytes: Span<UInt8>) -> Int64? {
    nodes[place].integer(in: bytes)
  }

  /// Whether the value is an object.
  public func isObject(_ nodes: Span<JSONNode>) -> Bool { nodes[place].kind == .object }

  /// The value under a key of an object; nil for every other kind of value.
  public func member(_ key: Span<UInt8>, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>) -> JSONCursor? {
    guard isObject(nodes) else { return nil }
    let end = nodes[place].next
    var next = place + 1
    while next < end {
      if nodes[next].compare(with: key, in: bytes) == 0 { return JSONCursor(place: next + 1) }
      next = nodes[next + 1].next
    }
    return nil
  }

  /// Whether the value is an object with exactly one member.
  public func hasOneMember(_ nodes: Span<JSONNode>) -> Bool {
    let node = nodes[place]
    guard node.kind == .object, node.next > place + 1 else { return false }
    return nodes[place + 2].next == node.next
  }

  /// Whether the value is a string of so many lower-case hexadecimal digits, written without escapes.
  public func isHexadecimal(count: Int, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>) -> Bool {
    let node = nodes[place]
    guard node.kind == .string, !node.has(.escaped), node.range.count == count else { return false }
    let text = bytes.extracting(node.range)
    var start = 0
    while text.count - start >= 8 {
      guard ByteWord(text, at: start).isHexadecimal else { return false }
      start += 8
    }
    for index in start..<text.count {
      let byte = text[index]
      let isDigit = byte <= UInt8(ascii: "9") && byte >= UInt8(ascii: "0")
      if !isDigit, byte < UInt8(ascii: "a") || byte > UInt8(ascii: "f") { return false }
    }
    return true
  }
}
