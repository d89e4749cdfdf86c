import StrictJSON

extension ToolList {
  /// Every difference from this list (the installed release's) to `new` (the candidate's), tool by tool.
  package func changes(to new: ToolList) -> [ToolChange] {
    var arrived = Dictionary(new.tools.map { (ExactString($0.name), $0) }, uniquingKeysWith: { first, _ in first })
    var changes: [ToolChange] = []
    for tool in tools {
      if let successor = arrived.removeValue(forKey: ExactString(tool.name)) {
        changes += ToolComparison(old: tool, new: successor).changes()
      } else {
        changes.append(.gone(tool.name))
      }
    }
    for tool in new.tools where arrived[ExactString(tool.name)] != nil {
      changes.append(.arrived(tool.name, saying: tool.json["description"]?.stringValue))
      changes += tool.hidden(since: nil)
    }
    return changes
  }

  /// What the tools hide, where there is no older list to compare with.
  package func hidden() -> [ToolChange] { tools.flatMap { $0.hidden(since: nil) } }
}

extension ToolChange {
  static func gone(_ tool: String) -> ToolChange {
    ToolChange(
      tool: tool, field: .tool, kind: .breaking, sentence: "the tool \(PlainText.quoted(tool)) was removed")
  }

  static func arrived(_ tool: String, saying description: String? = nil) -> ToolChange {
    ToolChange(
      tool: tool, field: .tool, kind: .approval, sentence: "the tool \(PlainText.quoted(tool)) is new",
      after: description)
  }
}

/// Compares two descriptions of the same tool, field class by field class.
struct ToolComparison {
  let old: MCPTool
  let new: MCPTool

  private var quoted: String { PlainText.quoted(new.name) }

  func changes() -> [ToolChange] {
    if old.json.toolBytes == new.json.toolBytes { return [] }
    let found = description + title + input + freeText + labels + output + annotations + rest
    let all = found + new.hidden(since: old)
    // Pins are coarser than the comparison: where they differ and nothing was found, something was missed.
    guard all.isEmpty, old.pin != new.pin else { return all }
    return [
      ToolChange(
        tool: new.name, field: .other, kind: .approval, sentence: "\(quoted) changed in a way that is not understood")
    ]
  }

  private var description: [ToolChange] {
    let (before, after) = (old.json["description"]?.stringValue, new.json["description"]?.stringValue)
    guard !same(old.json["description"], new.json["description"]) else { return [] }
    return [
      ToolChange(
        tool: new.name, field: .description, kind: .approval, sentence: "the description of \(quoted) changed",
        before: before, after: after)
    ]
  }

  private var title: [ToolChange] {
    let (before, after) = (old.json["title"], new.json["title"])
    guard !same(before, after) else { return [] }
    // A title long enough to carry instructions is no label.
    let isLong = after.map { !SchemaParts.isLabel(SchemaParts.text($0)) } ?? false
    return [
      ToolChange(
        tool: new.name, field: .title, kind: isLong ? .approval : .reported,
        sentence: "the title of \(quoted) changed", before: before?.stringValue, after: after?.stringValue)
    ]
  }

  private var input: [ToolChange] {
    SchemaComparison(tool: new.name).changes(
      from: old.json["inputSchema"] ?? .null, to: new.json["inputSchema"] ?? .null)
  }

  private func parts(_ tool: MCPTool, _ schema: String) -> SchemaParts { SchemaParts(tool.json[schema]) }

  private var freeText: [ToolChange] {
    ["inputSchema", "outputSchema"].flatMap { schema in
      let (before, after) = (texts(parts(old, schema).freeText), texts(parts(new, schema).freeText))
      return Set(before.keys).union(after.keys).sorted { $0.lexicographicallyPrecedes($1) }.compactMap { path in
        change(at: path.map(\.text), of: schema, before[path], after[path])
      }
    }
  }

