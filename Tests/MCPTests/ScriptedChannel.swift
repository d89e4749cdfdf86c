import MCP
import StrictJSON
import Synchronization

/// A plugin in a script: each message that it is sent brings the events that its script returns.
///
/// Time is virtual: waiting in vain takes exactly as long as the waiter is ready to wait.
final class ScriptedChannel: MCPChannel {
  /// What the plugin does next.
  enum Event: Sendable {
    case write(MCPMessage)
    case text(String)
    case wait(Duration)
    case tooLong
    case close
    case stopReading
  }

  private struct State {
    var script: @Sendable (MCPMessage) -> [Event]
    var queue: [Event] = []
    var sent: [MCPMessage] = []
    var now = Duration.zero
    var isClosed = false
    var isReading = true
  }

  struct BrokenPipe: Error {}

  private let state: Mutex<State>

  init(_ script: @escaping @Sendable (MCPMessage) -> [Event]) {
    state = Mutex(State(script: script))
  }

  /// Everything that the client sent.
  var sent: [MCPMessage] { state.withLock { $0.sent } }
  /// The methods of the requests and notifications that the client sent.
  var methods: [String] {
    sent.compactMap {
      switch $0 {
      case .request(_, let method, _), .notification(let method, _): method
      default: nil
      }
    }
  }

  func uptime() -> Duration { state.withLock { $0.now } }

  func send(_ bytes: [UInt8]) async throws {
    try state.withLock { state in
      guard state.isReading else { throw BrokenPipe() }
      guard let message = MCPMessage(line: Array(bytes.dropLast())) else { throw BrokenPipe() }
      state.sent.append(message)
      state.queue += state.script(message)
    }
  }

  func nextLine(within limit: Duration) async -> MCPLine {
    state.withLock { state in
      var left = limit
      while !state.isClosed, !state.queue.isEmpty {
        switch state.queue.removeFirst() {
        case .write(let message): return .line(Array(message.line.dropLast()))
        case .text(let text): return .line(Array(text.utf8))
        case .tooLong: return .tooLong(limit: 100)
        case .close: state.isClosed = true
        case .stopReading: state.isReading = false
        case .wait(let time):
          if time > left {
            state.queue.insert(.wait(time - left), at: 0)
            state.now += left
            return .timedOut
          }
          state.now += time
          left -= time
        }
      }
      if state.isClosed { return .closed }
      state.now += left
      return .timedOut
    }
  }
}

extension ScriptedChannel {
  /// A well-behaved plugin of the modern era; `other` may answer first.
  static func modern(
    tools: [JSON] = [tool("echo")],
    other: @escaping @Sendable (MCPMessage) -> [Event]? = { _ in nil }
  ) -> ScriptedChannel {
    ScriptedChannel { message in
      if let events = other(message) { return events }
      guard case .request(let id, let method, let params) = message else { return [] }
      guard params?["_meta"]?["io.modelcontextprotocol/protocolVersion"] == "2026-07-28",
        params?["_meta"]?["io.modelcontextprotocol/clientCapabilities"] != nil
      else { return [.write(.failure(id: id, MCPFailure(code: -32602, message: "no _meta")))] }
      switch method {
      case "server/discover": return [.write(.result(id: id, discovery()))]
      case "tools/list":
        return [.write(.result(id: id, ["resultType": "complete", "tools": .array(tools)]))]
      case "tools/call":
        return [.write(.result(id: id, ["resultType": "complete", "content": [["type": "text", "text": "done"]]]))]
      default: return [.write(.failure(id: id, MCPFailure(code: -32601, message: "unknown")))]
      }
    }
  }

  /// A well-behaved plugin of the legacy era that answers a stranger's `server/discover` with an error.
  static func legacy(
    version: String? = nil, tools: [JSON] = [tool("echo")],
    other: @escaping @Sendable (MCPMessage) -> [Event]? = { _ in nil }
  ) -> ScriptedChannel {
    ScriptedChannel { message in
      if let events = other(message) { return events }
      guard case .request(let id, let method, let params) = message else { return [] }
      switch method {
      case "initialize":
        return [
          .write(
            .result(
              id: id,
              [
                "protocolVersion": version.map(JSON.string) ?? params?["protocolVersion"] ?? .null,
                "capabilities": ["tools": ["listChanged": false]], "serverInfo": ["name": "old", "version": "1"],
              ]))
        ]
      case "tools/list": return [.write(.result(id: id, ["tools": .array(tools)]))]
      case "tools/call": return [.write(.result(id: id, ["content": [["type": "text", "text": "done"]]]))]
      case "ping": return [.write(.result(id: id, [:]))]
      default: return [.write(.failure(id: id, MCPFailure(code: -32602, message: "Invalid request parameters")))]
      }
    }
  }

  static func discovery(_ versions: [JSON] = ["2026-07-28"]) -> JSON {
    [
      "resultType": "complete", "supportedVersions": .array(versions), "capabilities": ["tools": [:]],
      "_meta": ["io.modelcontextprotocol/serverInfo": ["name": "new", "version": "2"]],
    ]
  }

  static func tool(_ name: String) -> JSON {
    ["name": .string(name), "description": "does it", "inputSchema": ["type": "object"]]
  }
}
