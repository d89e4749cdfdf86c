import MCP
import Platform
import Signing

/// What one probe of one twin brought.
struct ProbeResult: Equatable, Sendable {
  let probe: ProbeKind
  /// The tool that was called, or the provocation.
  var tool: String?
  /// How long the answer took; of the last try when there were several.
  var latency = Duration.zero
  /// Whether the first try missed its deadline or brought an error.
  var retried = false
  /// What failed in the end.
  var failure: ProbeFailure?
  /// What it did besides answering that it must not do.
  var misconduct: [ProbeFailure] = []

  /// Everything that is wrong with it.
  var failures: [ProbeFailure] { (failure.map { [$0] } ?? []) + misconduct }
  /// Whether the conversation cannot go on.
  var endsSession: Bool { failure.map { !$0.isComparable } ?? false }
}

/// One of the twins in one session: asks, and says what came of it; judges nothing.
final class TwinSession {
  let arm: CanaryArm
  let purpose: SessionPurpose
  let session: any CanarySession
  let client: MCPClient
  let gates: CanaryGates
  private let clock: any WallClock
  private var conduct = MCPConduct()
  private var noted = MCPConduct()
  private var lastUsage = CanaryUsage(processorTime: .zero, errorBytes: 0)
  /// What was refused it so far.
  private(set) var events: [CanaryEvent] = []

  init(
    _ arm: CanaryArm, _ purpose: SessionPurpose, session: any CanarySession, gates: CanaryGates, clock: any WallClock
  ) {
    self.arm = arm
    self.purpose = purpose
    self.session = session
    self.gates = gates
    self.clock = clock
    client = MCPClient(channel: session)
  }

  /// How the opening of a conversation ended.
  enum Opening: Sendable {
    case open(ProbeResult, MCPPeer)
    /// The handshake missed its deadline; another session may try once more.
    case late(ProbeResult)
    /// It ended before the handshake, or answered what it must not.
    case failed(ProbeResult, hasEnded: Bool)
  }

  /// Opens the conversation.
  func open(isRetry: Bool) async throws -> Opening {
    var result = ProbeResult(probe: .start, retried: isRetry)
    let began = clock.uptime()
    do {
      let peer = try await client.handshake(within: gates.start)
      result.latency = clock.uptime() - began
      return .open(finish(result), peer)
    } catch {
      try Task.checkCancellation()
      result.latency = clock.uptime() - began
      result.failure = await explain(error, starting: true)
      if error.isDeadlineMiss { return .late(result) }
      return .failed(finish(result), hasEnded: error.isEnd)
    }
  }

  /// Asks for a sign of life.
  func checkAlive() async throws -> ProbeResult {
    try await probe(.alive) { () throws(MCPError) in try await self.client.checkAlive(within: self.gates.call) }
  }

  /// Reads the tool list.
  func listTools() async throws -> (ProbeResult, ToolList?) {
    var list: ToolList?
    let result = try await probe(.tools) { () throws(MCPError) in
      list = try await self.client.tools(within: self.gates.call)
    }
    return (result, list)
  }

  /// Makes a declared call; what the tool itself reports as an error is one.
  func call(_ call: ToolCallProbe, as kind: ProbeKind = .call) async throws -> (ProbeResult, ToolResult?) {
    var answer: ToolResult?
    var result = try await probe(kind, tool: call.tool) { () throws(MCPError) in
      answer = try await self.client.call(call.tool, arguments: call.arguments, within: self.gates.call)
    }
    if result.failure?.code == "refused" {
      result.failure = ProbeFailure(code: "call-failed", sentence: result.failure?.sentence ?? "")
    } else if let answer, answer.isError {
      let words = "the declared sample call of \(Quoted(call.tool)) reports an error: \(Quoted(answer.text))"
      result.failure = ProbeFailure(code: "call-failed", sentence: words)
    }
    return (result, answer)
  }

  /// Ends the input and waits for the plugin to leave; returns the exit code where there was one.
  func stop() async throws -> (ProbeResult, code: Int?) {
    var result = ProbeResult(probe: .stop)
    let began = clock.uptime()
    await session.closeInput()
    let exit = await session.waitForExit(within: gates.stop)
    try Task.checkCancellation()
    result.latency = clock.uptime() - began
    switch exit {
    case .code(let code): return (finish(result), code)
    case .signal(let number):
      let words = "signal \(number) ended it after the end of its input, instead of it leaving by itself"
      result.failure = ProbeFailure(code: "stop-by-signal", sentence: words)
    case nil:
      let words = "it did not leave within \(gates.stop) after the end of its input"
      result.failure = ProbeFailure(code: "stop-late", sentence: words)
    }
    return (finish(result), nil)
  }

