/// An object in a ``JSONDocument``, decoded member by member when it is asked for.
public struct JSONObjectView: Sendable {
  /// The document in which the object stands.
  public let document: JSONDocument
  let place: Int

  /// One member.
  public struct Member: Sendable {
    let document: JSONDocument
    let place: Int

    /// The key, unescaped.
    public var key: String { document.nodes[place].text(in: document.bytes) }
    /// The value under the key.
    public var value: JSONView { JSONView(document: document, place: place + 1) }
  }

  /// The number of members.
  public var count: Int {
    var count = 0
    forEachMember { _ in count += 1 }
    return count
  }

  /// Whether there are no members.
  public var isEmpty: Bool { document.nodes[place].next == place + 1 }

  /// The keys in written order.
  public var keys: [String] { members.map(\.key) }

  /// The members in written order.
  public var members: [Member] {
    var members: [Member] = []
    forEachMember { members.append($0) }
    return members
  }

  /// Calls a closure with each member in written order.
  public func forEachMember<Failure: Error>(_ body: (Member) throws(Failure) -> Void) throws(Failure) {
    let end = document.nodes[place].next
    var next = place + 1
    while next < end {
      try body(Member(document: document, place: next))
      next = document.nodes[next + 1].next
    }
  }

  /// Calls a closure with each member whose value does not pass a check; the check sees it where it stands, so that a
  /// long list of regular entries costs next to nothing.
  public func forEachMember<Failure: Error>(
    failing check: (JSONCursor, Span<JSONNode>, Span<UInt8>) -> Bool, _ body: (Member) throws(Failure) -> Void
  ) throws(Failure) {
    let (array, text) = (document.nodes, document.bytes)
    let (nodes, bytes) = (array.span, text.span)
    let end = nodes[place].next
    var next = place + 1
    while next < end {
      if !check(JSONCursor(place: next + 1), nodes, bytes) { try body(Member(document: document, place: next)) }
      next = nodes[next + 1].next
    }
  }

  /// The value under a key, found by walking; use a ``JSONIndex`` to ask a large object often.
  public subscript(key: String) -> JSONView? {
    let text = key.utf8Span.span
    let array = document.bytes
    let bytes = array.span
    let end = document.nodes[place].next
    var next = place + 1
    while next < end {
      if document.nodes[next].compare(with: text, in: bytes) == 0 {
        return JSONView(document: document, place: next + 1)
      }
      next = document.nodes[next + 1].next
    }
    return nil
  }

  /// The object taken apart, with everything in it.
  public var value: JSON.Object {
    var members: [JSON.Object.Member] = []
    forEachMember { members.append(JSON.Object.Member(key: $0.key, value: $0.value.value)) }
    return JSON.Object(distinct: members)
  }
}

/// The members of a large object in the order of their keys, to be found by halving.
public struct JSONIndex: Sendable {
  /// The object.
  public let object: JSONObjectView
  /// Where the keys stand, in their order.
  let places: [UInt32]

  /// Orders the members of an object; nothing is compared when they are in order already.
  public init(_ object: JSONObjectView) {
    self.object = object
    let document = object.document
    var places: [UInt32] = []
    let end = document.nodes[object.place].next
    var next = object.place + 1
    while next < end {
      places.append(UInt32(truncatingIfNeeded: next))
      next = document.nodes[next + 1].next
    }
    if !document.nodes[object.place].has(.sorted) {
      places.sort { document.nodes[Int($1)].isAfter(document.nodes[Int($0)], in: document.bytes) }
    }
    self.places = places
  }

  /// The number of members.
  public var count: Int { places.count }

  /// The value under a key.
  public subscript(key: String) -> JSONView? {
    let text = key.utf8Span.span
    let document = object.document
    var (low, high) = (0, places.count)
    while low < high {
      let middle = low + (high - low) / 2
      let place = Int(places[middle])
      let order = document.nodes[place].compare(with: text, in: document.bytes)
      if order == 0 { return JSONView(document: document, place: place + 1) }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return nil
  }

  /// Calls a closure with each member and the one under the same key in another index, if there is one; in the order of
  /// the keys.
  public func forEachMember<Failure: Error>(
    besides other: JSONIndex, _ body: (JSONObjectView.Member, JSONView?) throws(Failure) -> Void
  ) throws(Failure) {
    var next = 0
    for place in places {
      let member = JSONObjectView.Member(document: object.document, place: Int(place))
      let key = object.document.nodes[Int(place)]
      var found: JSONView?
      while next < other.places.count {
        let candidate = Int(other.places[next])
        let order = other.order(of: candidate, to: key, of: object.document)
        if order == 0 { found = JSONView(document: other.object.document, place: candidate + 1) }
        if order >= 0 { break }
        next += 1
      }
      try body(member, found)
    }
  }

  private func order(of place: Int, to key: JSONNode, of document: JSONDocument) -> Int {
    let own = object.document
    if key.has(.escaped) {
      let text = key.unescaped(in: document.bytes)
      return own.nodes[place].compare(with: text.span, in: own.bytes)
    }
    let bytes = document.bytes
    return own.nodes[place].compare(with: bytes.span.extracting(key.range), in: own.bytes)
  }
}

// Two views are the same when their values are, wherever they stand.
extension JSONObjectView: Hashable {
  /// Compares the values.
  public static func == (left: JSONObjectView, right: JSONObjectView) -> Bool { left.value == right.value }

  /// Hashes in agreement with `==`.
  public func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

extension JSONIndex: Hashable {
  /// Compares the objects.
  public static func == (left: JSONIndex, right: JSONIndex) -> Bool { left.object == right.object }

  /// Hashes in agreement with `==`.
  public func hash(into hasher: inout Hasher) { hasher.combine(object) }
}
