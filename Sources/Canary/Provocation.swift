import MCP
import StrictJSON

/// What a healthy plugin survives: it may refuse it, but it answers the next request.
enum Provocation: String, CaseIterable, Sendable {
  /// A line that is no JSON.
  case badJSON = "bad-json"
  /// A method that nobody knows.
  case unknownMethod = "unknown-method"
  /// A tool that is not in its list.
  case unknownTool = "unknown-tool"
  /// A legal message of a megabyte.
  case oversized
  /// A request that is taken back at once.
  case cancelled
  /// Several requests before the first is answered.
  case parallel

  /// Requests at the same time.
  private static let together = 8
  /// Bytes of the long message.
  private static let size = 1 << 20

  /// What was done, in words.
  var words: String {
    switch self {
    case .badJSON: "a line that is no JSON"
    case .unknownMethod: "a method that nobody knows"
    case .unknownTool: "a call of a tool that it does not have"
    case .oversized: "a legal message of 1 MiB"
    case .cancelled: "a request that was taken back"
    case .parallel: "\(Self.together) requests at the same time"
    }
  }

  /// Does it; a refusal is a proper answer to all of these.
  func run(on client: MCPClient, within limit: Duration) async throws(MCPError) {
    do throws(MCPError) {
      switch self {
      case .badJSON: try await client.provoke(Array("{\"jsonrpc\": \"2.0\", \"id\"".utf8), as: rawValue)
      case .unknownMethod: _ = try await client.request("serin/unknown", within: limit)
      case .unknownTool: _ = try await client.call("serin-unknown", arguments: JSON.Object(), within: limit)
      case .oversized:
        let padding = JSON.string(String(repeating: "x", count: Self.size))
        _ = try await client.call("serin-unknown", arguments: JSON.Object([("padding", padding)]), within: limit)
      case .cancelled: try await client.askAndCancel("tools/list")
      case .parallel: try await client.askTogether("tools/list", count: Self.together, within: limit)
      }
    } catch .refused {}
  }
}
