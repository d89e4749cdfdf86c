import Subprocess
import Synchronization

/// A running child of swift-subprocess: two pumps read its output, one sender at a time writes to it.
final class LiveSession: ProcessSession {
  typealias Running = Execution<CustomWriteInput, SequenceOutput, SequenceOutput>

  let pid: Int32
  private let name: String
  private let clock: any WallClock
  private let writer: StandardInputWriter
  private let exit: ExitWatch
  private let lines = LineBuffer()
  private let errors = ByteTail()
  private let isSending = Mutex(false)
  private let sendingEnded = Gate()

  private init(_ execution: Running, name: String, clock: any WallClock, exit: ExitWatch) {
    self.pid = execution.processIdentifier.value
    self.name = name
    self.clock = clock
    self.writer = execution.standardInputWriter
    self.exit = exit
  }

  /// Runs the body beside the pumps, then ends the process group.
  static func serve<R: Sendable>(
    _ execution: Running, name: String, clock: any WallClock, _ body: (any ProcessSession) async throws -> R
  ) async throws -> Result<R, any Error> {
    guard let exit = ExitWatch(execution.processIdentifier.value) else {
      throw ProcessError.failed(executable: name, reason: "the kernel has no process descriptors (Linux 5.3 has)")
    }
    let session = LiveSession(execution, name: name, clock: clock, exit: exit)
    let output = execution.standardOutput
    let errorOutput = execution.standardError
    return await withTaskGroup(of: Void.self) { group in
      group.addTask { await session.pumpLines(output) }
      group.addTask { await session.pumpErrors(errorOutput) }
      let result: Result<R, any Error>
      do {
        result = .success(try await body(session))
      } catch {
        result = .failure(error)
      }
      session.lines.abandon()
      await session.terminate()
      // Whatever else is left of the group; its leader is not reaped before this closure has ended.
      ProcessSignals.send(ProcessSignals.kill, toGroup: session.pid)
      group.cancelAll()
      return result
    }
  }

  private func pumpLines(_ output: SubprocessOutputSequence) async {
    var iterator = output.makeAsyncIterator()
    var isRead = true
    while let buffer = try? await iterator.next() {
      if isRead { isRead = await lines.append(buffer.array) }
    }
    lines.finish()
  }

  private func pumpErrors(_ output: SubprocessOutputSequence) async {
    var iterator = output.makeAsyncIterator()
    while let buffer = try? await iterator.next() { errors.append(buffer.array) }
  }

  var stderrTail: [UInt8] { errors.bytes }
  var stderrBytes: Int64 { errors.count }

  func nextLine(limit: Int, timeout: Duration) async -> LineEvent {
    await lines.next(limit: limit, timeout: timeout, clock: clock)
  }

  func send(_ bytes: [UInt8], timeout: Duration) async throws(ProcessError) {
    let deadline = clock.uptime() + timeout
    guard await beginSending(until: deadline) else { throw stuck(after: timeout) }
    defer { endSending() }
    let (writer, clock) = (writer, clock)
    let written: Int? = await withTaskGroup(of: Int?.self) { group in
      group.addTask { (try? await writer.write(bytes)) ?? -1 }
      group.addTask {
        try? await clock.sleep(for: deadline - clock.uptime())
        return nil
      }
      let first = await group.next() ?? nil
      // Cancelling ends the write where it stands; how far it came no longer matters.
      group.cancelAll()
      return first
    }
    guard let written else { throw stuck(after: timeout) }
    guard written == bytes.count else { throw .inputClosed(executable: name) }
  }

  func closeInput() async {
    guard await beginSending(until: clock.uptime() + .seconds(5)) else { return }
    defer { endSending() }
    try? await writer.finish()
  }

  func wait(timeout: Duration) async -> ProcessStatus? {
    await exit.wait(timeout: timeout, cancellable: true, clock: clock)
  }

  @discardableResult
  func terminate(grace: Duration) async -> ProcessStatus? {
    if let status = exit.status { return status }
    ProcessSignals.send(ProcessSignals.terminate, toGroup: pid)
    if let status = await exit.wait(timeout: grace, cancellable: false, clock: clock) { return status }
    ProcessSignals.send(ProcessSignals.kill, toGroup: pid)
    // SIGKILL cannot be refused; only a process stuck in the kernel takes longer.
    return await exit.wait(timeout: .seconds(5), cancellable: false, clock: clock)
  }

  private func stuck(after timeout: Duration) -> ProcessError {
    Task.isCancelled ? .cancelled(executable: name) : .inputStuck(executable: name, after: timeout)
  }

  private func beginSending(until deadline: Duration) async -> Bool {
    while true {
      let seen = sendingEnded.generation
      let isMine = isSending.withLock { busy in
        defer { busy = true }
        return !busy
      }
      if isMine { return true }
      if await sendingEnded.wait(after: seen, timeout: deadline - clock.uptime()) != .changed { return false }
    }
  }

  private func endSending() {
    isSending.withLock { $0 = false }
    sendingEnded.open()
  }
}

extension SubprocessOutputSequence.Buffer {
  /// The bytes as an array.
  fileprivate var array: [UInt8] { unsafe withUnsafeBytes { unsafe [UInt8]($0) } }
}
