package import Canary
import MCP
package import StrictJSON
import Synchronization

/// A plugin that only pretends: it answers in virtual time, and misbehaves where its script says so.
package final class PretendPlugin: CanarySubject {
  /// What it does with one request.
  package enum Reaction: Sendable {
    /// Answers properly after this time.
    case answer(after: Duration = .milliseconds(5))
    /// Answers with this result.
    case result(JSON)
    /// Writes these lines first, then answers properly.
    case noise([String])
    /// Answers with an error.
    case refusal(Int64)
    /// Answers a request that nobody made.
    case wrongID
    /// Says nothing.
    case silence
    /// Writes a line without end.
    case flood
    /// Ends with this code.
    case exit(Int)
  }

  /// One request as the script sees it.
  package struct Request: Sendable {
    /// The method; "garbage" for a line that is no message.
    package let method: String
    package let purpose: SessionPurpose
    /// The number of this method's request over all sessions, from 1.
    package let count: Int
    /// The number of the session of this purpose, from 1.
    package let session: Int
    /// How long the session has run.
    package let age: Duration
    /// How many requests the session has got before.
    package let earlier: Int
    /// The tool of a call.
    package let tool: String?
    /// Whether a notification said that an earlier request is no longer wanted.
    package let wasCancelled: Bool
  }

  /// What it does at the end of its input.
  package enum Farewell: Sendable {
    case code(Int)
    case signal(Int)
    case stays
  }

  package struct NoSandbox: Error {}

  /// How it looks and behaves.
  package struct Behaviour: Sendable {
    /// A healthy plugin.
    package init() {}

    package var tools: [JSON] = [["name": "echo", "description": "does it", "inputSchema": ["type": "object"]]]
    package var isLegacy = false
    package var version = "2025-11-25"
    package var farewell = Farewell.code(0)
    package var memory: Int64? = 50_000_000
    /// What it uses at an age of its session, after so many requests.
    package var usage: (@Sendable (Duration, Int) -> CanaryUsage)?
    /// How long it lives without a request.
    package var idleLimit: Duration?
    package var obeysClock = true
    package var report = SessionReport()
    package var errorText = ""
    package var startsUp: @Sendable (SessionPurpose, Int) -> Bool = { _, _ in true }
    package var script: @Sendable (Request) -> Reaction = { _ in .answer() }
  }

  package let behaviour: Behaviour
  package let clock: VirtualClock
  private let counts = Mutex<[String: Int]>([:])

  package init(_ clock: VirtualClock, _ shape: (inout Behaviour) -> Void = { _ in }) {
    var behaviour = Behaviour()
    shape(&behaviour)
    (self.behaviour, self.clock) = (behaviour, clock)
  }

  /// How many sessions of this purpose were started.
  package func sessions(_ purpose: SessionPurpose) -> Int { counts.withLock { $0["session \(purpose)"] ?? 0 } }

  /// How many requests of a method came.
  package func requests(_ method: String) -> Int { counts.withLock { $0[method] ?? 0 } }

  package func withSession<R: Sendable>(
    _ purpose: SessionPurpose, _ body: (any CanarySession) async throws -> R
  ) async throws -> (R, SessionReport) {
    let number = count("session \(purpose)")
    guard behaviour.startsUp(purpose, number) else { throw NoSandbox() }
    let session = PretendSession(plugin: self, purpose: purpose, number: number)
    return (try await body(session), behaviour.report)
  }

  package func count(_ what: String) -> Int {
    counts.withLock { counts in
      counts[what, default: 0] += 1
      return counts[what] ?? 0
    }
  }

  package func properResult(of method: String, params: JSON?) -> JSON? {
    switch method {
    case "server/discover" where !behaviour.isLegacy:
      ["resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": ["tools": [:]]]
    case "initialize" where behaviour.isLegacy:
      [
        "protocolVersion": .string(behaviour.version), "capabilities": ["tools": [:]],
        "serverInfo": ["name": "p", "version": "1"],
      ]
    case "ping" where behaviour.isLegacy: [:]
    case "tools/list": ["tools": .array(behaviour.tools)]
    case "tools/call": ["content": [["type": "text", "text": "done"]]]
    default: nil
    }
  }
}

/// One session with the plugin that pretends.
private final class PretendSession: CanarySession {
  private struct State {
    var lines: [(after: Duration, line: MCPLine)] = []
    var exit: SessionExit?
    var requests = 0
    var lastRequest: Duration
    var wasCancelled = false
  }

