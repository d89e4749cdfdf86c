package import StrictJSON

/// What a tool call brought back.
package struct ToolResult: Equatable, Sendable {
  /// True when the tool itself reports a failure; the protocol worked all the same.
  package let isError: Bool
  /// The content blocks.
  package let content: [JSON]
  /// The structured result, if the tool gives one.
  package let structured: JSON?

  /// The text of all text blocks, one after the other.
  package var text: String {
    content.compactMap { $0["type"]?.stringValue == "text" ? $0["text"]?.stringValue : nil }.joined(separator: "\n")
  }
}

extension MCPClient {
  /// Reads the whole tool list, page by page, within one time limit.
  ///
  /// A plugin that declares no tools is not asked and has none. An empty cursor is a cursor.
  ///
  /// - Throws: `MCPError`, among others when pages, bytes or tools exceed the limits or the pages run in a circle.
  package func tools(within limit: Duration) async throws(MCPError) -> ToolList {
    let method = "tools/list"
    guard let peer else { throw .notReady(method: method) }
    guard peer.hasTools else { return try ToolList([]) }
    let started = channel.uptime()
    var (members, bytes): ([JSON], Int) = ([], 0)
    var cursor: String?
    var seen: Set<[UInt8]> = []
    for _ in 0..<limits.pages {
      let left = limit - (channel.uptime() - started)
      let params: [(String, JSON)] = cursor.map { [("cursor", .string($0))] } ?? []
      let page: JSON
      do {
        page = try await request(method, params, within: left)
      } catch .deadline {
        throw .deadline(method: method, limit: limit)
      }
      try requireComplete(page, method)
      guard let tools = page["tools"]?.arrayValue else { throw .malformed(method: method, reason: "tools is missing") }
      bytes += page.serialized(pretty: false).count
      guard bytes <= limits.toolListBytes else { throw .toolListTooLarge(bytes: bytes, limit: limits.toolListBytes) }
      members += tools
      guard members.count <= limits.tools else { throw .tooManyTools(count: members.count, limit: limits.tools) }
      switch page["nextCursor"] {
      case nil, .null: return try ToolList(members, limits: limits)
      case .string(let next):
        guard seen.insert(Array(next.utf8)).inserted else { throw .pagingLoop(cursor: PlainText.excerpt(next)) }
        cursor = next
      default: throw .malformed(method: method, reason: "nextCursor is no text")
      }
    }
    throw .tooManyPages(limit: limits.pages)
  }

  /// Calls a tool.
  ///
  /// - Throws: `MCPError`; a failure that the tool itself reports is a result, not an error.
  package func call(
    _ tool: String, arguments: JSON.Object, within limit: Duration
  ) async throws(MCPError) -> ToolResult {
    let method = "tools/call"
    let result = try await request(
      method, [("name", .string(tool)), ("arguments", .object(arguments))], within: limit)
    try requireComplete(result, method)
    guard let content = result["content"]?.arrayValue else {
      throw .malformed(method: method, reason: "content is missing")
    }
    return ToolResult(
      isError: result["isError"]?.boolValue ?? false, content: content, structured: result["structuredContent"])
  }

  /// An absent `resultType` reads as "complete"; we offer no capability that would allow another (MCP 2026-07-28).
  private func requireComplete(_ result: JSON, _ method: String) throws(MCPError) {
    guard let type = result["resultType"] else { return }
    guard type.stringValue == "complete" else {
      throw .malformed(method: method, reason: "its resultType is not complete")
    }
  }
}
