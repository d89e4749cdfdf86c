/// A value in a ``JSONDocument``, decoded when it is asked for.
public struct JSONView: Sendable {
  let document: JSONDocument
  let place: Int

  init(document: JSONDocument, place: Int) {
    self.document = document
    self.place = place
  }

  private var node: JSONNode { document.nodes[place] }

  /// The text of a string; nil for every other kind of value.
  public var stringValue: String? {
    node.kind == .string ? node.text(in: document.bytes) : nil
  }

  /// The integer in 64 bits; nil for every other kind of value.
  public var int64Value: Int64? { node.integer(in: document.bytes) }

  /// The Boolean; nil for every other kind of value, integers included.
  public var boolValue: Bool? {
    node.kind == .bool ? document.bytes[node.range.lowerBound] == UInt8(ascii: "t") : nil
  }

  /// The elements of an array; nil for every other kind of value.
  public var arrayValue: [JSONView]? {
    guard node.kind == .array else { return nil }
    var elements: [JSONView] = []
    var next = place + 1
    while next < node.next {
      elements.append(JSONView(document: document, place: next))
      next = document.nodes[next].next
    }
    return elements
  }

  /// The object; nil for every other kind of value.
  public var objectValue: JSONObjectView? {
    node.kind == .object ? JSONObjectView(document: document, place: place) : nil
  }

  /// Whether the value is a string.
  public var isString: Bool { node.kind == .string }

  /// The value taken apart, with everything in it.
  public var value: JSON {
    switch node.kind {
    case .null: return .null
    case .bool: return .bool(boolValue ?? false)
    case .integer:
      if let value = int64Value { return .integer(value) }
      return .number(node.text(in: document.bytes))
    case .number: return .number(node.text(in: document.bytes))
    case .string: return .string(node.text(in: document.bytes))
    case .array: return .array((arrayValue ?? []).map(\.value))
    case .object: return .object(JSONObjectView(document: document, place: place).value)
    }
  }
}
