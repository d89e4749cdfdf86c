import Dispatch
import Synchronization

/// Knows when and how a child ended, without reaping it: the number stays taken until its starter has reaped it.
final class ExitWatch: Sendable {
  private let process: Int32
  private let gate = Gate()

  /// Watches a child; nil when the kernel has no process descriptors (before Linux 5.3) or it is no child.
  init?(_ process: Int32) {
    guard let descriptor = LinuxCalls.processDescriptor(process) else { return nil }
    self.process = process
    let gate = gate
    // An active source keeps itself alive until it is cancelled, which the end of the child always brings.
    let source = DispatchSource.makeReadSource(
      fileDescriptor: descriptor.number, queue: DispatchQueue(label: "serin.exit"))
    source.setEventHandler {
      source.cancel()
      gate.open()
    }
    // The descriptor must stay open until the source has let go of it.
    source.setCancelHandler { withExtendedLifetime(descriptor) {} }
    source.resume()
  }

  /// How the child ended; nil while it runs.
  var status: ProcessStatus? { LinuxCalls.peek(process) }

  /// Waits for the end; nil when the time is up, or when the task is cancelled and that may end the wait.
  func wait(timeout: Duration, cancellable: Bool, clock: any WallClock) async -> ProcessStatus? {
    let deadline = clock.uptime() + timeout
    while true {
      let seen = gate.generation
      if let status { return status }
      if await gate.wait(after: seen, timeout: deadline - clock.uptime(), cancellable: cancellable) != .changed {
        return status
      }
    }
  }
}
