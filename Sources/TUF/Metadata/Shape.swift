internal import StrictJSON

/// Reads fields out of a JSON object and refuses, by name, whatever has another shape than the specification gives it.
struct Shape {
  let role: RoleName
  let object: JSONObjectView
  /// Where the object stands, for messages: `signed.roles.root`.
  let place: String

  init(_ value: JSONView?, of role: RoleName, at place: String) throws(TUFError) {
    guard let object = value?.objectValue else { throw .malformed(role: role, reason: "\(place) is no object") }
    self.init(object, of: role, at: place)
  }

  init(_ object: JSONObjectView, of role: RoleName, at place: String) {
    self.role = role
    self.object = object
    self.place = place
  }

  /// The same for a value that was made here, not read.
  init(_ value: JSON, of role: RoleName, at place: String) throws(TUFError) {
    let document: JSONDocument
    do throws(JSONError) { document = try JSONDocument(value.serialized(), limits: .own) } catch {
      throw .json(role: role, error)
    }
    try self.init(document.root, of: role, at: place)
  }

  func fault(_ field: String, _ problem: String) -> TUFError {
    .malformed(role: role, reason: "\(place).\(printable(field)) \(problem)")
  }

  func has(_ field: String) -> Bool { object[field] != nil }

  func string(_ field: String) throws(TUFError) -> String {
    guard let text = object[field]?.stringValue else { throw fault(field, "is no string") }
    return text
  }

  func array(_ field: String) throws(TUFError) -> [JSONView] {
    guard let values = object[field]?.arrayValue else { throw fault(field, "is no array") }
    return values
  }

  func strings(_ field: String) throws(TUFError) -> [String] {
    var texts: [String] = []
    for value in try array(field) {
      guard let text = value.stringValue else { throw fault(field, "holds something other than strings") }
      texts.append(text)
    }
    return texts
  }

  func shape(_ field: String) throws(TUFError) -> Shape {
    try Shape(object[field], of: role, at: "\(place).\(printable(field))")
  }

  /// An integer within a range.
  func integer(_ field: String, in range: ClosedRange<Int64>) throws(TUFError) -> Int64 {
    guard let value = object[field]?.int64Value else { throw fault(field, "is no integer") }
    guard range.contains(value) else { throw fault(field, "is out of range") }
    return value
  }

  /// A version number, at least 1.
  func version(_ field: String) throws(TUFError) -> Int64 {
    try integer(field, in: 1...TUFLimits.largestVersion)
  }

  /// A Boolean; the default when the field is absent, never when it is something else.
  func bool(_ field: String, default absent: Bool? = nil) throws(TUFError) -> Bool {
    guard let value = object[field] else {
      guard let absent else { throw fault(field, "is missing") }
      return absent
    }
    guard let bool = value.boolValue else { throw fault(field, "is no Boolean") }
    return bool
  }

  /// A length in bytes that may be absent.
  func optionalLength(_ field: String) throws(TUFError) -> Int64? {
    has(field) ? try integer(field, in: 0...TUFLimits.largestVersion) : nil
  }
}
