// Where things stand in a text, for whoever edits it in place instead of writing it anew.
extension JSONView {
  /// Where the value stands in the document's bytes; of a string with its quotes.
  public var byteRange: Range<Int> { document.nodes[place].outerRange }
}

extension JSONObjectView.Member {
  /// Where the key stands in the document's bytes, with its quotes.
  public var keyRange: Range<Int> { document.nodes[place].outerRange }
}

extension JSONNode {
  /// Where the bytes stand; of a string with its quotes.
  fileprivate var outerRange: Range<Int> {
    kind == .string ? range.lowerBound - 1..<range.upperBound + 1 : range
  }
}
