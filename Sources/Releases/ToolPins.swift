package import Signing
package import StrictJSON

/// What is remembered of one tool: a digest for each part of its description.
///
/// The parts change for different reasons, and only some of them need approval.
package struct ToolPin: Hashable, Sendable {
  /// The tool's name.
  package let name: String
  /// The description that a model reads.
  package let description: SHA256Digest
  /// The input schema without titles and descriptions.
  package let input: SHA256Digest
  /// All free text inside the schemas.
  package let text: SHA256Digest
  /// The output schema.
  package let output: SHA256Digest
  /// The annotations: hints such as read-only and destructive.
  package let annotations: SHA256Digest
  /// Titles and every member that has no digest of its own, unknown ones among them.
  package let rest: SHA256Digest

  /// A pin from its digests.
  package init(
    name: String, description: SHA256Digest, input: SHA256Digest, text: SHA256Digest, output: SHA256Digest,
    annotations: SHA256Digest, rest: SHA256Digest
  ) {
    self.name = name
    self.description = description
    self.input = input
    self.text = text
    self.output = output
    self.annotations = annotations
    self.rest = rest
  }

  init(_ fields: Fields) throws(ReleaseError) {
    try fields.refuseUnknown(["name", "description", "input", "text", "output", "annotations", "rest"])
    name = try fields.string("name", limit: ToolPins.maxName)
    guard !name.isEmpty else { throw fields.error("name", .invalid(offered: name, rule: "not be empty")) }
    description = try fields.digest("description")
    input = try fields.digest("input")
    text = try fields.digest("text")
    output = try fields.digest("output")
    annotations = try fields.digest("annotations")
    rest = try fields.digest("rest")
  }

  /// The pin as a JSON object.
  package var json: JSON {
    [
      "name": .string(name), "description": .string(description.hex), "input": .string(input.hex),
      "text": .string(text.hex), "output": .string(output.hex), "annotations": .string(annotations.hex),
      "rest": .string(rest.hex),
    ]
  }
}

/// The pinned tools of a release, sorted by the bytes of their names.
package struct ToolPins: Hashable, Sendable {
  /// The most tools of a plugin.
  package static let maxTools = 2048
  /// The longest name of a tool in bytes.
  package static let maxName = 256

  /// The pins, sorted.
  package let tools: [ToolPin]

  /// Pins in any order; throws a `ReleaseError` for two tools of one name, or too many.
  package init(tools: [ToolPin]) throws(ReleaseError) {
    guard tools.count <= ToolPins.maxTools else {
      throw ReleaseError("tools", .tooMany(offered: tools.count, limit: ToolPins.maxTools))
    }
    let sorted = tools.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for (one, other) in zip(sorted, sorted.dropFirst()) where one.name.utf8.elementsEqual(other.name.utf8) {
      throw ReleaseError("tools", .duplicate(one.name))
    }
    self.tools = sorted
  }

  /// Reads pins; throws a `ReleaseError` that names the field and the rule.
  package init(json: JSON) throws(ReleaseError) {
    try self.init(Fields(json, at: "toolPins"))
  }

  init(_ fields: Fields) throws(ReleaseError) {
    try fields.checkFormat()
    let members = try fields.array("tools", limit: ToolPins.maxTools)
    var tools: [ToolPin] = []
    for (index, member) in members.enumerated() {
      tools.append(try ToolPin(Fields(member, at: fields.path("tools"), index: index)))
    }
    do throws(ReleaseError) {
      try self.init(tools: tools)
    } catch {
      throw fields.error(error.field, error.problem)
    }
  }

  /// The pins as JSON, the same for the same pins.
  package var json: JSON { ["format": 1, "tools": .array(tools.map(\.json))] }

  /// The pin of a tool; nil when there is none of that name.
  package subscript(name: String) -> ToolPin? {
    tools.first { $0.name.utf8.elementsEqual(name.utf8) }
  }
}
