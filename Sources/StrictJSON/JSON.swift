/// One JSON value, as strict as a signature needs it to be.
///
/// Strings are compared by their UTF-8 bytes, never by canonical equivalence, because a signature covers bytes: "é"
/// written as one scalar and as two are two different values here. Objects keep their members in the order in which
/// they were written; two objects with the same members in another order are equal, as RFC 8259 says.
public enum JSON: Sendable {
  /// The literal `null`.
  case null
  /// The literals `true` and `false`.
  case bool(Bool)
  /// An integer that fits 64 bits, without fraction and exponent.
  case integer(Int64)
  /// The text of any other number, exactly as it was written.
  case number(String)
  /// A string, already unescaped.
  case string(String)
  /// An array.
  case array([JSON])
  /// An object with its members in written order and without duplicate keys.
  case object(Object)
}

extension JSON: Hashable {
  /// Compares two values; strings and keys by UTF-8 bytes, objects whatever the order of their members.
  public static func == (left: JSON, right: JSON) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.number(let a), .number(let b)): sameBytes(a, b)
    case (.string(let a), .string(let b)): sameBytes(a, b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }

  /// Feeds the value to a hasher in agreement with `==`.
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .bool(let value): hasher.combine(value)
    case .integer(let value): hasher.combine(value)
    case .number(let text), .string(let text): hashBytes(of: text, into: &hasher)
    case .array(let values): hasher.combine(values)
    case .object(let object): hasher.combine(object)
    }
  }
}

extension JSON {
  /// The text of a string; nil for every other kind of value.
  public var stringValue: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The integer, when the value is one and fits the machine's word; a Boolean is never an integer.
  public var intValue: Int? {
    if case .integer(let value) = self { Int(exactly: value) } else { nil }
  }

  /// The integer in 64 bits; nil for every other kind of value.
  public var int64Value: Int64? {
    if case .integer(let value) = self { value } else { nil }
  }

  /// Any number as floating point, for values where exactness does not matter; never use it on signed metadata.
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let text): Double(text)
    default: nil
    }
  }

  /// The Boolean; nil for every other kind of value, integers included.
  public var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The elements of an array; nil for every other kind of value.
  public var arrayValue: [JSON]? {
    if case .array(let values) = self { values } else { nil }
  }

  /// The object; nil for every other kind of value.
  public var objectValue: Object? {
    if case .object(let object) = self { object } else { nil }
  }

  /// Whether the value is the literal `null`.
  public var isNull: Bool {
    if case .null = self { true } else { false }
  }

  /// The member of an object under that key; nil when there is none or the value is no object.
  public subscript(key: String) -> JSON? {
    if case .object(let object) = self { object[key] } else { nil }
  }
}
