package import Releases
package import Signing
import StrictJSON

extension ToolList {
  /// One digest of the whole list: keys and tools sorted, numbers as written, nothing left out.
  package var digest: SHA256Digest { SHA256Digest.of(JSON.array(tools.map(\.json)).toolBytes) }

  /// The pins of all tools.
  ///
  /// - Throws: `ReleaseError` when there are more tools than pins may have.
  package func pins() throws(ReleaseError) -> ToolPins { try ToolPins(tools: tools.map(\.pin)) }
}

extension MCPTool {
  /// The tool's digests by class of field; an absent field has the digest of `null`.
  package var pin: ToolPin {
    let input = SchemaParts(json["inputSchema"])
    let output = SchemaParts(json["outputSchema"])
    return ToolPin(
      name: name, description: Self.digest(json["description"]), input: Self.digest(input.shape),
      text: Self.digest(["inputSchema": Self.texts(input.freeText), "outputSchema": Self.texts(output.freeText)]),
      output: Self.digest(json["outputSchema"]), annotations: Self.digest(json["annotations"]),
      rest: Self.digest(["members": .object(otherMembers), "labels": Self.texts(input.labels)]))
  }

  /// Titles, icons, `_meta` and whatever this program does not know: every field is pinned.
  private var otherMembers: JSON.Object {
    let known = ["name", "description", "inputSchema", "outputSchema", "annotations"]
    var rest = JSON.Object((json.objectValue?.members ?? []).map { ($0.key, $0.value) })
    for key in known { rest[key] = nil }
    return rest
  }

  private static func digest(_ json: JSON?) -> SHA256Digest { SHA256Digest.of((json ?? .null).toolBytes) }

  /// Texts with their places, sorted, so that the order of keys does not matter.
  private static func texts(_ texts: [SchemaParts.Text]) -> JSON {
    let entries = texts.map { JSON.array([.array($0.path.map(JSON.string)), .string($0.text)]) }
    return .array(entries.sorted { $0.toolBytes.lexicographicallyPrecedes($1.toolBytes) })
  }
}
