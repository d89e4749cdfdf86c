// Questions about strings where they stand. A string with escapes is never what is asked for: whoever asks has a slower
// way to find out.
extension JSONCursor {
  /// Whether the value is a string of so many bytes, all of them in a set, written without escapes.
  public func isPlain(
    _ lengths: ClosedRange<Int>, of allowed: ByteSet, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>
  ) -> Bool {
    let node = nodes[place]
    guard node.kind == .string, !node.has(.escaped), lengths.contains(node.range.count) else { return false }
    for index in node.range where !allowed.contains(bytes[index]) { return false }
    return true
  }

  /// Whether the value is this text, written without escapes.
  public func isPlain(_ text: Span<UInt8>, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>) -> Bool {
    let node = nodes[place]
    guard node.kind == .string, !node.has(.escaped) else { return false }
    return isSame(bytes.extracting(node.range), text)
  }

  /// Whether one string sorts behind another, by unescaped bytes.
  public func isAfter(_ other: JSONCursor, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>) -> Bool {
    nodes[place].isAfter(nodes[other.place], in: bytes)
  }

  /// Whether a text may begin with this string up to the first of its wildcards; a string with escapes always may.
  public func mayLead(
    to text: Span<UInt8>, wildcards: ByteSet, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>
  ) -> Bool {
    let node = nodes[place]
    guard node.kind == .string, !node.has(.escaped) else { return true }
    var at = 0
    for index in node.range {
      let byte = bytes[index]
      if wildcards.contains(byte) { return true }
      guard at < text.count, text[at] == byte else { return false }
      at += 1
    }
    return at == text.count
  }

  /// Whether the value is a string.
  public func isString(_ nodes: Span<JSONNode>) -> Bool { nodes[place].kind == .string }

  /// Whether the value is a Boolean.
  public func isBool(_ nodes: Span<JSONNode>) -> Bool { nodes[place].kind == .bool }

  /// Whether the value is an object in which every value is a string.
  public func holdsOnlyStrings(_ nodes: Span<JSONNode>) -> Bool {
    guard isObject(nodes) else { return false }
    let end = nodes[place].next
    var next = place + 1
    while next < end {
      guard nodes[next + 1].kind == .string else { return false }
      next = nodes[next + 1].next
    }
    return true
  }

  /// Whether the value is an array in which every element passes a check.
  public func allElements(
    _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>,
    pass check: (JSONCursor, Span<JSONNode>, Span<UInt8>) -> Bool
  ) -> Bool {
    guard nodes[place].kind == .array else { return false }
    let end = nodes[place].next
    var next = place + 1
    while next < end {
      guard check(JSONCursor(place: next), nodes, bytes) else { return false }
      next = nodes[next].next
    }
    return true
  }
}

extension JSONView {
  /// The elements of an array that pass a check, which sees them where they stand; nil for every other kind of value.
  public func elements(
    passing check: (JSONCursor, Span<JSONNode>, Span<UInt8>) -> Bool
  ) -> [JSONView]? {
    let (array, text) = (document.nodes, document.bytes)
    let (nodes, bytes) = (array.span, text.span)
    guard nodes[place].kind == .array else { return nil }
    let end = nodes[place].next
    var found: [JSONView] = []
    var next = place + 1
    while next < end {
      if check(JSONCursor(place: next), nodes, bytes) { found.append(JSONView(document: document, place: next)) }
      next = nodes[next].next
    }
    return found
  }
}

extension JSONIndex {
  /// Whether there is a member whose key is the text of a string, which stands in the same document without escapes.
  public func contains(_ text: JSONCursor, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>) -> Bool {
    let node = nodes[text.place]
    guard node.kind == .string, !node.has(.escaped) else { return false }
    let wanted = bytes.extracting(node.range)
    var (low, high) = (0, places.count)
    while low < high {
      let middle = low + (high - low) / 2
      let order = nodes[Int(places[middle])].compare(with: wanted, in: bytes)
      if order == 0 { return true }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return false
  }
}
