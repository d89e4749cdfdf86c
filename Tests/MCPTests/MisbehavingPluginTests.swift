import MCP
import StrictJSON
import Testing

@Suite struct MisbehavingPluginTests {
  let limit = Duration.seconds(60)

  private func ready(_ channel: ScriptedChannel, limits: MCPLimits = .standard) async throws -> MCPClient {
    let client = MCPClient(channel: channel, limits: limits)
    _ = try await client.handshake(within: limit)
    return client
  }

  /// A modern plugin that answers tools/call with these events.
  private func plugin(_ events: @escaping @Sendable (MCPRequestID) -> [ScriptedChannel.Event]) -> ScriptedChannel {
    .modern { message in
      guard case .request(let id, "tools/call", _) = message else { return nil }
      return events(id)
    }
  }

  private static let answer: JSON = ["content": [["type": "text", "text": "done"]]]

  @Test func `noise on standard output is skipped, counted and kept as a printable excerpt`() async throws {
    let client = try await ready(
      plugin { id in
        [
          .text("Starting \u{1B}[31mup"), .text("{\"jsonrpc\":\"1.0\"}"), .text("42"), .text("[]"), .text("  "),
          .text("{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"result\":{}}"), .write(.result(id: id, Self.answer)),
        ]
      })
    #expect(try await client.call("echo", arguments: [:], within: limit).text == "done")
    #expect(client.conduct.noiseLines == 5)
    #expect(client.conduct.noiseExcerpts.first == "Starting ·[31mup")
    #expect(client.conduct.noiseExcerpts.count == MCPConduct.keptExcerpts)
  }

  @Test func `endless noise is not waited through`() async throws {
    var limits = MCPLimits.standard
    limits.noiseLines = 5
    let client = try await ready(plugin { _ in Array(repeating: .text("x"), count: 50) }, limits: limits)
    await #expect(throws: MCPError.tooMuchNoise(method: "tools/call", limit: 5)) {
      try await client.call("echo", arguments: [:], within: limit)
    }
  }

  @Test func `endless notifications are not waited through`() async throws {
    var limits = MCPLimits.standard
    limits.foreignMessages = 5
    let flood = ScriptedChannel.Event.write(.notification(method: "notifications/progress", params: nil))
    let client = try await ready(plugin { _ in Array(repeating: flood, count: 50) }, limits: limits)
    await #expect(throws: MCPError.tooManyMessages(method: "tools/call", limit: 5)) {
      try await client.call("echo", arguments: [:], within: limit)
    }
  }

  @Test func `a huge line is refused`() async throws {
    let client = try await ready(plugin { _ in [.tooLong] })
    await #expect(throws: MCPError.lineTooLong(limit: 100)) {
      try await client.call("echo", arguments: [:], within: limit)
    }
  }

  @Test func `an answer to another request is stray and does not count`() async throws {
    let client = try await ready(
      plugin { _ in
        [.write(.result(id: .integer(999), Self.answer)), .write(.result(id: .string("2"), Self.answer))]
      })
    await #expect(throws: MCPError.deadline(method: "tools/call", limit: limit)) {
      try await client.call("echo", arguments: [:], within: limit)
    }
    #expect(client.conduct.strayAnswers == 2)
  }

  @Test func `an answer after its deadline is late, not stray, and the plugin is told`() async throws {
    let channel = plugin { id in [.wait(.seconds(61)), .write(.result(id: id, Self.answer))] }
    let client = try await ready(channel)
    await #expect(throws: MCPError.deadline(method: "tools/call", limit: limit)) {
      try await client.call("echo", arguments: [:], within: limit)
    }
    #expect(channel.methods.last == "notifications/cancelled")
    try await client.checkAlive(within: limit)
    #expect(client.conduct.lateAnswers == 1)
    #expect(client.conduct.strayAnswers == 0)
  }

  @Test func `an error answer carries code and printable words`() async throws {
    let client = try await ready(
      plugin { [.write(.failure(id: $0, MCPFailure(code: -32603, message: "a\u{202E}b")))] })
    await #expect(throws: MCPError.refused(method: "tools/call", code: -32603, message: "a·b")) {
      try await client.call("echo", arguments: [:], within: limit)
    }
  }

  @Test func `an error of the tool itself is a result`() async throws {
    let client = try await ready(
      plugin { [.write(.result(id: $0, ["content": [], "isError": true, "structuredContent": 7]))] })
    let result = try await client.call("echo", arguments: [:], within: limit)
    #expect(result.isError)
    #expect(result.structured == 7)
  }

  @Test func `a result that wants input is malformed for a client that offers none`() async throws {
    let client = try await ready(plugin { [.write(.result(id: $0, ["resultType": "input_required"]))] })
    await #expect(throws: MCPError.malformed(method: "tools/call", reason: "its resultType is not complete")) {
      try await client.call("echo", arguments: [:], within: limit)
    }
  }

  @Test func `a plugin that stops reading is reported`() async throws {
    let channel = plugin { [.write(.result(id: $0, Self.answer)), .stopReading] }
    let client = try await ready(channel)
    _ = try await client.call("echo", arguments: [:], within: limit)
    _ = await channel.nextLine(within: .zero)
    let error = await #expect(throws: MCPError.self) {
      try await client.call("echo", arguments: [:], within: limit)
    }
    #expect(error?.description.contains("no longer reads its input") == true)
  }

  @Test func `a legacy plugin gets its ping answered and other wishes refused`() async throws {
    let channel = ScriptedChannel.legacy { message in
      guard case .request(let id, "tools/call", _) = message else { return nil }
      return [
        .write(.request(id: .string("p"), method: "ping", params: nil)),
        .write(.request(id: .integer(7), method: "sampling/createMessage", params: [:])),
        .write(.result(id: id, Self.answer)),
      ]
    }
    let client = try await ready(channel)
    #expect(try await client.call("echo", arguments: [:], within: limit).text == "done")
    #expect(channel.sent.suffix(2).first == .result(id: .string("p"), [:]))
    guard case .failure(.integer(7), let failure) = channel.sent.last else {
      Issue.record("the request was not refused")
      return
    }
    #expect(failure.code == -32601)
    #expect(client.conduct.requests == 2)
  }

  @Test func `a modern plugin that sends requests is noted and not answered`() async throws {
    let channel = plugin { id in
      [.write(.request(id: .integer(7), method: "ping", params: nil)), .write(.result(id: id, Self.answer))]
    }
    let client = try await ready(channel)
    _ = try await client.call("echo", arguments: [:], within: limit)
    #expect(client.conduct.forbiddenRequests == 1)
    #expect(channel.methods.last == "tools/call")
  }

  @Test func `a changed tool list that is announced is noted`() async throws {
    let client = try await ready(
      plugin { id in
        [
          .write(.notification(method: "notifications/tools/list_changed", params: nil)),
          .write(.result(id: id, Self.answer)),
        ]
      })
    _ = try await client.call("echo", arguments: [:], within: limit)
    #expect(client.conduct.toolListChanges == 1)
  }
}