  /// Asks once, and once more when only time was missing.
  func probe(
    _ kind: ProbeKind, tool: String? = nil, _ ask: () async throws(MCPError) -> Void
  ) async throws -> ProbeResult {
    var result = ProbeResult(probe: kind, tool: tool)
    var began = clock.uptime()
    do throws(MCPError) {
      do throws(MCPError) {
        try await ask()
      } catch  where error.isDeadlineMiss {
        guard !Task.isCancelled else { throw error }
        result.retried = true
        began = clock.uptime()
        try await ask()
      }
    } catch {
      try Task.checkCancellation()
      result.failure = await explain(error, starting: false)
    }
    result.latency = clock.uptime() - began
    // A supervisor that is being stopped tears its pipes down; that says nothing about the plugin.
    try Task.checkCancellation()
    return finish(result)
  }

  /// Noise, late answers and misconduct since this was asked the last time.
  func takeConduct() -> (now: MCPConduct, since: MCPConduct) {
    defer { noted = client.conduct }
    return (client.conduct, noted)
  }

  private func finish(_ result: ProbeResult) -> ProbeResult {
    var result = result
    let now = client.conduct
    if now.strayAnswers > conduct.strayAnswers {
      result.misconduct.append(
        ProbeFailure(code: "wrong-id", sentence: "it answered a request that nobody made"))
    }
    if now.forbiddenRequests > conduct.forbiddenRequests {
      result.misconduct.append(
        ProbeFailure(
          code: "forbidden-request", sentence: "it sent a request, which its protocol version forbids"))
    }
    conduct = now
    return result
  }

  /// What it uses: what it holds now, and what it took since the last time; and what was refused since then.
  func measure() async -> (metrics: [CanaryMetric: Double], memory: Int64?, events: [CanaryEvent]) {
    let usage = await session.usage()
    var metrics: [CanaryMetric: Double] = [:]
    if let memory = usage.memory { metrics[.memory] = Double(memory) }
    if let count = usage.descriptors { metrics[.descriptors] = Double(count) }
    if let count = usage.threads { metrics[.threads] = Double(count) }
    if let now = usage.processorTime, let before = lastUsage.processorTime, now >= before {
      metrics[.processorTime] = (now - before) / .microseconds(1)
    }
    if let now = usage.errorBytes, let before = lastUsage.errorBytes, now >= before {
      metrics[.errorOutput] = Double(now - before)
    }
    lastUsage = usage
    defer { events = usage.events }
    return (metrics, usage.memory, usage.events.since(events))
  }

  private func explain(_ error: MCPError, starting: Bool) async -> ProbeFailure {
    switch error {
    case .ended, .unwritable:
      let how =
        switch await session.waitForExit(within: .seconds(2)) {
        case .code(let code): "it ended by itself with code \(code)"
        case .signal(let number): "signal \(number) ended it"
        case nil: "it closed its pipes"
        }
      let when = starting ? " before it answered" : " while it was watched"
      return ProbeFailure(code: starting ? "start-failed" : "exited", sentence: how + when + (await lastWords()))
    case .deadline: return ProbeFailure(code: starting ? "start-late" : "answer-late", sentence: "\(error), twice")
    case .refused: return ProbeFailure(code: "refused", sentence: error.description)
    case .noCommonVersion: return ProbeFailure(code: "no-common-version", sentence: error.description)
    case .lineTooLong, .tooMuchNoise, .tooManyMessages:
      return ProbeFailure(code: "flood", sentence: error.description)
    default: return ProbeFailure(code: "protocol", sentence: error.description)
    }
  }

  /// The last line that it wrote to standard error, which usually says why it died.
  private func lastWords() async -> String {
    let lines = await session.errorTail().split(separator: UInt8(ascii: "\n"))
    guard let last = lines.last(where: { !$0.allSatisfy { $0 <= 0x20 } }) else { return "" }
    return "; its last words: \(Quoted(PlainText.excerpt(Array(last))))"
  }
}

extension [CanaryEvent] {
  /// What came to these counts since earlier ones of the same session.
  func since(_ earlier: [CanaryEvent]) -> [CanaryEvent] {
    compactMap { event in
      let before = earlier.first { $0.kind == event.kind && $0.subject == event.subject }?.count ?? 0
      return event.count > before ? CanaryEvent(event.kind, event.subject, count: event.count - before) : nil
    }
  }
}
