import MCP
import Platform
import Signing

/// How a session of a candidate ended.
enum SessionEnd: Equatable, Sendable {
  /// Everything was answered and it left by itself.
  case finished
  /// A gate was missed.
  case failed
  /// The handshake missed its deadline for the first time; another session may try once more.
  case startedLate
  /// It ended before the handshake; whether that is its own fault is known when the sandbox has reported.
  case notStarted(ProbeFailure, after: Duration)
}

/// Asks one session what the plan wants to know, and tells the watch.
final class CanaryProber {
  private let watch: CanaryWatch
  private let session: any CanarySession
  private let purpose: SessionPurpose
  private let isRetry: Bool
  private let client: MCPClient
  private var conduct = MCPConduct()

  init(watch: CanaryWatch, session: any CanarySession, purpose: SessionPurpose, isRetry: Bool) {
    self.watch = watch
    self.session = session
    self.purpose = purpose
    self.isRetry = isRetry
    client = MCPClient(channel: session)
  }

  private var gates: CanaryGates { watch.plan.gates }

  /// The long session: rounds of probes until there is enough, with cold starts in between.
  func soak(coldStart: () async throws -> Bool) async throws -> SessionEnd {
    if let end = try await start() { return end }
    while true {
      let began = watch.clock.uptime()
      guard try await round() else { return .failed }
      try await watch.finishRound()
      if watch.wantsColdStart {
        guard try await coldStart() else { return .failed }
      }
      if watch.hasFailed { return .failed }
      let patience = watch.patience ?? .seconds(Int64.max)
      if watch.hasEnough || patience <= .zero { return try await stop() ? .finished : .failed }
      let left = min(watch.plan.interval - (watch.clock.uptime() - began), patience)
      if left > .zero { try await watch.clock.sleep(for: left) }
    }
  }

  /// The short session: start, one tool list, stop.
  func once() async throws -> SessionEnd {
    if let end = try await start() { return end }
    guard try await listTools() else { return .failed }
    return try await stop() ? .finished : .failed
  }

  /// Starts the conversation; nil when it may go on.
  private func start() async throws -> SessionEnd? {
    let began = watch.clock.uptime()
    var failure: ProbeFailure?
    do {
      watch.note(try await client.handshake(within: gates.start), purpose)
    } catch  where error.isDeadlineMiss && !isRetry {
      try Task.checkCancellation()
      return .startedLate
    } catch {
      try Task.checkCancellation()
      let explained = await explain(error, starting: true)
      if error.isEnd { return .notStarted(explained, after: watch.clock.uptime() - began) }
      failure = explained
    }
    return try await finish(.start, began: began, retried: isRetry, failure: failure) ? nil : .failed
  }

  private func round() async throws -> Bool {
    guard try await probe(.alive, { try await self.client.checkAlive(within: self.gates.call) }),
      try await listTools()
    else { return false }
    for call in watch.plan.calls {
      let succeeded = try await probe(.call, tool: call.tool) {
        let result = try await self.client.call(call.tool, arguments: call.arguments, within: self.gates.call)
        guard result.isError else { return }
        let words = "the declared sample call of \(Quoted(call.tool)) reports an error: \(Quoted(result.text))"
        throw ProbeFault(failure: ProbeFailure(code: "call-failed", sentence: words))
      }
      guard succeeded else { return false }
    }
    return true
  }

  private func listTools() async throws -> Bool {
    try await probe(.tools) { self.watch.note(try await self.client.tools(within: self.gates.call)) }
  }

  /// Ends the input and waits for the plugin to leave.
  private func stop() async throws -> Bool {
    let began = watch.clock.uptime()
    await session.closeInput()
    let exit = await session.waitForExit(within: gates.stop)
    var failure: ProbeFailure?
    switch exit {
    case .code(let code): watch.noteStop(code: code)
    case .signal(let number):
      let words = "signal \(number) ended it after the end of its input, instead of it leaving by itself"
      failure = ProbeFailure(code: "stop-by-signal", sentence: words)
    case nil:
      let words = "it did not leave within \(gates.stop) after the end of its input"
      failure = ProbeFailure(code: "stop-late", sentence: words)
    }
    return try await finish(.stop, began: began, retried: false, failure: failure)
  }

  /// Asks once, and once more when only time was missing.
  private func probe(
    _ kind: ProbeKind, tool: String? = nil, _ ask: () async throws -> Void
  ) async throws -> Bool {
    var began = watch.clock.uptime()
    var (retried, failure): (Bool, ProbeFailure?) = (false, nil)
    do {
      do {
        try await ask()
      } catch let error as MCPError where error.isDeadlineMiss {
        try Task.checkCancellation()
        retried = true
        began = watch.clock.uptime()
        try await ask()
      }
    } catch let error as MCPError {
      failure = await explain(error, starting: false)
    } catch let fault as ProbeFault {
      failure = fault.failure
    }
    let usage = kind == .tools ? await session.usage().memory : nil
    return try await finish(kind, tool: tool, began: began, retried: retried, failure: failure, memory: usage)
  }

  private func finish(
    _ kind: ProbeKind, tool: String? = nil, began: Duration, retried: Bool, failure: ProbeFailure?,
    memory: Int64? = nil
  ) async throws -> Bool {
    // A supervisor that is being stopped tears its pipes down; that says nothing about the plugin.
    try Task.checkCancellation()
    watch.note(client.conduct, since: conduct)
    conduct = client.conduct
    try await watch.note(
      kind, purpose, tool: tool, latency: watch.clock.uptime() - began, retried: retried, failure: failure,
      memory: memory)
    return failure == nil && !watch.hasFailed
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

/// A failure that an answer itself reveals.
private struct ProbeFault: Error {
  let failure: ProbeFailure
}
