import Platform
import Releases
import Storage

/// How often a host may leave releases by itself: a loop of updates and returns must come to an end.
struct ReturnLimit: Hashable, Sendable {
  /// What every host keeps to.
  static let standard = ReturnLimit()

  /// How often one release may be left by itself.
  var perRelease = 1
  /// How often releases of one plugin may be left by themselves within ``period``.
  var perPeriod = 2
  /// A week.
  var period = Duration.seconds(7 * 86_400)
  /// How often one return that was cut is gone on with.
  var attempts = 5

  /// Why a release may not be left by itself again, in words; nil when it may.
  func obstacle(to watch: ReleaseWatch, after returns: [AutomaticReturn], now: Instant) -> String? {
    if let question = returns.first(where: { $0.tree == watch.tree && $0.isQuestion }) { return question.reason }
    if let open = returns.first(where: { $0.tree == watch.tree && !$0.isDone }) {
      return open.attempts < attempts ? nil : "going back was tried \(open.attempts) times and never came to its end"
    }
    let same = returns.count { $0.tree == watch.tree }
    if same >= perRelease { return "this host left \(watch.version) by itself once already" }
    // A clock that was ahead when a return was written down makes it count until the clock is right.
    let recent = returns.count { !$0.isQuestion && $0.time.duration(to: now) < period }
    if recent >= perPeriod {
      return "this host left \(recent) releases by itself within \(period.components.seconds / 86_400) days"
    }
    return nil
  }
}
