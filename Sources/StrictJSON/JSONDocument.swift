/// A JSON text that has been read and accepted but not taken apart: its bytes, and where everything stands in them.
///
/// Reading refuses everything that two readers could understand differently: a byte order mark, invalid UTF-8, unpaired
/// surrogates, duplicate keys, bare control characters, data after the value, and whatever exceeds the limits (RFC 8259
/// with the interoperability advice of RFC 7493). Values are decoded when they are asked for, so that a file with ten
/// thousand entries of which one is wanted costs little more than a look at each of its bytes.
public final class JSONDocument: Sendable {
  /// The text as it arrived.
  public let bytes: [UInt8]
  let nodes: [JSONNode]

  /// Reads a text.
  ///
  /// - Throws: ``JSONError`` with the offset of the first fault.
  public init(_ bytes: [UInt8], limits: JSONLimits = .metadata) throws(JSONError) {
    let limit = min(limits.maxBytes, Int(UInt32.max) - 1)
    guard bytes.count <= limit else { throw .tooLarge(limit: limit, offered: bytes.count) }
    var scanner = JSONScanner(limits: limits)
    try scanner.document(bytes.span)
    self.bytes = bytes
    nodes = scanner.nodes
  }

  /// The outermost value.
  public var root: JSONView { JSONView(document: self, place: 0) }
}

extension JSON {
  /// Reads one value from bytes; see ``JSONDocument`` for what is refused.
  ///
  /// - Throws: ``JSONError`` with the offset of the first fault.
  public static func parse(_ bytes: [UInt8], limits: JSONLimits = .metadata) throws(JSONError) -> JSON {
    try JSONDocument(bytes, limits: limits).root.value
  }
}
