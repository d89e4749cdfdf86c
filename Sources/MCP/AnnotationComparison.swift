import StrictJSON

/// Compares what a tool claims to do; claims prove nothing, but clients ask their users according to them.
struct AnnotationComparison {
  let tool: String

  /// A hint, its value when absent (MCP schema, ToolAnnotations), and the value that promises less danger.
  private struct Hint {
    let key: String
    let absent: Bool
    let harmless: Bool
    let raised: String
    let lowered: String
  }

  private static let hints = [
    Hint(
      key: "readOnlyHint", absent: false, harmless: true, raised: "no longer claims to only read",
      lowered: "now claims to only read"),
    Hint(
      key: "destructiveHint", absent: true, harmless: false, raised: "may now destroy",
      lowered: "now claims to destroy nothing"),
    Hint(
      key: "idempotentHint", absent: false, harmless: true,
      raised: "no longer claims that repeating it changes nothing",
      lowered: "now claims that repeating it changes nothing"),
    Hint(
      key: "openWorldHint", absent: true, harmless: false, raised: "may now reach the outside world",
      lowered: "now claims to stay in its own world"),
  ]

  func changes(from old: JSON?, to new: JSON?) -> [ToolChange] {
    var changes: [ToolChange] = []
    for hint in Self.hints {
      let before = old?[hint.key]?.boolValue ?? hint.absent
      let after = new?[hint.key]?.boolValue ?? hint.absent
      if before == after {
        // Saying aloud what silence meant changes nothing, yet it is a difference.
        if old?[hint.key]?.boolValue != new?[hint.key]?.boolValue {
          changes.append(change(.reported, "now \(new?[hint.key] == nil ? "leaves out" : "spells out") \(hint.key)"))
        }
      } else if after == hint.harmless {
        changes.append(change(.reported, hint.lowered))
      } else {
        changes.append(change(.approval, hint.raised))
      }
    }
    let known = Set(Self.hints.map(\.key))
    let keys = [old, new].flatMap { $0?.objectValue?.members.map(\.key) ?? [] }
    for key in Set(keys).subtracting(known).sorted() where old?[key]?.toolBytes != new?[key]?.toolBytes {
      let isLong = new?[key].map { !SchemaParts.isLabel($0.longestText) } ?? false
      changes.append(change(isLong ? .approval : .reported, "changed its annotation \(PlainText.quoted(key))"))
    }
    return changes
  }

  private func change(_ kind: ToolChangeClass, _ words: String) -> ToolChange {
    ToolChange(tool: tool, field: .annotations, kind: kind, sentence: "\(PlainText.quoted(tool)) \(words)")
  }
}
