package import StrictJSON

/// A call that a publisher declares to change nothing and to be possible always, which a canary makes again and again.
package struct SampleCall: Hashable, Sendable {
  /// How many sample calls one bundle may declare.
  package static let most = 16
  /// The longest arguments in bytes.
  package static let maxArguments = 16 << 10

  /// The tool's name.
  package let tool: String
  /// What it is called with.
  package let arguments: JSON.Object

  /// Declares a call; throws a `ReleaseError` for a name or arguments that are too long.
  package init(tool: String, arguments: JSON.Object = JSON.Object()) throws(ReleaseError) {
    guard !tool.isEmpty, tool.utf8.count <= 256 else {
      throw ReleaseError("tool", .invalid(offered: tool, rule: "have 1 to 256 bytes"))
    }
    let size = JSON.object(arguments).serialized(pretty: false).count
    guard size <= Self.maxArguments else {
      throw ReleaseError("arguments", .tooLong(offered: size, limit: Self.maxArguments))
    }
    self.tool = tool
    self.arguments = arguments
  }

  /// Whether both are the same call.
  package static func == (left: SampleCall, right: SampleCall) -> Bool { left.json == right.json }

  /// Feeds what two equal calls have in common.
  package func hash(into hasher: inout Hasher) { hasher.combine(json) }

  /// The call as a JSON object.
  package var json: JSON { ["tool": .string(tool), "arguments": .object(arguments)] }

  /// Reads a list of calls, `[{"tool": "…", "arguments": {…}}]`; a field that is not there declares none.
  static func list(_ fields: Fields, _ key: String) throws(ReleaseError) -> [SampleCall] {
    var calls: [SampleCall] = []
    for (index, value) in try fields.optionalArray(key, limit: most).enumerated() {
      let place = "\(key)[\(index)]"
      guard let object = value.objectValue, let tool = value["tool"]?.stringValue else {
        throw fields.error(place, .wrongKind(offered: value.kindName, needed: "an object that names a tool"))
      }
      if let unknown = object.members.first(where: { !["tool", "arguments"].contains($0.key) }) {
        throw fields.error("\(place).\(unknown.key)", .unknown)
      }
      guard let arguments = (value["arguments"] ?? .object(JSON.Object())).objectValue else {
        throw fields.error("\(place).arguments", .wrongKind(offered: value.kindName, needed: "an object"))
      }
      do throws(ReleaseError) {
        calls.append(try SampleCall(tool: tool, arguments: arguments))
      } catch {
        throw fields.error("\(place).\(error.field)", error.problem)
      }
    }
    return calls
  }
}
