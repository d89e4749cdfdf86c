/// An object in a ``JSONDocument``, decoded member by member when it is asked for.
public struct JSONObjectView: Sendable {
  let document: JSONDocument
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
  public var count: Int { document.nodes[place].count }

  /// Whether there are no members.
  public var isEmpty: Bool { count == 0 }

  /// The keys in written order.
  public var keys: [String] { members.map(\.key) }

  /// The members in written order.
  public var members: [Member] {
    var members: [Member] = []
    members.reserveCapacity(count)
    forEachMember { members.append($0) }
    return members
  }

  /// Calls a closure with each member in written order.
  public func forEachMember<Failure: Error>(_ body: (Member) throws(Failure) -> Void) throws(Failure) {
    var next = place + 1
    for _ in 0..<count {
      try body(Member(document: document, place: next))
      next = Int(document.nodes[next + 1].next)
    }
  }

  /// The value under a key, found by walking; use a ``JSONIndex`` to ask a large object often.
  public subscript(key: String) -> JSONView? {
    let text = key.utf8Span.span
    let array = document.bytes
    let bytes = array.span
    var next = place + 1
    for _ in 0..<count {
      if document.nodes[next].compare(with: text, in: bytes) == 0 {
        return JSONView(document: document, place: next + 1)
      }
      next = Int(document.nodes[next + 1].next)
    }
    return nil
  }

  /// The object taken apart, with everything in it.
  public var value: JSON.Object {
    var members: [JSON.Object.Member] = []
    members.reserveCapacity(count)
    forEachMember { members.append(JSON.Object.Member(key: $0.key, value: $0.value.value)) }
    return JSON.Object(distinct: members)
  }
}

/// The members of a large object in the order of their keys, to be found by halving.
public struct JSONIndex: Sendable {
  /// The object.
  public let object: JSONObjectView
  /// Where the keys stand, in their order.
  private let places: [UInt32]

  /// Orders the members of an object; nothing is compared when they are in order already.
  public init(_ object: JSONObjectView) {
    self.object = object
    var places: [UInt32] = []
    places.reserveCapacity(object.count)
    object.forEachMember { places.append(UInt32(truncatingIfNeeded: $0.place)) }
    if !object.document.nodes[object.place].has(.sorted) {
      let document = object.document
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

  /// Calls a closure with the place of each key and its number, in the order of the keys.
  func forEachPlace<Failure: Error>(_ body: (Int, Int) throws(Failure) -> Void) throws(Failure) {
    for (index, place) in places.enumerated() { try body(Int(place), index) }
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
