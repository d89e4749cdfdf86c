import Glibc

/// The machine's own clocks; the only place that reads them.
package struct SystemClock: WallClock {
  /// Makes the clock.
  package init() {}

  /// The time of day (`CLOCK_REALTIME`).
  package func now() -> Instant {
    let (seconds, nanoseconds) = Self.read(CLOCK_REALTIME)
    return Instant(seconds: seconds, nanoseconds: Int32(truncatingIfNeeded: nanoseconds))
  }

  /// Time since boot without suspended time (`CLOCK_MONOTONIC`).
  package func uptime() -> Duration {
    let (seconds, nanoseconds) = Self.read(CLOCK_MONOTONIC)
    return .seconds(seconds) + .nanoseconds(nanoseconds)
  }

  /// Waits by a clock that stands still while the machine is suspended.
  package func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration, clock: .suspending)
  }

  private static func read(_ clock: clockid_t) -> (Int64, Int64) {
    var time = timespec()
    _ = unsafe clock_gettime(clock, &time)
    return (Int64(time.tv_sec), Int64(time.tv_nsec))
  }
}
