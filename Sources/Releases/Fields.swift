internal import Signing
internal import StrictJSON

/// The members of a JSON object, read strictly: each getter checks kind and limits and names the field in its error.
struct Fields {
  /// The longest text of a field that has no limit of its own, in bytes.
  static let maxText = 4096

  let object: JSON.Object
  /// The path of the object without its index, so that reading many objects builds no texts.
  private let base: String
  private let index: Int?

  init(_ json: JSON, at base: String, index: Int? = nil) throws(ReleaseError) {
    guard case .object(let object) = json else {
      throw ReleaseError(Fields.path(base, index), .wrongKind(offered: json.kindName, needed: "an object"))
    }
    self.object = object
    self.base = base
    self.index = index
  }

  /// The whole of a document, parsed within limits.
  init(document bytes: [UInt8], named name: String, limits: JSONLimits) throws(ReleaseError) {
    try self.init(named: name) { () throws(JSONError) in try JSON.parse(bytes, limits: limits) }
  }

  /// The same for a document with one long list, whose elements are handed out one by one and not kept.
  init(
    document bytes: [UInt8], named name: String, limits: JSONLimits, passing key: String,
    to visit: (JSON) -> Void
  ) throws(ReleaseError) {
    try self.init(named: name) { () throws(JSONError) in
      try JSON.parse(bytes, limits: limits, passing: key, to: visit)
    }
  }

  private init(named name: String, _ parse: () throws(JSONError) -> JSON) throws(ReleaseError) {
    let json: JSON
    do throws(JSONError) {
      json = try parse()
    } catch {
      throw ReleaseError(name, .unreadable(error.description))
    }
    guard case .object(let object) = json else {
      throw ReleaseError(name, .wrongKind(offered: json.kindName, needed: "an object"))
    }
    self.object = object
    self.base = ""
    self.index = nil
  }

  private static func path(_ base: String, _ index: Int?) -> String {
    guard let index else { return base }
    return "\(base)[\(index)]"
  }

  /// The path of a member, for errors.
  func path(_ key: String) -> String {
    let own = Fields.path(base, index)
    return own.isEmpty ? key : own + "." + key
  }

  func error(_ key: String, _ problem: ReleaseError.Problem) -> ReleaseError { ReleaseError(path(key), problem) }

  func has(_ key: String) -> Bool { object[key] != nil }

  func required(_ key: String) throws(ReleaseError) -> JSON {
    guard let value = object[key] else { throw error(key, .missing) }
    return value
  }

  func wrongKind(_ key: String, _ value: JSON, needed: String) -> ReleaseError {
    error(key, .wrongKind(offered: value.kindName, needed: needed))
  }

  func string(_ key: String, limit: Int = maxText) throws(ReleaseError) -> String {
    let value = try required(key)
    guard case .string(let text) = value else { throw wrongKind(key, value, needed: "a text") }
    guard text.utf8.count <= limit else { throw error(key, .tooLong(offered: text.utf8.count, limit: limit)) }
    return text
  }

  func optionalString(_ key: String, limit: Int = maxText) throws(ReleaseError) -> String? {
    has(key) ? try string(key, limit: limit) : nil
  }

  func integer(_ key: String, in range: ClosedRange<Int64>) throws(ReleaseError) -> Int64 {
    let value = try required(key)
    guard case .integer(let number) = value else { throw wrongKind(key, value, needed: "a whole number") }
    guard range.contains(number) else {
      throw error(key, .outOfRange(offered: number, minimum: range.lowerBound, maximum: range.upperBound))
    }
    return number
  }

  func optionalInteger(_ key: String, in range: ClosedRange<Int64>) throws(ReleaseError) -> Int64? {
    has(key) ? try integer(key, in: range) : nil
  }

  func bool(_ key: String, default fallback: Bool) throws(ReleaseError) -> Bool {
    guard let value = object[key] else { return fallback }
    guard case .bool(let answer) = value else { throw wrongKind(key, value, needed: "true or false") }
    return answer
  }

