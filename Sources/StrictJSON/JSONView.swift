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
  public var int64Value: Int64? {
    let node = node
    guard node.kind == .integer else { return nil }
    let array = document.bytes
    let bytes = array.span
    var value: Int64 = 0
    let isNegative = bytes[Int(node.start)] == UInt8(ascii: "-")
    for place in (Int(node.start) + (isNegative ? 1 : 0))..<Int(node.end) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let digit = Int64(bytes[place] - UInt8(ascii: "0"))
      // Downwards, since there is one more negative number than positive ones.
      let (sum, again) = product.subtractingReportingOverflow(digit)
      if overflow || again { return nil }
      value = sum
    }
    if isNegative { return value }
    let (positive, overflow) = Int64(0).subtractingReportingOverflow(value)
    return overflow ? nil : positive
  }

  /// The Boolean; nil for every other kind of value, integers included.
  public var boolValue: Bool? {
    node.kind == .bool ? document.bytes[Int(node.start)] == UInt8(ascii: "t") : nil
  }

  /// The elements of an array; nil for every other kind of value.
  public var arrayValue: [JSONView]? {
    guard node.kind == .array else { return nil }
    var elements: [JSONView] = []
    elements.reserveCapacity(node.count)
    var next = place + 1
    for _ in 0..<node.count {
      elements.append(JSONView(document: document, place: next))
      next = Int(document.nodes[next].next)
    }
    return elements
  }

  /// The object; nil for every other kind of value.
  public var objectValue: JSONObjectView? {
    node.kind == .object ? JSONObjectView(document: document, place: place) : nil
  }

  /// The bytes of a string that holds no escapes, lent to a closure; nil for everything else.
  ///
  /// Most strings of metadata are such, and comparing or checking them needs no copy.
  public func withPlainText<Result>(_ body: (Span<UInt8>) -> Result) -> Result? {
    let node = node
    guard node.kind == .string, !node.has(.escaped) else { return nil }
    let bytes = document.bytes
    return body(bytes.span.extracting(node.range))
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
