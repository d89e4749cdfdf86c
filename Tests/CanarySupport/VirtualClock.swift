package import Platform
import Synchronization

/// A clock whose time passes only by waiting, and which a test may set, suspend or reboot.
package final class VirtualClock: WallClock {
  /// A clock that stands at a moment of 2026.
  package init() {}

  private struct Times {
    var wall = Instant(seconds: 1_795_392_000)
    var uptime = Duration.seconds(1000)
    var sleeps = 0
    var onSleep: (@Sendable (Int, VirtualClock) throws -> Void)?
  }

  private let times = Mutex(Times())

  package func now() -> Instant { times.withLock { $0.wall } }

  package func uptime() -> Duration { times.withLock { $0.uptime } }

  package func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    pass(duration)
    let (count, hook) = times.withLock { times in
      times.sleeps += 1
      return (times.sleeps, times.onSleep)
    }
    try hook?(count, self)
  }

  /// Lets time pass on both clocks.
  package func pass(_ duration: Duration) {
    times.withLock { times in
      times.uptime += duration
      times.wall = times.wall.advanced(by: duration)
    }
  }

  /// Moves the time of day only: a clock that is set, or a suspended machine.
  package func jump(_ duration: Duration) {
    times.withLock { $0.wall = $0.wall.advanced(by: duration) }
  }

  /// Starts the other clock anew, as a reboot does.
  package func reboot() {
    times.withLock { $0.uptime = .seconds(5) }
  }

  /// Calls `hook` after each wait with its number, from 1.
  package func afterSleep(_ hook: @escaping @Sendable (Int, VirtualClock) throws -> Void) {
    times.withLock { $0.onSleep = hook }
  }
}
