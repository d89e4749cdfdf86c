/// The clocks of this machine.
package protocol WallClock: Sendable {
  /// The time of day; it may jump in either direction.
  func now() -> Instant
  /// Time since some fixed moment of this boot; it never goes back and stands still while the machine is suspended.
  func uptime() -> Duration
  /// Waits by the clock of `uptime()`; throws `CancellationError` when the task is cancelled.
  func sleep(for duration: Duration) async throws
}
