extension JSON {
  /// Reads an object, and hands the elements of one of its arrays out one by one instead of keeping them.
  ///
  /// For files whose one long list would otherwise be in memory twice: as these values, and as what is made of them.
  /// In the result that array is empty. Everything else is as in ``parse(_:limits:)``.
  ///
  /// - Parameters:
  ///   - key: The member of the outermost object whose array is handed out.
  ///   - visit: Takes the elements in their order.
  /// - Throws: ``JSONError`` with the offset of the first fault, before the first element is handed out.
  public static func parse(
    _ bytes: [UInt8], limits: JSONLimits, passing key: String, to visit: (JSON) -> Void
  ) throws(JSONError) -> JSON {
    let root = try JSONDocument(bytes, limits: limits).root
    guard let object = root.objectValue else { return root.value }
    var rest = Object()
    for member in object.members {
      if sameBytes(member.key, key), member.value.forEachElement({ visit($0.value) }) {
        rest.set(key, .array([]))
      } else {
        rest.set(member.key, member.value.value)
      }
    }
    return .object(rest)
  }
}

extension JSONView {
  /// Calls a closure with each element of an array in its order; false for every other kind of value.
  func forEachElement(_ body: (JSONView) -> Void) -> Bool {
    let node = document.nodes[place]
    guard node.kind == .array else { return false }
    var next = place + 1
    while next < node.next {
      body(JSONView(document: document, place: next))
      next = document.nodes[next].next
    }
    return true
  }
}
