package import StrictJSON

/// A JSON Schema taken apart by who reads it: programs read the shape, models and people read the text.
///
/// Schema-aware: under `properties` and its like the keys are names, so a parameter called "description" is no text.
package struct SchemaParts: Equatable, Sendable {
  /// One piece of text in a schema.
  package struct Text: Equatable, Sendable {
    /// Where it stands, keywords and names from the root.
    package let path: [String]
    /// The text itself; foreign.
    package let text: String
  }

  /// The schema without text and labels; lists without order are sorted.
  package private(set) var shape: JSON
  /// Descriptions, comments, examples, and titles too long to be labels.
  package private(set) var freeText: [Text] = []
  /// Short titles, which libraries generate from names.
  package private(set) var labels: [Text] = []

  /// Longest title, in characters, that counts as a label.
  package static let longestLabel = 50
  /// Most words of a label.
  package static let mostLabelWords = 5

  /// Whether a title is too short and too plain to tell a model what to do: a few words of letters and digits, as
  /// libraries make them from names.
  package static func isLabel(_ title: String) -> Bool {
    title.count <= longestLabel && title.split(separator: " ").count <= mostLabelWords
      && title.unicodeScalars.allSatisfy { scalar in
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || " _-()".unicodeScalars.contains(scalar)
      } && HiddenText.words(title) == nil
  }

  /// Takes a schema apart; nil (no schema) gives an empty record.
  package init(_ schema: JSON?) {
    shape = .null
    if let schema { shape = strip(schema, []) }
  }

  static let nameMaps: Set<String> = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]
  static let schemaKeywords: Set<String> = [
    "items", "additionalProperties", "additionalItems", "not", "if", "then", "else", "contains", "propertyNames",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema", "allOf", "anyOf", "oneOf", "prefixItems",
  ]
  static let textKeywords: Set<String> = [
    "description", "$comment", "examples", "example", "markdownDescription", "enumDescriptions", "enumNames",
  ]
  /// Keywords whose array is a set.
  static let sets: Set<String> = ["required", "type", "enum"]

  private mutating func strip(_ schema: JSON, _ path: [String]) -> JSON {
    switch schema {
    case .object(let object):
      var kept: [(String, JSON)] = []
      for member in object.members {
        let (key, value) = (member.key, member.value)
        let place = path + [key]
        if Self.textKeywords.contains(key) {
          freeText.append(Text(path: place, text: Self.text(value)))
        } else if key.utf8.elementsEqual("title".utf8) {
          note(title: Self.text(value), place)
        } else if Self.nameMaps.contains(key), let names = value.objectValue {
          kept.append((key, .object(JSON.Object(names.members.map { ($0.key, strip($0.value, place + [$0.key])) }))))
        } else if Self.schemaKeywords.contains(key) {
          kept.append((key, strip(value, place)))
        } else if Self.sets.contains(key), case .array(let members) = value {
          kept.append((key, .array(members.sorted { Self.text($0) < Self.text($1) })))
        } else {
          kept.append((key, value))
        }
      }
      return .object(JSON.Object(kept))
    case .array(let members):
      var kept: [JSON] = []
      for (index, member) in members.enumerated() { kept.append(strip(member, path + ["\(index)"])) }
      return .array(kept)
    default: return schema
    }
  }

  private mutating func note(title: String, _ path: [String]) {
    if Self.isLabel(title) {
      labels.append(Text(path: path, text: title))
    } else {
      freeText.append(Text(path: path, text: title))
    }
  }

  /// A text as it is, anything else as canonical JSON.
  static func text(_ json: JSON) -> String {
    json.stringValue ?? String(decoding: json.toolBytes, as: UTF8.self)
  }
}

extension JSON {
  /// The bytes that tool pins digest: keys sorted, numbers as they were written.
  ///
  /// With numbers verbatim every JSON value has a canonical form, so the refusal of numbers cannot arise.
  package var toolBytes: [UInt8] { (try? canonicalBytes(numbers: .verbatim)) ?? serialized(pretty: false) }

  /// How many leaves differ between two values; a list of scalars is one leaf.
  static func differingLeaves(_ old: JSON?, _ new: JSON?) -> Int {
    switch (old, new) {
    case (.object(let old)?, .object(let new)?):
      var count = 0
      for member in old.members { count += differingLeaves(member.value, new[member.key]) }
      for member in new.members where old[member.key] == nil { count += differingLeaves(nil, member.value) }
      return count
    case (.array(let old)?, .array(let new)?) where !(isScalarList(old) && isScalarList(new)):
      return (0..<max(old.count, new.count)).reduce(0) { sum, index in
        sum + differingLeaves(index < old.count ? old[index] : nil, index < new.count ? new[index] : nil)
      }
    case (let old?, let new?): return old.toolBytes == new.toolBytes ? 0 : 1
    case (nil, let only?), (let only?, nil): return leaves(only)
    case (nil, nil): return 0
    }
  }

  private static func leaves(_ json: JSON) -> Int {
    switch json {
    case .object(let object): object.members.reduce(0) { $0 + leaves($1.value) }
    case .array(let members) where !isScalarList(members): members.reduce(0) { $0 + leaves($1) }
    default: 1
    }
  }

  private static func isScalarList(_ members: [JSON]) -> Bool {
    members.allSatisfy { $0.objectValue == nil && $0.arrayValue == nil }
  }
}
