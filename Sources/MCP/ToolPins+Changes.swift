package import Releases
import Signing
import StrictJSON

extension ToolPins {
  /// Every difference from these pins to newer ones, as far as digests can tell.
  ///
  /// Digests say that a part changed, not how: what may break callers or raise a hint counts as needing approval.
  package func changes(to new: ToolPins) -> [ToolChange] {
    var arrived = Dictionary(new.tools.map { (ExactString($0.name), $0) }, uniquingKeysWith: { first, _ in first })
    var changes: [ToolChange] = []
    for pin in tools {
      if let successor = arrived.removeValue(forKey: ExactString(pin.name)) {
        changes += pin.changes(to: successor)
      } else {
        changes.append(.gone(pin.name))
      }
    }
    for pin in new.tools where arrived[ExactString(pin.name)] != nil { changes.append(.arrived(pin.name)) }
    return changes
  }
}

extension ToolPin {
  func changes(to new: ToolPin) -> [ToolChange] {
    let quoted = PlainText.quoted(name)
    let parts: [(KeyPath<ToolPin, SHA256Digest>, ToolField, ToolChangeClass, String)] = [
      (\.description, .description, .approval, "the description of \(quoted) changed"),
      (\.input, .inputSchema, .approval, "what \(quoted) takes changed"),
      (\.text, .freeText, .approval, "text about what \(quoted) takes or gives back changed"),
      (\.output, .outputSchema, .reported, "what \(quoted) gives back is described differently"),
      (\.annotations, .annotations, .approval, "what \(quoted) claims to do changed"),
      (\.rest, .other, .reported, "titles or other members of \(quoted) changed"),
    ]
    return parts.compactMap { path, field, kind, sentence in
      guard self[keyPath: path] != new[keyPath: path] else { return nil }
      return ToolChange(tool: name, field: field, kind: kind, sentence: sentence)
    }
  }
}
