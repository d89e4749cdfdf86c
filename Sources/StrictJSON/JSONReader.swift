extension JSON {
  /// Reads one value from bytes and refuses everything that two readers could understand differently.
  ///
  /// Refused are: a byte order mark, invalid UTF-8, unpaired surrogates, duplicate keys, bare control characters, data
  /// after the value, and whatever exceeds the limits (RFC 8259 with the interoperability advice of RFC 7493).
  ///
  /// - Throws: ``JSONError`` with the offset of the first fault.
  public static func parse(_ bytes: [UInt8], limits: JSONLimits = .metadata) throws(JSONError) -> JSON {
    guard bytes.count <= limits.maxBytes else {
      throw .tooLarge(limit: limits.maxBytes, offered: bytes.count)
    }
    var reader = JSONReader(bytes: bytes, limits: limits)
    return try reader.document()
  }

  /// Reads an object, and hands the elements of one of its arrays out one by one instead of keeping them.
  ///
  /// For files whose one long list would otherwise be in memory twice: as these values, and as what is made of them.
  /// In the result that array is empty. Everything else is as in ``parse(_:limits:)``.
  ///
  /// - Parameters:
  ///   - key: The member of the outermost object whose array is handed out.
  ///   - visit: Takes the elements in their order; what follows the last one may still be refused.
  /// - Throws: ``JSONError`` with the offset of the first fault.
  public static func parse(
    _ bytes: [UInt8], limits: JSONLimits, passing key: String, to visit: @escaping (JSON) -> Void
  ) throws(JSONError) -> JSON {
    guard bytes.count <= limits.maxBytes else {
      throw .tooLarge(limit: limits.maxBytes, offered: bytes.count)
    }
    var reader = JSONReader(bytes: bytes, limits: limits)
    reader.passing = (key, visit)
    return try reader.document()
  }
}

/// A recursive reader over bytes; its depth is bounded by the limits.
struct JSONReader {
  let bytes: [UInt8]
  let limits: JSONLimits
  var offset = 0
  /// The array of the outermost object that is handed out instead of kept.
  fileprivate var passing: (key: String, visit: (JSON) -> Void)?
  private var members = 0
  private var depth = 0

  init(bytes: [UInt8], limits: JSONLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  mutating func document() throws(JSONError) -> JSON {
    let value = try value()
    skipSpace()
    guard offset == bytes.count else { throw .trailingData(offset: offset) }
    return value
  }

  private mutating func value() throws(JSONError) -> JSON {
    skipSpace()
    switch try peek() {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case let byte: throw .unexpectedByte(byte, offset: offset)
    }
  }

  private mutating func array() throws(JSONError) -> [JSON] {
    var elements: [JSON] = []
    try array { elements.append($0) }
    return elements
  }

  private mutating func array(_ take: (JSON) -> Void) throws(JSONError) {
    try enter()
    skipSpace()
    if try peek() == UInt8(ascii: "]") { return leave() }
    while true {
      try count()
      take(try value())
      if try !another(closing: UInt8(ascii: "]")) { return }
    }
  }

  /// The value of a member, unless it is the array that is handed out.
  private mutating func value(under key: String) throws(JSONError) -> JSON {
    guard depth == 1, let passing, sameBytes(key, passing.key) else { return try value() }
    skipSpace()
    guard try peek() == UInt8(ascii: "[") else { return try value() }
    try array(passing.visit)
    return .array([])
  }

  private mutating func object() throws(JSONError) -> Object {
    try enter()
    var object = ObjectBuilder()
    skipSpace()
    if try peek() == UInt8(ascii: "}") {
      leave()
      return Object()
    }
    while true {
      try count()
      skipSpace()
      let start = offset
      let first = try peek()
      guard first == UInt8(ascii: "\"") else { throw .unexpectedByte(first, offset: offset) }
      let key = try string()
      guard object.reserve(key) else { throw .duplicateKey(key, offset: start) }
      skipSpace()
      let separator = try peek()
      guard separator == UInt8(ascii: ":") else { throw .unexpectedByte(separator, offset: offset) }
      offset += 1
      object.members.append(Object.Member(key: key, value: try value(under: key)))
      if try !another(closing: UInt8(ascii: "}")) { return object.finished() }
    }
  }

  private typealias Object = JSON.Object

  /// Steps over a comma (true) or the closing bracket (false).
  private mutating func another(closing: UInt8) throws(JSONError) -> Bool {
    skipSpace()
    let byte = try peek()
    if byte == UInt8(ascii: ",") {
      offset += 1
      return true
    }
    guard byte == closing else { throw .unexpectedByte(byte, offset: offset) }
    leave()
    return false
  }

  private mutating func enter() throws(JSONError) {
    guard depth < limits.maxDepth else { throw .tooDeep(limit: limits.maxDepth, offset: offset) }
    depth += 1
    offset += 1
  }

  private mutating func leave() {
    depth -= 1
    offset += 1
  }

  private mutating func count() throws(JSONError) {
    members += 1
    guard members <= limits.maxMembers else { throw .tooManyMembers(limit: limits.maxMembers, offset: offset) }
  }

  private mutating func literal(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    for expected in text.description.utf8 {
      let byte = try peek()
      guard byte == expected else { throw .unexpectedByte(byte, offset: offset) }
      offset += 1
    }
    return value
  }

  func peek() throws(JSONError) -> UInt8 {
    guard offset < bytes.count else { throw .unexpectedEnd(offset: bytes.count) }
    return bytes[offset]
  }

  private mutating func skipSpace() {
    while offset < bytes.count {
      let byte = bytes[offset]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      offset += 1
    }
  }
}

/// Collects members and notices a key that comes twice; a dictionary is made only for large objects.
private struct ObjectBuilder {
  var members: [JSON.Object.Member] = []
  private var index: [ExactString: Int]?

  init() {}

  /// Notes the key of the member that will be appended next; false when it is there already.
  mutating func reserve(_ key: String) -> Bool {
    if index == nil {
      if members.count < JSON.Object.smallCount {
        for member in members where sameBytes(member.key, key) { return false }
        return true
      }
      var made: [ExactString: Int] = [:]
      for (place, member) in members.enumerated() { made[ExactString(member.key)] = place }
      index = made
    }
    return index?.updateValue(members.count, forKey: ExactString(key)) == nil
  }

  func finished() -> JSON.Object {
    JSON.Object(distinct: members, index: index)
  }
}
