extension JSONView {
  /// The canonical form that TUF signatures cover; see ``JSON/canonicalBytes(numbers:)``.
  ///
  /// Nothing is decoded: what stands in canonical form already is copied, which of most signed files is nearly all.
  ///
  /// - Throws: ``JSONError/notCanonical(number:)`` for a number with fraction or exponent.
  public func canonicalBytes() throws(JSONError) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(document.nodes[place].range.count)
    try appendCanonical(document.nodes[place], place, to: &output)
    return output
  }

  private func appendCanonical(_ node: JSONNode, _ place: Int, to output: inout [UInt8]) throws(JSONError) {
    switch node.kind {
    case .string: append(string: node, to: &output)
    case .number: throw .notCanonical(number: node.text(in: document.bytes))
    case _ where node.has(.canonical): output.append(contentsOf: document.bytes[node.range])
    // The one integer whose text is not its canonical form.
    case .integer: output.append(UInt8(ascii: "0"))
    case .null, .bool: output.append(contentsOf: document.bytes[node.range])
    case .array: try append(array: node, place, to: &output)
    case .object: try append(object: node, place, to: &output)
    }
  }

  private func append(string node: JSONNode, to output: inout [UInt8]) {
    if !node.has(.escaped) {
      output.append(contentsOf: document.bytes[node.range.lowerBound - 1..<node.range.upperBound + 1])
      return
    }
    output.append(UInt8(ascii: "\""))
    for byte in node.unescaped(in: document.bytes) {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { output.append(UInt8(ascii: "\\")) }
      output.append(byte)
    }
    output.append(UInt8(ascii: "\""))
  }

  private func append(array node: JSONNode, _ place: Int, to output: inout [UInt8]) throws(JSONError) {
    output.append(UInt8(ascii: "["))
    var next = place + 1
    for index in 0..<node.count {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      let element = document.nodes[next]
      try appendCanonical(element, next, to: &output)
      next = Int(element.next)
    }
    output.append(UInt8(ascii: "]"))
  }

  private func append(object node: JSONNode, _ place: Int, to output: inout [UInt8]) throws(JSONError) {
    output.append(UInt8(ascii: "{"))
    if node.has(.sorted) {
      var next = place + 1
      for index in 0..<node.count {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        try append(member: next, to: &output)
        next = Int(document.nodes[next + 1].next)
      }
    } else {
      try JSONIndex(JSONObjectView(document: document, place: place)).forEachPlace { (key, index) throws(JSONError) in
        if index > 0 { output.append(UInt8(ascii: ",")) }
        try append(member: key, to: &output)
      }
    }
    output.append(UInt8(ascii: "}"))
  }

  private func append(member key: Int, to output: inout [UInt8]) throws(JSONError) {
    append(string: document.nodes[key], to: &output)
    output.append(UInt8(ascii: ":"))
    try appendCanonical(document.nodes[key + 1], key + 1, to: &output)
  }
}
