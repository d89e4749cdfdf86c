/// How long a release was really watched: the time between successive successful probes of one running session.
///
/// It counts by the clock that stands still in suspend, never by the time of day, and a mark never outlives its
/// session, so that suspend, reboot, a changed clock or a restart can only lengthen a soak, never shorten it.
package struct ObservedTime: Equatable, Sendable {
  /// A gap of more than this many probe intervals counts as one interval only.
  package static let longestGap = 3

  /// All that was observed so far.
  package private(set) var total: Duration
  /// When the session last answered; nil outside a session and after a failure.
  private var mark: Duration?

  /// Goes on from what was observed in earlier sessions.
  package init(total: Duration = .zero) {
    self.total = max(total, .zero)
  }

  /// Notes a successful probe at the time of `uptime`, in a session probed every `interval`.
  package mutating func succeeded(at uptime: Duration, interval: Duration) {
    defer { mark = uptime }
    guard let mark else { return }
    let gap = uptime - mark
    // A clock that went back belongs to another boot: nothing was observed.
    guard gap > .zero else { return }
    total += gap > interval * Self.longestGap ? interval : gap
  }

  /// Ends the present stretch: what comes until the next successful probe was not observed.
  package mutating func interrupt() {
    mark = nil
  }
}
