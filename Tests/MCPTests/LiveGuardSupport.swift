import MCP
import Releases
import StrictJSON

/// Lines for a guard, and what it answers, in words that tests read well.
enum Live {
  static let time = Duration.seconds(1)

  static func line(_ json: JSON) -> [UInt8] { json.serialized(pretty: false) }

  static func tool(_ name: String, _ description: String = "d", annotations: JSON? = nil) -> JSON {
    var tool: JSON.Object = ["name": .string(name), "description": .string(description)]
    tool["inputSchema"] = ["type": "object", "properties": ["p": ["type": "string", "description": "a text"]]]
    tool["annotations"] = annotations
    return .object(tool)
  }

  static func list(_ id: JSON = 1, cursor: String? = nil) -> [UInt8] {
    let params: JSON = cursor.map { ["cursor": .string($0)] } ?? .object([:])
    return line(["jsonrpc": "2.0", "id": id, "method": "tools/list", "params": params])
  }

  static func tools(_ tools: [JSON], id: JSON = 1, next: String? = nil) -> [UInt8] {
    var result: JSON.Object = ["tools": .array(tools)]
    if let next { result["nextCursor"] = .string(next) }
    return line(["jsonrpc": "2.0", "id": id, "result": .object(result)])
  }

  static func call(_ tool: String, id: JSON = 2, arguments: JSON = ["p": "x"], meta: JSON? = nil) -> [UInt8] {
    var params: JSON.Object = ["name": .string(tool), "arguments": arguments]
    params["_meta"] = meta
    return line(["jsonrpc": "2.0", "id": id, "method": "tools/call", "params": .object(params)])
  }

  static func initialize(_ capabilities: JSON) -> [UInt8] {
    line([
      "jsonrpc": "2.0", "id": 0, "method": "initialize",
      "params": ["protocolVersion": "2025-06-18", "capabilities": capabilities],
    ])
  }

  static func guarding(
    _ tools: [JSON]?, accepted: [JSON] = [], changes: LiveToolGuard.ChangePolicy = .refuse,
    destructive: LiveToolGuard.DestructivePolicy = .allow, interchangeable: [String] = [], keepsTexts: Bool = true
  ) throws -> LiveToolGuard {
    let list = try tools.map { try ToolList($0) }
    let accepted = Set(try ToolList(accepted).tools.map(\.pin))
    return LiveToolGuard(
      plugin: "io.github.acme/time", name: "time",
      pins: try list.map {
        LivePins(
          try $0.pins(), accepted: accepted, observed: keepsTexts ? $0 : nil, interchangeable: interchangeable)
      }, changes: changes, destructive: destructive, nonce: "nonce")
  }
}

extension [RelayStep] {
  /// What the client is written, as JSON.
  var client: [JSON] { compactMap { if case .toClient(let line) = $0 { try? JSON.parse(line) } else { nil } } }
  /// What the plugin is written, as JSON.
  var plugin: [JSON] { compactMap { if case .toPlugin(let line) = $0 { try? JSON.parse(line) } else { nil } } }
  /// What the user is told.
  var notes: [RelayNote] { compactMap { if case .note(let note) = $0 { note } else { nil } } }
  /// The names of the tools that the client sees.
  var toolNames: [String] {
    client.flatMap { ($0["result"]?["tools"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue } }
  }
}
