import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// A child on this process's own standard streams, or on relayed ones; it dies with this process and gets its signals.
final class AttachedProcess: Sendable {
  private let command: Command
  private let program: FilePath
  private let variables: [String: String]
  private let grace: Duration
  private let relay: StreamRelay?
  /// The child while it may be signalled: from its start until just before it is reaped.
  private let process = Mutex<Int32?>(nil)
  private let queue = DispatchQueue(label: "serin.attached")

  init(_ command: Command, program: FilePath, variables: [String: String], grace: Duration, relay: StreamRelay?) {
    self.command = command
    self.program = program
    self.variables = variables
    self.grace = grace
    self.relay = relay
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
    var streams: RelayedStreams?
    if let relay {
      streams = RelayedStreams(relay)
      if streams == nil {
        return .failure(.cannotStart(executable: name, reason: "no pipes can be made for its standard streams"))
      }
    }
    let started = process.withLock { process in
      let ends = streams?.forCommand
      let started = LinuxCalls.spawnAttached(
        program, arguments: [name] + command.arguments, environment: variables,
        directory: command.workingDirectory, input: ends?.input, output: ends?.output)
      process = try? started.get()
      return started
    }
    guard case .success(let child) = started else {
      guard case .failure(let number) = started else { return .failure(.cancelled(executable: name)) }
      return .failure(.cannotStart(executable: name, reason: number.description))
    }
    let failure = LinuxCalls.forwardSignals(to: child, telling: streams?.signals)
    if failure != nil { signal(ProcessSignals.kill) }
    if let streams { wait(for: child, streams) }
    let status = LinuxCalls.peek(child, waiting: true)
    streams?.finish()
    LinuxCalls.stopForwarding()
    process.withLock { $0 = nil }
    ProcessSignals.reap(child)
    if let failure { return .failure(.failed(executable: name, reason: failure.description)) }
    guard let status else { return .failure(.failed(executable: name, reason: "it was lost")) }
    return .success(status)
  }

  /// Lets bytes pass until the child has ended; its input ends with the first signal.
  private func wait(for child: Int32, _ streams: RelayedStreams) {
    streams.start()
    // Without process descriptors (before Linux 5.3) a signal is passed on all the same, and the input stays open.
    guard let ending = LinuxCalls.processDescriptor(child) else { return }
    var watch = ReadinessWatch([ending, streams.signals])
    watch.wait()
    if watch.isReady(0) { return }
    // The event stays readable for `finish`, which then does not wait for a client that reads nothing.
    streams.endInput()
    var last = ReadinessWatch([ending])
    last.wait()
  }

  private func signal(_ number: Int32) {
    process.withLock { process in
      if let process { ProcessSignals.send(number, to: process) }
    }
  }
}
