extension JSONView {
  /// The canonical form that TUF signatures cover; see ``JSON/canonicalBytes(numbers:)``.
  ///
  /// Nothing is decoded: what stands in canonical form already is copied, which of most signed files is nearly all.
  ///
  /// - Throws: ``JSONError/notCanonical(number:)`` for a number with fraction or exponent.
  public func canonicalBytes() throws(JSONError) -> [UInt8] {
    let nodes = document.nodes
    let node = nodes[place]
    if node.has(.canonical), node.kind != .string { return Array(document.bytes[node.range]) }
    var writer = CanonicalWriter(document: document)
    let bytes = document.bytes
    try writer.write(place, nodes.span, bytes.span)
    return writer.finish()
  }
}

/// Writes the canonical form of a value through a small buffer, since most of it comes in pieces of a few bytes.
private struct CanonicalWriter {
  let document: JSONDocument
  private var output: [UInt8] = []
  private var buffer = [UInt8](repeating: 0, count: 4096)
  private var filled = 0

  init(document: JSONDocument) {
    self.document = document
    output.reserveCapacity(document.bytes.count)
  }

  mutating func finish() -> [UInt8] {
    flush()
    return output
  }

  mutating func write(
    _ place: Int, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>
  ) throws(JSONError) {
    let node = nodes[place]
    switch node.kind {
    case .string: write(string: node, bytes)
    case .number: throw .notCanonical(number: node.text(in: bytes))
    case _ where node.has(.canonical): copy(node.range, bytes)
    // The one integer whose text is not its canonical form is "-0".
    case .integer: put(UInt8(ascii: "0"))
    case .null, .bool: copy(node.range, bytes)
    case .array:
      put(UInt8(ascii: "["))
      var next = place + 1
      while next < node.next {
        if next > place + 1 { put(UInt8(ascii: ",")) }
        try write(next, nodes, bytes)
        next = nodes[next].next
      }
      put(UInt8(ascii: "]"))
    case .object:
      put(UInt8(ascii: "{"))
      if node.has(.sorted) {
        var next = place + 1
        while next < node.next {
          if next > place + 1 { put(UInt8(ascii: ",")) }
          try write(member: next, nodes, bytes)
          next = nodes[next + 1].next
        }
      } else {
        for (index, key) in JSONIndex(JSONObjectView(document: document, place: place)).places.enumerated() {
          if index > 0 { put(UInt8(ascii: ",")) }
          try write(member: Int(key), nodes, bytes)
        }
      }
      put(UInt8(ascii: "}"))
    }
  }

  private mutating func write(
    member key: Int, _ nodes: Span<JSONNode>, _ bytes: Span<UInt8>
  ) throws(JSONError) {
    write(string: nodes[key], bytes)
    put(UInt8(ascii: ":"))
    try write(key + 1, nodes, bytes)
  }

  private mutating func write(string node: JSONNode, _ bytes: Span<UInt8>) {
    if !node.has(.escaped) {
      copy(node.range.lowerBound - 1..<node.range.upperBound + 1, bytes)
      return
    }
    put(UInt8(ascii: "\""))
    for byte in node.unescaped(in: bytes) {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { put(UInt8(ascii: "\\")) }
      put(byte)
    }
    put(UInt8(ascii: "\""))
  }

  private mutating func copy(_ range: Range<Int>, _ bytes: Span<UInt8>) {
    guard range.count <= buffer.count else {
      flush()
      output.append(contentsOf: document.bytes[range])
      return
    }
    if filled + range.count > buffer.count { flush() }
    let source = bytes.extracting(range)
    let end = filled
    filled += range.count
    var target = buffer.mutableSpan
    for index in source.indices { target[end + index] = source[index] }
  }

  private mutating func put(_ byte: UInt8) {
    if filled == buffer.count { flush() }
    buffer[filled] = byte
    filled += 1
  }

  private mutating func flush() {
    output.append(contentsOf: buffer[..<filled])
    filled = 0
  }
}