  private func change(at path: [String], of schema: String, _ before: String?, _ after: String?) -> ToolChange? {
    if let before, let after, before.utf8.elementsEqual(after.utf8) { return nil }
    // Text of a parameter that came or went is part of that change.
    if schema.utf8.elementsEqual("inputSchema".utf8), path.count >= 2, path[0] == "properties",
      (parameter(path[1], of: old) == nil) != (parameter(path[1], of: new) == nil)
    {
      return nil
    }
    let place = PlainText.excerpt(path.joined(separator: "."), limit: 120)
    let verb = before == nil ? "came" : after == nil ? "went" : "changed"
    let whose = schema.utf8.elementsEqual("inputSchema".utf8) ? "takes" : "gives back"
    return ToolChange(
      tool: new.name, field: .freeText, kind: .approval,
      sentence: "text about what \(quoted) \(whose) \(verb): \(place)", before: before, after: after)
  }

  private func parameter(_ name: String, of tool: MCPTool) -> JSON? { tool.json["inputSchema"]?["properties"]?[name] }

  /// By places whose names are compared by their bytes: names that only look alike are two places.
  private func texts(_ texts: [SchemaParts.Text]) -> [[ExactString]: String] {
    Dictionary(texts.map { ($0.path.map(ExactString.init), $0.text) }, uniquingKeysWith: { first, _ in first })
  }

  private var labels: [ToolChange] {
    let (before, after) = (
      texts(parts(old, "inputSchema").labels), texts(parts(new, "inputSchema").labels)
    )
    let count = Set(before.keys).union(after.keys).count {
      before[$0].map(ExactString.init) != after[$0].map(ExactString.init)
    }
    guard count > 0 else { return [] }
    return [
      ToolChange(
        tool: new.name, field: .labels, kind: .reported,
        sentence: "\(count) \(count == 1 ? "title" : "titles") in what \(quoted) takes changed", fields: count)
    ]
  }

  private var output: [ToolChange] {
    let (before, after) = (old.json["outputSchema"], new.json["outputSchema"])
    guard !same(before, after) else { return [] }
    let texts = parts(old, "outputSchema").freeText.count + parts(new, "outputSchema").freeText.count
    let count = JSON.differingLeaves(before, after)
    if texts > 0, same(parts(old, "outputSchema").shape, parts(new, "outputSchema").shape),
      parts(old, "outputSchema").labels == parts(new, "outputSchema").labels
    {
      return []
    }
    let verb = before == nil ? "is now described" : after == nil ? "is no longer described" : "is described differently"
    return [
      ToolChange(
        tool: new.name, field: .outputSchema, kind: .reported,
        sentence: "what \(quoted) gives back \(verb) (\(count) \(count == 1 ? "field" : "fields"))", fields: count)
    ]
  }

  private var annotations: [ToolChange] {
    AnnotationComparison(tool: new.name).changes(from: old.json["annotations"], to: new.json["annotations"])
  }

  private static let known: Set<String> = [
    "name", "title", "description", "inputSchema", "outputSchema", "annotations",
  ]

  private var rest: [ToolChange] {
    let keys = [old, new].flatMap { $0.json.objectValue?.members.map(\.key) ?? [] }
    return Set(keys).subtracting(Self.known).sorted().compactMap { key in
      guard !same(old.json[key], new.json[key]) else { return nil }
      // A client may hand a member that it does not know to its model; pictures are long and no text.
      let isText = key != "icons" && (new.json[key].map { !SchemaParts.isLabel($0.longestText) } ?? false)
      return ToolChange(
        tool: new.name, field: .other, kind: isText ? .approval : .reported,
        sentence: "the member \(PlainText.quoted(key)) of \(quoted) changed",
        fields: JSON.differingLeaves(old.json[key], new.json[key]))
    }
  }

  private func same(_ left: JSON?, _ right: JSON?) -> Bool { left?.toolBytes == right?.toolBytes }
}
