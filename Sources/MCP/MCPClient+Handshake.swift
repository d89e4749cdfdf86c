import StrictJSON

extension MCPClient {
  /// Finds out which generation of the protocol the plugin speaks, and opens the conversation in it.
  ///
  /// `server/discover` goes first. A result or one of the errors that only modern plugins know settles the modern era;
  /// any other error, or silence for half of the time, leads to `initialize` on the same pipe (MCP 2026-07-28,
  /// "Versioning", dual-era clients).
  ///
  /// - Parameter limit: time for the whole handshake, start of the process included.
  /// - Throws: `MCPError` when the plugin ends, stays silent, or speaks no version that we speak.
  package func handshake(within limit: Duration) async throws(MCPError) -> MCPPeer {
    let started = channel.uptime()
    let half = limit / 2
    var offered = MCPVersions.modern[0]
    var discover = try await ask("server/discover", [("_meta", meta(offered))])
    for attempt in 0..<2 {
      let left = attempt == 0 ? half : limit - (channel.uptime() - started)
      switch try await answer(to: [discover], of: "server/discover", within: left) {
      case (_, .success(let result))?: return settle(try modern(result, offered: offered))
      case (_, .failure(let failure))?:
        guard Self.modernErrors.contains(failure.code) else {
          return try await initialize(after: discover, within: limit, since: started)
        }
        let other = try alternative(to: offered, after: failure)
        guard attempt == 0 else {
          throw .noCommonVersion(offered: MCPVersions.modern, supported: Self.supported(failure))
        }
        offered = other
        discover = try await ask("server/discover", [("_meta", meta(offered))])
      case nil:
        guard attempt == 0 else { throw .deadline(method: "server/discover", limit: limit) }
        return try await initialize(after: discover, within: limit, since: started)
      }
    }
    throw .deadline(method: "server/discover", limit: limit)
  }

  /// Asks for a sign of life: `ping` in the legacy era, `server/discover` in the modern one, which has no ping.
  package func checkAlive(within limit: Duration) async throws(MCPError) {
    guard let peer else { throw .notReady(method: "ping") }
    switch peer.era {
    case .legacy: _ = try await request("ping", within: limit)
    case .modern:
      let result = try await request("server/discover", within: limit)
      _ = try modern(result, offered: peer.protocolVersion)
    }
  }

  /// Errors reserved by the modern specification: header mismatch, missing capability, unsupported version.
  private static let modernErrors: Set<Int64> = [-32020, -32021, -32022]

  private static func supported(_ failure: MCPFailure) -> [String] {
    (failure.data?["supported"]?.arrayValue ?? []).prefix(32).compactMap(\.stringValue)
  }

  /// The version to offer next after −32022; other modern errors end the handshake.
  private func alternative(to offered: String, after failure: MCPFailure) throws(MCPError) -> String {
    guard failure.code == -32022 else {
      let words = PlainText.excerpt(failure.message)
      throw .refused(method: "server/discover", code: failure.code, message: words)
    }
    let supported = Self.supported(failure)
    guard let common = MCPVersions.modern.first(where: supported.contains) else {
      throw .noCommonVersion(offered: MCPVersions.modern, supported: supported)
    }
    return common
  }

  private func modern(_ result: JSON, offered: String) throws(MCPError) -> MCPPeer {
    let method = "server/discover"
    guard result.objectValue != nil, let versions = result["supportedVersions"]?.arrayValue else {
      throw .malformed(method: method, reason: "supportedVersions is missing")
    }
    let supported = versions.prefix(32).compactMap(\.stringValue)
    guard let version = supported.contains(offered) ? offered : MCPVersions.modern.first(where: supported.contains)
    else { throw .noCommonVersion(offered: MCPVersions.modern, supported: supported) }
    let info = result["_meta"]?["io.modelcontextprotocol/serverInfo"] ?? result["serverInfo"]
    return peer(.modern, version, info, result["capabilities"])
  }

  private func peer(_ era: MCPEra, _ version: String, _ info: JSON?, _ capabilities: JSON?) -> MCPPeer {
    MCPPeer(
      era: era, protocolVersion: version,
      name: info?["name"]?.stringValue.map { PlainText.excerpt($0, limit: 128) },
      version: info?["version"]?.stringValue.map { PlainText.excerpt($0, limit: 64) },
      capabilities: capabilities ?? .object(JSON.Object([])))
  }

  private func settle(_ found: MCPPeer) -> MCPPeer {
    peer = found
    return found
  }

  /// The legacy handshake; an answer to the earlier `server/discover` that was only slow still settles the modern era.
  private func initialize(
    after discover: Int64, within limit: Duration, since started: Duration
  ) async throws(MCPError) -> MCPPeer {
    let method = "initialize"
    let asked = try await ask(
      method,
      [
        ("protocolVersion", .string(MCPVersions.legacy[0])), ("capabilities", .object(JSON.Object([]))),
        ("clientInfo", identity),
      ])
    while true {
      let left = limit - (channel.uptime() - started)
      guard let (id, answer) = try await answer(to: [asked, discover], of: method, within: left) else {
        throw .deadline(method: method, limit: limit)
      }
      switch answer {
      case .success(let result) where id == discover:
        abandon([asked])
        return settle(try modern(result, offered: MCPVersions.modern[0]))
      case .failure where id == discover: continue
      case .failure(let failure):
        throw .refused(method: method, code: failure.code, message: PlainText.excerpt(failure.message))
      case .success(let result):
        guard let version = result["protocolVersion"]?.stringValue else {
          throw .malformed(method: method, reason: "protocolVersion is missing")
        }
        guard MCPVersions.legacy.contains(version) else {
          throw .noCommonVersion(offered: MCPVersions.legacy, supported: [version])
        }
        try await send(.notification(method: "notifications/initialized", params: nil), for: method)
        return settle(peer(.legacy, version, result["serverInfo"], result["capabilities"]))
      }
    }
  }
}