  func digest(_ key: String) throws(ReleaseError) -> SHA256Digest {
    let text = try string(key)
    guard let digest = SHA256Digest(hex: text) else {
      throw error(key, .invalid(offered: text, rule: "be a SHA-256 digest of 64 lower-case hexadecimal characters"))
    }
    return digest
  }

  func timestamp(_ key: String) throws(ReleaseError) -> Timestamp {
    let text = try string(key)
    guard let timestamp = Timestamp(text) else {
      throw error(key, .invalid(offered: text, rule: Timestamp.rule))
    }
    return timestamp
  }

  func array(_ key: String, limit: Int) throws(ReleaseError) -> [JSON] {
    let value = try required(key)
    guard case .array(let members) = value else { throw wrongKind(key, value, needed: "a list") }
    guard members.count <= limit else { throw error(key, .tooMany(offered: members.count, limit: limit)) }
    return members
  }

  /// The members of a list; none where the field is absent.
  func optionalArray(_ key: String, limit: Int) throws(ReleaseError) -> [JSON] {
    has(key) ? try array(key, limit: limit) : []
  }

  /// The texts of a list; none where the field is absent.
  func strings(_ key: String, limit: Int, maxText: Int = Fields.maxText) throws(ReleaseError) -> [String] {
    var texts: [String] = []
    for (position, value) in try optionalArray(key, limit: limit).enumerated() {
      guard case .string(let text) = value else {
        throw error("\(key)[\(position)]", .wrongKind(offered: value.kindName, needed: "a text"))
      }
      guard text.utf8.count <= maxText else {
        throw error("\(key)[\(position)]", .tooLong(offered: text.utf8.count, limit: maxText))
      }
      texts.append(text)
    }
    return texts
  }

  func fields(_ key: String) throws(ReleaseError) -> Fields {
    try Fields(required(key), at: path(key))
  }

  func optionalFields(_ key: String) throws(ReleaseError) -> Fields? {
    has(key) ? try fields(key) : nil
  }

  /// The object of texts under a key, sorted by nothing: a dictionary; empty where the field is absent.
  func texts(_ key: String, limit: Int) throws(ReleaseError) -> [String: String] {
    guard let fields = try optionalFields(key) else { return [:] }
    guard fields.object.count <= limit else { throw error(key, .tooMany(offered: fields.object.count, limit: limit)) }
    var texts: [String: String] = [:]
    for name in fields.object.keys {
      // Two keys that differ in bytes only would be one key of a dictionary.
      guard texts.updateValue(try fields.string(name), forKey: name) == nil else { throw error(key, .duplicate(name)) }
    }
    return texts
  }

  /// Reads a member with a type's own initialiser, and names the field in the error.
  func parse<Value>(
    _ key: String, limit: Int = maxText, _ make: (String) throws(ReleaseError) -> Value
  ) throws(ReleaseError) -> Value {
    let text = try string(key, limit: limit)
    do throws(ReleaseError) {
      return try make(text)
    } catch {
      throw ReleaseError(path(key), error.problem, blame: error.blame)
    }
  }

  /// Refuses members that nobody reads: a misspelt restriction must not pass as no restriction.
  func refuseUnknown(_ known: [String]) throws(ReleaseError) {
    for key in object.keys where !known.contains(key) { throw error(key, .unknown) }
  }

  /// Checks the member `format` and gives out nothing: there is one format so far.
  func checkFormat() throws(ReleaseError) {
    let value = try required("format")
    guard case .integer(1) = value else {
      throw error("format", .unsupportedFormat(offered: value.text(), supported: "format 1"))
    }
  }
}

extension JSON {
  /// What kind of value this is, with its article.
  var kindName: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .string: "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

extension Sequence<String> {
  /// Sorted by bytes, so that the order does not depend on the machine's idea of Unicode.
  func sortedByBytes() -> [String] {
    sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

/// Tests of characters that the rules share.
enum Characters {
  static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  static func isLower(_ byte: UInt8) -> Bool { byte >= 0x61 && byte <= 0x7a }
  static func isLetter(_ byte: UInt8) -> Bool { isLower(byte | 0x20) }
  static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

  /// Whether a text is free of control characters, line ends among them.
  static func isOneLine(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }
}
