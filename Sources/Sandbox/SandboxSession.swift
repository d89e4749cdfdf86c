package import Platform
import Synchronization

/// A running plugin in its sandbox, with live standard streams; valid only within the body that received it.
package final class SandboxSession: ProcessSession {
  /// The name of this sandbox.
  package let identifier: String
  private let process: any ProcessSession
  private let container: Container
  private let watch: LimitWatch

  init(process: any ProcessSession, container: Container, watch: LimitWatch) {
    identifier = container.identifier
    self.process = process
    self.container = container
    self.watch = watch
  }

  /// The number of the runtime's process, the plugin's parent on the machine.
  package var pid: Int32 { process.pid }
  /// The last bytes of the plugin's standard error.
  package var stderrTail: [UInt8] { process.stderrTail }
  /// How many bytes the plugin has written to standard error.
  package var stderrBytes: Int64 { process.stderrBytes }

  /// Writes bytes to the plugin's standard input.
  package func send(_ bytes: [UInt8], timeout: Duration) async throws(ProcessError) {
    try await process.send(bytes, timeout: timeout)
  }

  /// The next line of the plugin's standard output.
  package func nextLine(limit: Int, timeout: Duration) async -> LineEvent {
    await process.nextLine(limit: limit, timeout: timeout)
  }

  /// Closes the plugin's standard input.
  package func closeInput() async { await process.closeInput() }

  /// Waits for the plugin to end; nil when it still runs after the time.
  package func wait(timeout: Duration) async -> ProcessStatus? { await process.wait(timeout: timeout) }

  /// Closes the plugin's input, gives it the grace time to leave, and then ends all its processes.
  ///
  /// A first process ignores SIGTERM unless it handles it (pid_namespaces(7)), so nothing milder than SIGKILL is sent.
  @discardableResult
  package func terminate(grace: Duration) async -> ProcessStatus? {
    await process.closeInput()
    if let status = await process.wait(timeout: grace) { return status }
    await container.kill()
    return await process.waitForLast(timeout: .seconds(5))
  }

  /// What the plugin uses now; nil before its start and after its end.
  package func currentUsage() -> SandboxUsage? { watch.measure() }

  /// How many descriptors all its processes have open; nil where that cannot be seen.
  package func openDescriptors() -> Int? { container.tree()?.descriptors() }

  /// Whether one of its processes has mapped a file whose path holds this text.
  package func hasMapped(_ name: String) -> Bool { container.tree()?.maps(name) ?? false }

  /// What the plugin did so far that its answers do not show.
  package func currentEvents() async -> [SandboxEvent] {
    await container.observe()
    return container.events.events
  }
}

extension ProcessSession {
  /// The longest line that is told apart while a process is waited for, in bytes.
  private static var lineLimit: Int { 1 << 16 }

  /// Waits for the end of a process with which nobody talks any more, and takes what it has said until then: a runtime does
  /// not leave while there is no room for the last words of its plugin.
  func waitForLast(timeout: Duration) async -> ProcessStatus? {
    guard timeout > .zero else { return await wait(timeout: timeout) }
    return await withTaskGroup(of: Void.self) { group in
      group.addTask {
        while true {
          switch await nextLine(limit: Self.lineLimit, timeout: timeout) {
          case .line, .tooLong: continue
          case .closed, .timedOut: return
          }
        }
      }
      let status = await wait(timeout: timeout)
      group.cancelAll()
      return status
    }
  }
}
