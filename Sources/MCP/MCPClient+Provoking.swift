package import StrictJSON

/// What a healthy plugin survives: it may refuse it, and answers the next request as if nothing had happened.
extension MCPClient {
  /// Sends a line as it is, whether or not it is a message; no answer is awaited.
  ///
  /// - Throws: `MCPError.unwritable` when the plugin no longer reads.
  package func provoke(_ line: [UInt8], as name: String) async throws(MCPError) {
    do {
      try await channel.send(line + [UInt8(ascii: "\n")])
    } catch {
      throw .unwritable(method: name, reason: PlainText.excerpt("\(error)"))
    }
  }

  /// Sends a request and takes it back at once (MCP 2025-11-25, "Cancellation"); an answer may still come.
  ///
  /// - Throws: `MCPError.unwritable` when the plugin no longer reads.
  package func askAndCancel(_ method: String, _ params: [(String, JSON)] = []) async throws(MCPError) {
    let id = try await askReady(method, params)
    abandon([id])
    let reason = JSON.Object([("requestId", .integer(id)), ("reason", .string("no longer needed"))])
    try await send(.notification(method: "notifications/cancelled", params: .object(reason)), for: method)
  }

  /// Sends several requests before the first is answered; answers may come in any order, results or refusals.
  ///
  /// - Throws: `MCPError.deadline` when one of them is not answered, and whatever breaks the conversation.
  package func askTogether(
    _ method: String, _ params: [(String, JSON)] = [], count: Int, within limit: Duration
  ) async throws(MCPError) {
    let started = channel.uptime()
    var open: [Int64] = []
    for _ in 0..<count { open.append(try await askReady(method, params)) }
    while !open.isEmpty {
      let left = limit - (channel.uptime() - started)
      guard let (id, _) = try await answer(to: open, of: method, within: left) else {
        throw .deadline(method: method, limit: limit)
      }
      open.removeAll { $0 == id }
    }
  }

  /// Sends a request of an open conversation.
  private func askReady(_ method: String, _ params: [(String, JSON)]) async throws(MCPError) -> Int64 {
    guard let peer else { throw .notReady(method: method) }
    let members = peer.era == .modern ? params + [("_meta", meta(peer.protocolVersion))] : params
    return try await ask(method, members.isEmpty ? nil : members)
  }
}
