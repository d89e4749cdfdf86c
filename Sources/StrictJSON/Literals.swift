extension JSON: ExpressibleByStringLiteral {
  /// Makes a string.
  public init(stringLiteral value: String) { self = .string(value) }
}

extension JSON: ExpressibleByStringInterpolation {}

extension JSON: ExpressibleByIntegerLiteral {
  /// Makes an integer.
  public init(integerLiteral value: Int64) { self = .integer(value) }
}

extension JSON: ExpressibleByBooleanLiteral {
  /// Makes a Boolean.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSON: ExpressibleByNilLiteral {
  /// Makes `null`.
  public init(nilLiteral: ()) { self = .null }
}

extension JSON: ExpressibleByArrayLiteral {
  /// Makes an array.
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
}

extension JSON: ExpressibleByDictionaryLiteral {
  /// Makes an object; of two equal keys the later one wins.
  public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(Object(elements)) }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
  /// Makes an object; of two equal keys the later one wins.
  public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}

extension JSON {
  /// Makes an integer of a machine word.
  public static func int(_ value: Int) -> JSON { .integer(Int64(value)) }

  /// Makes an array of strings.
  public static func strings(_ texts: some Sequence<String>) -> JSON { .array(texts.map { .string($0) }) }
}
