import MCP
import StrictJSON
import Testing

@Suite struct HandshakeTests {
  let limit = Duration.seconds(30)

  @Test func `a modern plugin is spoken to without initialize`() async throws {
    let channel = ScriptedChannel.modern()
    let peer = try await MCPClient(channel: channel).handshake(within: limit)
    #expect(peer.era == .modern)
    #expect(peer.protocolVersion == "2026-07-28")
    #expect(peer.name == "new")
    #expect(channel.methods == ["server/discover"])
  }

  @Test(arguments: [-32601, -32602, -32600, -32603, -32000] as [Int64])
  func `any unknown error leads to initialize on the same pipe`(code: Int64) async throws {
    let channel = ScriptedChannel.legacy { message in
      guard case .request(let id, "server/discover", _) = message else { return nil }
      return [.write(.failure(id: id, MCPFailure(code: code, message: "?")))]
    }
    let peer = try await MCPClient(channel: channel).handshake(within: limit)
    #expect(peer.era == .legacy)
    #expect(peer.protocolVersion == "2025-11-25")
    #expect(channel.methods == ["server/discover", "initialize", "notifications/initialized"])
  }

  @Test func `silence for half of the time leads to initialize`() async throws {
    let channel = ScriptedChannel.legacy { message in
      guard case .request(_, "server/discover", _) = message else { return nil }
      return []
    }
    let peer = try await MCPClient(channel: channel).handshake(within: limit)
    #expect(peer.era == .legacy)
    #expect(channel.uptime() == limit / 2)
  }

  @Test func `a modern plugin that is only slow is still found modern`() async throws {
    let channel = ScriptedChannel.modern { message in
      switch message {
      case .request(let id, "server/discover", _):
        [.wait(.seconds(20)), .write(.result(id: id, ScriptedChannel.discovery()))]
      case .request(let id, "initialize", _):
        [.write(.failure(id: id, MCPFailure(code: -32601, message: "unknown")))]
      default: nil
      }
    }
    let client = MCPClient(channel: channel)
    #expect(try await client.handshake(within: limit).era == .modern)
    #expect(try await client.tools(within: limit).tools.count == 1)
    #expect(client.conduct.strayAnswers == 0)
    #expect(client.conduct.lateAnswers == 1)
  }

  @Test func `after an unsupported version a common one is tried once`() async throws {
    let channel = ScriptedChannel.modern { message in
      guard case .request(let id, "server/discover", _) = message, id == .integer(1) else { return nil }
      let data: JSON = ["supported": ["2027-01-01", "2026-07-28"], "requested": "2026-07-28"]
      return [.write(.failure(id: id, MCPFailure(code: -32022, message: "unsupported", data: data)))]
    }
    #expect(try await MCPClient(channel: channel).handshake(within: limit).era == .modern)
    #expect(channel.methods == ["server/discover", "server/discover"])
  }

  @Test func `a plugin that refuses every version is not asked for ever`() async throws {
    let channel = ScriptedChannel.modern { message in
      guard case .request(let id, "server/discover", _) = message else { return nil }
      let data: JSON = ["supported": ["2026-07-28"], "requested": "2026-07-28"]
      return [.write(.failure(id: id, MCPFailure(code: -32022, message: "unsupported", data: data)))]
    }
    let error = await #expect(throws: MCPError.self) {
      try await MCPClient(channel: channel).handshake(within: limit)
    }
    #expect(error == .noCommonVersion(offered: ["2026-07-28"], supported: ["2026-07-28"]))
    #expect(channel.methods.count == 2)
  }

  @Test func `a plugin of a later era only is refused and not asked to initialize`() async throws {
    let channel = ScriptedChannel.modern { message in
      guard case .request(let id, "server/discover", _) = message else { return nil }
      return [
        .write(.failure(id: id, MCPFailure(code: -32022, message: "no", data: ["supported": ["2030-01-01"]])))
      ]
    }
    let error = await #expect(throws: MCPError.self) {
      try await MCPClient(channel: channel).handshake(within: limit)
    }
    #expect(error == .noCommonVersion(offered: ["2026-07-28"], supported: ["2030-01-01"]))
    #expect(channel.methods == ["server/discover"])
  }

  @Test(arguments: [-32020, -32021] as [Int64])
  func `other modern errors end the handshake`(code: Int64) async throws {
    let channel = ScriptedChannel.modern { message in
      guard case .request(let id, "server/discover", _) = message else { return nil }
      return [.write(.failure(id: id, MCPFailure(code: code, message: "needs\nroots")))]
    }
    let error = await #expect(throws: MCPError.self) {
      try await MCPClient(channel: channel).handshake(within: limit)
    }
    #expect(error == .refused(method: "server/discover", code: code, message: "needs·roots"))
  }

  @Test func `a legacy plugin that answers a version nobody published is refused`() async throws {
    let channel = ScriptedChannel.legacy(version: "1999-01-01")
    let error = await #expect(throws: MCPError.self) {
      try await MCPClient(channel: channel).handshake(within: limit)
    }
    #expect(error == .noCommonVersion(offered: MCPVersions.legacy, supported: ["1999-01-01"]))
  }

  @Test func `a plugin that dies at once is reported as ended`() async throws {
    let error = await #expect(throws: MCPError.self) {
      try await MCPClient(channel: ScriptedChannel { _ in [.close] }).handshake(within: limit)
    }
    #expect(error == .ended(method: "server/discover"))
  }

  @Test func `complete silence ends at the deadline, not later`() async throws {
    let channel = ScriptedChannel { _ in [] }
    let error = await #expect(throws: MCPError.self) {
      try await MCPClient(channel: channel).handshake(within: limit)
    }
    #expect(error == .deadline(method: "initialize", limit: limit))
    #expect(channel.uptime() == limit)
  }

  @Test func `liveness is ping in the old era and discovery in the new one`() async throws {
    let old = ScriptedChannel.legacy()
    let client = MCPClient(channel: old)
    _ = try await client.handshake(within: limit)
    try await client.checkAlive(within: limit)
    #expect(old.methods.last == "ping")
    let new = ScriptedChannel.modern()
    let other = MCPClient(channel: new)
    _ = try await other.handshake(within: limit)
    try await other.checkAlive(within: limit)
    #expect(new.methods == ["server/discover", "server/discover"])
  }

  @Test func `nothing is asked before the handshake`() async throws {
    let error = await #expect(throws: MCPError.self) {
      try await MCPClient(channel: ScriptedChannel.modern()).tools(within: limit)
    }
    #expect(error == .notReady(method: "tools/list"))
  }
}
