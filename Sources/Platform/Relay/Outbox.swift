import Glibc
import Synchronization

/// Lines for a stream that another thread writes to: it takes them between two lines of its own.
///
/// The thread that puts lines in never waits, because the one that takes them may be waiting for it.
final class Outbox: Sendable {
  /// How many bytes may wait; who lets more pile up does not read what is said to it.
  static let capacity = 4 << 20

  private struct State {
    var lines: [[UInt8]] = []
    var bytes = 0
    var isStopped = false
  }

  private let state = Mutex(State())
  /// Readable when there is something to take, or when it was stopped.
  let event: Descriptor

  init?() {
    guard let event = LinuxCalls.event() else { return nil }
    self.event = event
  }

  /// Puts a line in; false when too many wait.
  func put(_ line: [UInt8]) -> Bool {
    let fits = state.withLock { state in
      guard state.bytes + line.count <= Self.capacity else { return false }
      state.lines.append(line)
      state.bytes += line.count
      return true
    }
    if fits { LinuxCalls.signal(event) }
    return fits
  }

  /// Takes everything that waits.
  func takeAll() -> [[UInt8]] {
    state.withLock { state in
      defer {
        state.lines = []
        state.bytes = 0
      }
      return state.lines
    }
  }

  var isEmpty: Bool { state.withLock { $0.lines.isEmpty } }

  /// Says that the stream need not go on.
  func stop() {
    state.withLock { $0.isStopped = true }
    LinuxCalls.signal(event)
  }

  var isStopped: Bool { state.withLock { $0.isStopped } }

  /// Makes the event quiet again.
  func quiet() {
    var number: UInt64 = 0
    _ = unsafe Glibc.read(event.number, &number, MemoryLayout<UInt64>.size)
  }
}

/// Waits for descriptors that can be read, or have lost their other end.
struct ReadinessWatch {
  private var entries: [pollfd]

  /// Watches descriptors; those from a place on only for the loss of their other end.
  init(_ descriptors: [Descriptor], lossOnly: Int = .max) {
    entries = descriptors.enumerated().map { index, descriptor in
      pollfd(fd: descriptor.number, events: index < lossOnly ? Int16(POLLIN) : 0, revents: 0)
    }
  }

  /// Waits until one of them is ready.
  ///
  /// - Parameter milliseconds: how long; negative for ever.
  mutating func wait(milliseconds: Int32 = -1) {
    while unsafe poll(&entries, nfds_t(entries.count), milliseconds) < 0 {
      // EINTR: a signal was handled. Anything else would come again and again: then all must be tried.
      if errno == EINTR { continue }
      for index in entries.indices { entries[index].revents = entries[index].events }
      return
    }
  }

  /// Whether one of them was ready after the last wait.
  func isReady(_ index: Int) -> Bool { index < entries.count && entries[index].revents != 0 }
}
