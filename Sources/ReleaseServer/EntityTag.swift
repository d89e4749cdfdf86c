/// A strong validator of one file's bytes (RFC 9110 section 8.8.3), quotes included.
package struct EntityTag: Hashable, Sendable, CustomStringConvertible {
  /// The header's value: `"…"`.
  package let description: String

  /// Makes a tag of text that needs no escaping.
  package init(opaque: String) {
    self.description = "\"\(opaque)\""
  }

  /// Whether an `If-None-Match` header names this tag, so that 304 is the answer.
  ///
  /// The comparison is weak (RFC 9110 section 13.1.2): a cache that marked our tag `W/` still knows these bytes.
  package func isNamed(by header: String) -> Bool {
    if header.trimmingSpaces() == "*" { return true }
    return header.split(separator: ",").contains { item in
      let tag = item.trimmingSpaces()
      return (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag) == description
    }
  }

  /// Whether an `If-Range` header allows a part to be sent: it must be this very tag, strongly.
  ///
  /// A date never allows it: two versions within one second would be mixed.
  package func allowsRange(ifRange header: String?) -> Bool {
    guard let header else { return true }
    return header.trimmingSpaces() == description
  }
}

extension StringProtocol {
  /// The text without spaces and tabs at both ends, the only white space HTTP knows inside a field.
  func trimmingSpaces() -> SubSequence {
    var text = self[...]
    while let first = text.first, first == " " || first == "\t" { text = text.dropFirst() }
    while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
    return text
  }
}
