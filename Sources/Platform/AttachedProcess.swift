import Dispatch
import Synchronization
import SystemPackage

/// A child on this process's own standard streams; it dies with this process and gets its signals.
final class AttachedProcess: Sendable {
  private let command: Command
  private let program: FilePath
  private let variables: [String: String]
  private let grace: Duration
  /// The child while it may be signalled: from its start until just before it is reaped.
  private let process = Mutex<Int32?>(nil)
  private let queue = DispatchQueue(label: "serin.attached")

  init(_ command: Command, program: FilePath, variables: [String: String], grace: Duration) {
    self.command = command
    self.program = program
    self.variables = variables
    self.grace = grace
  }

  func run() async throws(ProcessError) -> ProcessStatus {
    let name = command.executable.string
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // One block for the child's whole life: it is bound to the thread that starts it.
        queue.async { continuation.resume(returning: self.startAndWait()) }
      }
    } onCancel: {
      signal(ProcessSignals.terminate)
      Task {
        try? await SystemClock().sleep(for: grace)
        signal(ProcessSignals.kill)
      }
    }
    if Task.isCancelled { throw .cancelled(executable: name) }
    return try result.get()
  }

  private func startAndWait() -> Result<ProcessStatus, ProcessError> {
    let name = command.executable.string
    let started = process.withLock { process in
      let started = LinuxCalls.spawnAttached(
        program, arguments: [name] + command.arguments, environment: variables,
        directory: command.workingDirectory)
      process = try? started.get()
      return started
    }
    guard case .success(let child) = started else {
      guard case .failure(let number) = started else { return .failure(.cancelled(executable: name)) }
      return .failure(.cannotStart(executable: name, reason: number.description))
    }
    let failure = LinuxCalls.forwardSignals(to: child)
    if failure != nil { signal(ProcessSignals.kill) }
    let status = LinuxCalls.peek(child, waiting: true)
    LinuxCalls.stopForwarding()
    process.withLock { $0 = nil }
    ProcessSignals.reap(child)
    if let failure { return .failure(.failed(executable: name, reason: failure.description)) }
    guard let status else { return .failure(.failed(executable: name, reason: "it was lost")) }
    return .success(status)
  }

  private func signal(_ number: Int32) {
    process.withLock { process in
      if let process { ProcessSignals.send(number, to: process) }
    }
  }
}