  private let plugin: PretendPlugin
  private let purpose: SessionPurpose
  private let number: Int
  private let began: Duration
  private let state: Mutex<State>

  init(plugin: PretendPlugin, purpose: SessionPurpose, number: Int) {
    (self.plugin, self.purpose, self.number) = (plugin, purpose, number)
    began = plugin.clock.uptime()
    state = Mutex(State(lastRequest: began))
  }

  func uptime() -> Duration { plugin.clock.uptime() }

  func send(_ bytes: [UInt8]) async throws {
    dieOfIdleness()
    guard state.withLock({ $0.exit }) == nil else { return }
    switch MCPMessage(line: Array(bytes.dropLast())) {
    case .request(let id, let method, let params): react(to: method, params, id: id)
    case .notification("notifications/cancelled", _): state.withLock { $0.wasCancelled = true }
    case .notification, .result, .failure: break
    case nil: react(to: "garbage", nil, id: nil)
    }
  }

  private func react(to method: String, _ params: JSON?, id: MCPRequestID?) {
    let now = plugin.clock.uptime()
    let (earlier, wasCancelled) = state.withLock { state in
      state.requests += 1
      state.lastRequest = now
      return (state.requests - 1, state.wasCancelled)
    }
    let request = PretendPlugin.Request(
      method: method, purpose: purpose, count: plugin.count(method), session: number, age: now - began,
      earlier: earlier, tool: params?["name"]?.stringValue, wasCancelled: wasCancelled)
    let reaction = plugin.behaviour.script(request)
    if case .exit(let code) = reaction { return end(.code(code)) }
    guard let id else { return }
    let proper: MCPMessage =
      plugin.properResult(of: method, params: params).map { .result(id: id, $0) }
      ?? .failure(id: id, MCPFailure(code: -32601, message: "unknown"))
    switch reaction {
    case .answer(let time): write(proper, after: time)
    case .result(let result): write(.result(id: id, result))
    case .noise(let lines):
      for line in lines { add(.line(Array(line.utf8))) }
      write(proper)
    case .refusal(let code): write(.failure(id: id, MCPFailure(code: code, message: "no")))
    case .wrongID:
      write(.result(id: .integer(4711), [:]))
      write(proper)
    case .flood: add(.tooLong(limit: 100))
    case .silence, .exit: break
    }
  }

  private func end(_ exit: SessionExit) {
    add(.closed)
    state.withLock { $0.exit = exit }
  }

  private func dieOfIdleness() {
    guard let limit = plugin.behaviour.idleLimit else { return }
    let hasDied = state.withLock { $0.exit == nil && plugin.clock.uptime() - $0.lastRequest > limit }
    if hasDied { end(.code(0)) }
  }

  private func write(_ message: MCPMessage, after time: Duration = .zero) {
    add(.line(Array(message.line.dropLast())), after: time)
  }

  private func add(_ line: MCPLine, after time: Duration = .zero) {
    state.withLock { $0.lines.append((time, line)) }
  }

  func nextLine(within limit: Duration) async -> MCPLine {
    let (wait, line) = state.withLock { state -> (Duration, MCPLine) in
      guard let next = state.lines.first, next.after < limit else { return (limit, .timedOut) }
      if next.line != .closed { state.lines.removeFirst() }
      return (next.after, next.line)
    }
    plugin.clock.pass(wait)
    return line
  }

  func usage() async -> CanaryUsage {
    let behaviour = plugin.behaviour
    if let usage = behaviour.usage {
      return usage(plugin.clock.uptime() - began, state.withLock { $0.requests })
    }
    return CanaryUsage(memory: behaviour.memory, threads: 1, events: behaviour.report.events)
  }

  func closeInput() async {
    state.withLock { state in
      switch plugin.behaviour.farewell {
      case .code(let code): state.exit = .code(code)
      case .signal(let signal): state.exit = .signal(signal)
      case .stays: break
      }
    }
  }

  func waitForExit(within limit: Duration) async -> SessionExit? {
    dieOfIdleness()
    let exit = state.withLock { $0.exit }
    plugin.clock.pass(exit == nil ? limit : .milliseconds(100))
    return exit
  }

  func errorTail() async -> [UInt8] { Array(plugin.behaviour.errorText.utf8) }

  func isClockAhead() async -> Bool { purpose.clockShift != nil && plugin.behaviour.obeysClock }
}
