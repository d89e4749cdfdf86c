import StrictJSON

/// Compares the shapes of two input schemas and says what callers lose and what the tool gains.
///
/// What it cannot explain it calls a change that needs approval, never less.
struct SchemaComparison {
  let tool: String
  private var found: [ToolChange] = []

  init(tool: String) {
    self.tool = tool
  }

  func changes(from old: JSON, to new: JSON) -> [ToolChange] {
    var comparison = self
    comparison.compare(SchemaParts(old).shape, SchemaParts(new).shape, at: "")
    return comparison.found
  }

  private mutating func compare(_ old: JSON, _ new: JSON, at place: String) {
    guard old != new else { return }
    guard let before = old.objectValue, let after = new.objectValue else {
      return add(new == .bool(false) ? .breaking : .approval, "takes something else for \(subject(place))")
    }
    compareParameters(before, after, at: place)
    compareTypes(before, after, at: place)
    compareValues(before, after, at: place)
    compareBounds(before, after, at: place)
    compareItems(before, after, at: place)
    compareExtras(before, after, at: place)
    compareRest(before, after, at: place)
  }

  private mutating func compareParameters(_ old: JSON.Object, _ new: JSON.Object, at place: String) {
    let (before, after) = (old["properties"]?.objectValue, new["properties"]?.objectValue)
    let (demanded, demands) = (names(old["required"]), names(new["required"]))
    for member in before?.members ?? [] where after?[member.key] == nil {
      add(.breaking, "no longer takes \(subject(join(place, member.key)))")
    }
    for member in after?.members ?? [] {
      let path = join(place, member.key)
      let isRequired = demands.contains(ExactString(member.key))
      if let earlier = before?[member.key] {
        if isRequired, !demanded.contains(ExactString(member.key)) {
          add(.breaking, "now requires \(subject(path))")
        } else if !isRequired, demanded.contains(ExactString(member.key)) {
          add(.reported, "no longer requires \(subject(path))")
        }
        compare(earlier, member.value, at: path)
      } else {
        add(isRequired ? .breaking : .approval, "takes the new \(isRequired ? "required " : "")\(subject(path))")
      }
    }
    // Names that are required without being described.
    let described = Set((after?.keys ?? []).map(ExactString.init))
    for name in demands.subtracting(demanded).subtracting(described).sorted() {
      add(.breaking, "now requires \(subject(join(place, name.text)))")
    }
  }

  private mutating func compareTypes(_ old: JSON.Object, _ new: JSON.Object, at place: String) {
    guard old["type"] != new["type"] else { return }
    let (before, after) = (types(old["type"]), types(new["type"]))
    if let after, !(before?.isSubset(of: after) ?? false) {
      add(.breaking, "takes fewer kinds of values for \(subject(place))")
    } else {
      add(.approval, "takes more kinds of values for \(subject(place))")
    }
  }

  private mutating func compareValues(_ old: JSON.Object, _ new: JSON.Object, at place: String) {
    for key in ["enum", "const"] where old[key] != new[key] {
      let before = old[key].map { Set($0.arrayValue ?? [$0]) }
      let after = new[key].map { Set($0.arrayValue ?? [$0]) }
      if let after, !(before?.isSubset(of: after) ?? false) {
        add(.breaking, "admits fewer values for \(subject(place))")
      } else {
        add(.approval, "admits more values for \(subject(place))")
      }
    }
  }

  /// Lower bounds narrow when they rise, upper bounds when they fall, the others whenever they come or change.
  private mutating func compareBounds(_ old: JSON.Object, _ new: JSON.Object, at place: String) {
    for (keys, sign) in [(Self.lowerBounds, 1.0), (Self.upperBounds, -1.0)] {
      for key in keys where old[key] != new[key] {
        let before = old[key]?.doubleValue.map { $0 * sign } ?? -.infinity
        let after = new[key]?.doubleValue.map { $0 * sign } ?? -.infinity
        let isUnreadable = new[key] != nil && new[key]?.doubleValue == nil
        noteBound(key, isNarrower: after > before || isUnreadable, at: place)
      }
    }
    for key in Self.exactRules where old[key] != new[key] { noteBound(key, isNarrower: new[key] != nil, at: place) }
  }

  private mutating func noteBound(_ key: String, isNarrower: Bool, at place: String) {
    add(
      isNarrower ? .breaking : .reported,
      isNarrower
        ? "is stricter about \(subject(place)) (\(key))" : "is less strict about \(subject(place)) (\(key))")
  }

  private mutating func compareItems(_ old: JSON.Object, _ new: JSON.Object, at place: String) {
    let path = place + "[]"
    switch (old["items"], new["items"]) {
    case (let before?, let after?): compare(before, after, at: path)
    case (nil, .some): add(.breaking, "is stricter about \(subject(path)) (items)")
    case (.some, nil): add(.approval, "takes anything for \(subject(path))")
    case (nil, nil): break
    }
  }

  private mutating func compareExtras(_ old: JSON.Object, _ new: JSON.Object, at place: String) {
    let key = "additionalProperties"
    let (before, after) = (old[key] ?? .bool(true), new[key] ?? .bool(true))
    guard before != after else { return }
    if after == .bool(false) {
      add(.breaking, "no longer takes other members in \(subject(place))")
    } else if before == .bool(false) {
      add(.approval, "now takes other members in \(subject(place))")
    } else if before == .bool(true) {
      add(.breaking, "is stricter about other members in \(subject(place))")
    } else {
      compare(before, after, at: join(place, "*"))
    }
  }

  private mutating func compareRest(_ old: JSON.Object, _ new: JSON.Object, at place: String) {
    for key in ["$defs", "definitions"] {
      // A definition that comes or goes matters only through the "$ref" that names it.
      for member in old[key]?.objectValue?.members ?? [] {
        guard let after = new[key]?[member.key] else { continue }
        compare(member.value, after, at: join(place, member.key))
      }
    }
    let keys = Set((old.keys + new.keys).map(ExactString.init)).sorted().map(\.text)
    for key in keys where !Self.compared.contains(key) && old[key] != new[key] {
      let isName = ["$schema", "$id", "$anchor"].contains(key)
      add(isName ? .reported : .approval, "has another rule \(PlainText.quoted(key)) for \(subject(place))")
    }
  }

  private static let lowerBounds = [
    "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains",
  ]
  private static let upperBounds = [
    "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains",
  ]
  private static let exactRules = ["pattern", "format", "multipleOf", "uniqueItems"]
  private static let compared = Set(
    lowerBounds + upperBounds + exactRules + [
      "properties", "required", "type", "enum", "const", "items", "additionalProperties", "$defs", "definitions",
    ])

  /// Nil when every type is admitted; every integer is a number too.
  private func types(_ json: JSON?) -> Set<ExactString>? {
    guard let json else { return nil }
    var types = names(json.arrayValue == nil ? .array([json]) : json)
    if types.contains(ExactString("number")) { types.insert(ExactString("integer")) }
    return types
  }

  private func names(_ json: JSON?) -> Set<ExactString> {
    Set((json?.arrayValue ?? []).compactMap(\.stringValue).map(ExactString.init))
  }

  private func join(_ place: String, _ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }

  private func subject(_ place: String) -> String {
    place.isEmpty ? "its parameters" : "parameter \(PlainText.quoted(place))"
  }

  private mutating func add(_ kind: ToolChangeClass, _ words: String) {
    found.append(
      ToolChange(tool: tool, field: .inputSchema, kind: kind, sentence: "\(PlainText.quoted(tool)) \(words)"))
  }
}
