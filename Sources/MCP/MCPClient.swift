package import StrictJSON

/// Speaks MCP with one plugin over one channel, in whichever generation of the protocol the plugin speaks.
///
/// One request at a time. Lines that are no messages are skipped and counted, requests of legacy plugins are answered.
package final class MCPClient {
  /// What the plugin said about itself; nil before the handshake.
  package internal(set) var peer: MCPPeer?
  /// How well the plugin has kept to the protocol so far.
  package internal(set) var conduct = MCPConduct()

  let channel: any MCPChannel
  let limits: MCPLimits
  let identity: JSON
  /// Requests given up at their deadline, whose answers may still come; bounded by the oldest being forgotten.
  private var abandoned: [Int64] = []
  private var nextID: Int64 = 1
  private static let keptAbandoned = 64

  /// Creates a client that introduces itself with `name` and `version`.
  package init(
    channel: any MCPChannel, name: String = "serin", version: String = "1", limits: MCPLimits = .standard
  ) {
    self.channel = channel
    self.limits = limits
    identity = .object(JSON.Object([("name", .string(name)), ("version", .string(version))]))
  }

  /// Sends a request and waits for its answer, at most `limit` long.
  ///
  /// - Throws: `MCPError.refused` when the plugin answers with an error, and the other cases for a broken conversation.
  package func request(
    _ method: String, _ params: [(String, JSON)] = [], within limit: Duration
  ) async throws(MCPError) -> JSON {
    guard let peer else { throw .notReady(method: method) }
    var members = params
    if peer.era == .modern { members.append(("_meta", meta(peer.protocolVersion))) }
    let id = try await ask(method, members.isEmpty ? nil : members)
    switch try await answer(to: [id], of: method, within: limit) {
    case (_, .success(let result))?: return result
    case (_, .failure(let failure))?:
      throw .refused(method: method, code: failure.code, message: PlainText.excerpt(failure.message))
    case nil:
      // The plugin may stop working on it; whether it does is its own affair.
      let reason = JSON.Object([("requestId", .integer(id)), ("reason", .string("deadline"))])
      try? await channel.send(MCPMessage.notification(method: "notifications/cancelled", params: .object(reason)).line)
      throw .deadline(method: method, limit: limit)
    }
  }

  /// The `_meta` that every modern request carries (MCP 2026-07-28, "Requests").
  func meta(_ version: String) -> JSON {
    .object(
      JSON.Object([
        ("io.modelcontextprotocol/protocolVersion", .string(version)),
        ("io.modelcontextprotocol/clientInfo", identity),
        ("io.modelcontextprotocol/clientCapabilities", .object(JSON.Object([]))),
      ]))
  }

  /// Sends a request and returns its identifier.
  func ask(_ method: String, _ params: [(String, JSON)]?) async throws(MCPError) -> Int64 {
    let id = nextID
    nextID += 1
    let body = params.map { JSON.object(JSON.Object($0)) }
    try await send(.request(id: .integer(id), method: method, params: body), for: method)
    return id
  }

  /// Sends a message that belongs to the exchange named `method`.
  func send(_ message: MCPMessage, for method: String) async throws(MCPError) {
    do {
      try await channel.send(message.line)
    } catch {
      throw .unwritable(method: method, reason: PlainText.excerpt("\(error)"))
    }
  }

  /// Waits for the answer to one of `ids`; nil when the time ran out, and the last of `ids` is then given up.
  func answer(
    to ids: [Int64], of method: String, within limit: Duration
  ) async throws(MCPError) -> (id: Int64, Result<JSON, MCPFailure>)? {
    let started = channel.uptime()
    var (noise, foreign) = (0, 0)
    while true {
      let left = limit - (channel.uptime() - started)
      let event = left > .zero ? await channel.nextLine(within: left) : .timedOut
      switch event {
      case .timedOut:
        abandon(ids)
        return nil
      case .closed: throw .ended(method: method)
      case .tooLong(let limit): throw .lineTooLong(limit: limit)
      case .line(let bytes):
        if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
        guard let message = MCPMessage(line: bytes, limits: limits) else {
          conduct.noteNoise(bytes)
          noise += 1
          if noise > limits.noiseLines { throw .tooMuchNoise(method: method, limit: limits.noiseLines) }
          continue
        }
        if let match = try await take(message, for: ids, of: method) { return match }
        foreign += 1
        if foreign > limits.foreignMessages {
          throw .tooManyMessages(method: method, limit: limits.foreignMessages)
        }
      }
    }
  }

  /// Returns the answer if the message is it; else does what the message asks for.
  private func take(
    _ message: MCPMessage, for ids: [Int64], of method: String
  ) async throws(MCPError) -> (id: Int64, Result<JSON, MCPFailure>)? {
    switch message {
    case .result(.integer(let id), let result) where ids.contains(id): return (id, .success(result))
    case .failure(.integer(let id), let failure) where ids.contains(id): return (id, .failure(failure))
    case .result(let id, _): noteForeignAnswer(id)
    case .failure(let id, _): noteForeignAnswer(id)
    case .notification(let name, _):
      if name == "notifications/tools/list_changed" { conduct.toolListChanges += 1 }
    case .request(let id, let name, _): try await reply(to: id, name, during: method)
    }
    return nil
  }

  /// Gives requests up; answers to them that still come are counted as late, not as stray.
  func abandon(_ ids: [Int64]) {
    abandoned.append(contentsOf: ids)
    if abandoned.count > Self.keptAbandoned { abandoned.removeFirst(abandoned.count - Self.keptAbandoned) }
  }

  private func noteForeignAnswer(_ id: MCPRequestID?) {
    if case .integer(let number) = id, let index = abandoned.firstIndex(of: number) {
      abandoned.remove(at: index)
      conduct.lateAnswers += 1
    } else {
      conduct.strayAnswers += 1
    }
  }

  /// A modern plugin may send no requests and gets no answers; a legacy one gets its ping answered.
  private func reply(to id: MCPRequestID, _ name: String, during method: String) async throws(MCPError) {
    if peer?.era == .modern {
      conduct.forbiddenRequests += 1
      return
    }
    conduct.requests += 1
    if name == "ping" {
      try await send(.result(id: id, .object(JSON.Object([]))), for: method)
    } else {
      let failure = MCPFailure(
        code: -32601, message: "this client does not offer \(PlainText.excerpt(name, limit: 64))")
      try await send(.failure(id: id, failure), for: method)
    }
  }
}
