import MCP
import StrictJSON
import Testing

@Suite struct ToolListTests {
  let limit = Duration.seconds(60)

  /// Reads the tool list of a modern plugin that answers each cursor (nil for the first page) with this page.
  private func tools(
    limits: MCPLimits = .standard, _ page: @escaping @Sendable (String?) -> JSON
  ) async throws -> ToolList {
    let channel = ScriptedChannel.modern { message in
      guard case .request(let id, "tools/list", let params) = message else { return nil }
      return [.write(.result(id: id, page(params?["cursor"]?.stringValue)))]
    }
    let client = MCPClient(channel: channel, limits: limits)
    _ = try await client.handshake(within: limit)
    return try await client.tools(within: limit)
  }

  @Test func `pages are read until there is no cursor, and an empty cursor is one`() async throws {
    let list = try await tools { cursor in
      switch cursor {
      case nil: ["tools": [ScriptedChannel.tool("c")], "nextCursor": ""]
      case "": ["tools": [ScriptedChannel.tool("a")], "nextCursor": "x"]
      default: ["tools": [ScriptedChannel.tool("b")]]
      }
    }
    #expect(list.tools.map(\.name) == ["a", "b", "c"])
  }

  @Test func `pages in a circle are refused`() async throws {
    await #expect(throws: MCPError.pagingLoop(cursor: "x")) {
      try await tools { _ in ["tools": [], "nextCursor": "x"] }
    }
  }

  @Test func `pages without end are refused`() async throws {
    var limits = MCPLimits.standard
    limits.pages = 4
    await #expect(throws: MCPError.tooManyPages(limit: 4)) {
      try await tools(limits: limits) { ["tools": [], "nextCursor": .string(($0 ?? "") + "x")] }
    }
  }

  @Test func `a list beyond its bytes is refused`() async throws {
    var limits = MCPLimits.standard
    limits.toolListBytes = 100
    let error = await #expect(throws: MCPError.self) {
      try await tools(limits: limits) { _ in ["tools": [ScriptedChannel.tool(String(repeating: "x", count: 90))]] }
    }
    guard case .toolListTooLarge(_, 100) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `too many tools are refused`() async throws {
    var limits = MCPLimits.standard
    limits.tools = 2
    await #expect(throws: MCPError.tooManyTools(count: 3, limit: 2)) {
      try await tools(limits: limits) { _ in ["tools": .array((0..<3).map { ScriptedChannel.tool("t\($0)") })] }
    }
  }

  @Test func `two tools of one name are refused`() async throws {
    await #expect(throws: MCPError.duplicateTool(name: "a")) {
      try await tools { _ in ["tools": [ScriptedChannel.tool("a"), ScriptedChannel.tool("a")]] }
    }
  }

  @Test(
    arguments: [
      ["tools": 1], [:], ["tools": [1]], ["tools": [["name": "a"]]], ["tools": [["name": "", "inputSchema": [:]]]],
      ["tools": [["name": "a", "inputSchema": true]]], ["tools": [], "nextCursor": 3],
    ] as [JSON])
  func `a malformed list is refused`(page: JSON) async throws {
    let error = await #expect(throws: MCPError.self) { try await tools { _ in page } }
    guard case .malformed("tools/list", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `a plugin without the tools capability is not asked for them`() async throws {
    let channel = ScriptedChannel.modern { message in
      guard case .request(let id, "server/discover", _) = message else { return nil }
      return [.write(.result(id: id, ["supportedVersions": ["2026-07-28"], "capabilities": [:]]))]
    }
    let client = MCPClient(channel: channel)
    _ = try await client.handshake(within: limit)
    #expect(try await client.tools(within: limit).tools.isEmpty)
    #expect(channel.methods == ["server/discover"])
  }

  @Test func `a kept list reads back as it was`() throws {
    let list = try ToolList([ScriptedChannel.tool("b"), ["name": "a", "inputSchema": ["maximum": .number("1.50")]]])
    #expect(try ToolList(encoded: list.encoded()) == list)
  }
}
