/// Reads a document from front to end and notes where everything stands; its depth is bounded by the limits.
///
/// The one place that decides what is acceptable JSON. It copies nothing: values are decoded when they are asked for.
struct JSONScanner {
  let limits: JSONLimits
  var nodes: [JSONNode] = []
  var offset = 0
  /// How much was read that the canonical form writes otherwise: white space, escapes, unsorted keys.
  var blemishes = 0
  private var members = 0
  private var depth = 0

  init(limits: JSONLimits) {
    self.limits = limits
  }

  mutating func document(_ bytes: Span<UInt8>) throws(JSONError) {
    // A guess for indented metadata; it is foreign input, but its size has been limited.
    nodes.reserveCapacity(bytes.count / 16 + 8)
    try value(bytes)
    skipSpace(bytes)
    guard offset == bytes.count else { throw .trailingData(offset: offset) }
  }

  private mutating func value(_ bytes: Span<UInt8>) throws(JSONError) {
    skipSpace(bytes)
    switch try peek(bytes) {
    case UInt8(ascii: "\""): try string(bytes)
    case UInt8(ascii: "{"): try object(bytes)
    case UInt8(ascii: "["): try array(bytes)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number(bytes)
    case UInt8(ascii: "t"): try literal("true", .bool, bytes)
    case UInt8(ascii: "f"): try literal("false", .bool, bytes)
    case UInt8(ascii: "n"): try literal("null", .null, bytes)
    case let byte: throw .unexpectedByte(byte, offset: offset)
    }
  }

  private mutating func array(_ bytes: Span<UInt8>) throws(JSONError) {
    let place = nodes.count
    let before = blemishes
    try enter(.array)
    skipSpace(bytes)
    if try peek(bytes) == UInt8(ascii: "]") {
      leave()
    } else {
      repeat {
        try count()
        try value(bytes)
      } while try another(closing: UInt8(ascii: "]"), bytes)
    }
    close(place, traits: blemishes == before ? .canonical : [])
  }

  private mutating func object(_ bytes: Span<UInt8>) throws(JSONError) {
    let place = nodes.count
    let before = blemishes
    try enter(.object)
    var keys = KeyWatch()
    skipSpace(bytes)
    if try peek(bytes) == UInt8(ascii: "}") {
      leave()
    } else {
      repeat {
        try count()
        skipSpace(bytes)
        let start = offset
        let first = try peek(bytes)
        guard first == UInt8(ascii: "\"") else { throw .unexpectedByte(first, offset: offset) }
        let key = nodes.count
        try string(bytes)
        guard keys.isNew(nodes[key], at: key, nodes: nodes, bytes) else {
          throw .duplicateKey(nodes[key].text(in: bytes), offset: start)
        }
        skipSpace(bytes)
        let separator = try peek(bytes)
        guard separator == UInt8(ascii: ":") else { throw .unexpectedByte(separator, offset: offset) }
        offset += 1
        try value(bytes)
      } while try another(closing: UInt8(ascii: "}"), bytes)
    }
    if !keys.areSorted { blemishes += 1 }
    let traits: JSONNode.Traits = blemishes == before ? [.canonical, .sorted] : keys.areSorted ? .sorted : []
    close(place, traits: traits)
  }

  /// Steps over a comma (true) or the closing bracket (false).
  private mutating func another(closing: UInt8, _ bytes: Span<UInt8>) throws(JSONError) -> Bool {
    skipSpace(bytes)
    let byte = try peek(bytes)
    if byte == UInt8(ascii: ",") {
      offset += 1
      return true
    }
    guard byte == closing else { throw .unexpectedByte(byte, offset: offset) }
    leave()
    return false
  }

  private mutating func enter(_ kind: JSONNode.Kind) throws(JSONError) {
    guard depth < limits.maxDepth else { throw .tooDeep(limit: limits.maxDepth, offset: offset) }
    nodes.append(JSONNode(kind, offset..<offset))
    depth += 1
    offset += 1
  }

  private mutating func leave() {
    depth -= 1
    offset += 1
  }

  private mutating func close(_ place: Int, traits: JSONNode.Traits) {
    nodes[place].close(end: offset, next: nodes.count, traits: traits)
  }

  private mutating func count() throws(JSONError) {
    members += 1
    guard members <= min(limits.maxMembers, JSONNode.largestCount) else {
      throw .tooManyMembers(limit: limits.maxMembers, offset: offset)
    }
  }

  func peek(_ bytes: Span<UInt8>) throws(JSONError) -> UInt8 {
    guard offset < bytes.count else { throw .unexpectedEnd(offset: bytes.count) }
    return bytes[offset]
  }

  private mutating func skipSpace(_ bytes: Span<UInt8>) {
    let start = offset
    while offset < bytes.count {
      let byte = bytes[offset]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
      offset += 1
    }
    if offset > start { blemishes += 1 }
  }
}

/// Notices a key that comes twice in one object; while the keys ascend, a look at the last one is enough.
private struct KeyWatch {
  private(set) var count = 0
  private(set) var areSorted = true
  private var first = 0
  private var last = JSONNode(.string, 0..<0)
  /// Kept only for large objects whose keys do not ascend.
  private var seen: Set<ExactString>?

  /// Up to this many keys a linear search beats a set.
  private static let smallCount = 12

  mutating func isNew(_ key: JSONNode, at place: Int, nodes: [JSONNode], _ bytes: Span<UInt8>) -> Bool {
    if count == 0 {
      first = place
    } else if areSorted {
      areSorted = key.isAfter(last, in: bytes)
    }
    let isNew = areSorted || isDifferent(key, nodes: nodes, bytes)
    count += 1
    last = key
    return isNew
  }

  /// Compares a key with all before it.
  private mutating func isDifferent(_ key: JSONNode, nodes: [JSONNode], _ bytes: Span<UInt8>) -> Bool {
    if seen == nil {
      var place = first
      var texts: Set<ExactString> = []
      for _ in 0..<count {
        if count < Self.smallCount {
          if nodes[place].hasSameText(as: key, in: bytes) { return false }
        } else {
          texts.insert(ExactString(nodes[place].text(in: bytes)))
        }
        place = nodes[place + 1].next
      }
      if count < Self.smallCount { return true }
      seen = texts
    }
    return seen?.insert(ExactString(key.text(in: bytes))).inserted ?? false
  }
}
