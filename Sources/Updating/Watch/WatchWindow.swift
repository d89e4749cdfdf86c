package import Platform

/// One session of a plugin with its user, as far as the watch over a new release wants to know it.
package struct WatchedSession: Hashable, Sendable {
  /// How a session went.
  package enum Course: Hashable, Sendable {
    /// It answered, and ended as sessions end; or its client ended it before it could answer.
    case well
    /// It never answered, or it ended with an error; in words.
    case badly(String)
    /// It goes on, or nobody wrote down how it ended.
    case open
  }

  /// When it began.
  package let started: Instant
  /// How it went.
  package let course: Course

  /// Names a session.
  package init(started: Instant, course: Course) {
    self.started = started
    self.course = course
  }

  var failure: String? {
    if case .badly(let words) = course { words } else { nil }
  }
}

/// The first sessions after a switch, which a canary cannot stand for: the user's own, with the user's own data.
///
/// Pure: it is told the sessions and the time, and says whether the release proved itself, broke, or is watched on.
package struct WatchWindow: Hashable, Sendable {
  /// What the sessions so far say.
  package enum Verdict: Hashable, Sendable {
    /// Too few yet: so many went well, so many badly.
    case watching(well: Int, badly: Int)
    /// It proved itself, and why that is said.
    case proved(String)
    /// It does not work here, and why.
    case broken([String])
  }

  /// The window that every host uses.
  package static let standard = WatchWindow()

  /// How many sessions are looked at.
  package var sessions = 10
  /// So many of them that went badly are too many.
  package var failures = 3
  /// So many that went badly one after the other are too many, when they lie within ``rowTime``.
  package var row = 3
  /// Within what time a row counts.
  package var rowTime = Duration.seconds(600)
  /// After this time fewer sessions are enough, when most of them went well.
  package var time = Duration.seconds(3 * 86_400)

  /// Judges the sessions of one release since it was switched on, oldest first.
  package func verdict(on all: [WatchedSession], since: Instant, now: Instant) -> Verdict {
    let ended = all.filter { $0.started >= since && $0.course != .open }.sorted { $0.started < $1.started }
    let first = ended.prefix(sessions)
    let bad = first.compactMap(\.failure)
    if bad.count >= failures { return .broken(reasons(bad, of: first.count)) }
    if let row = row(in: Array(ended)) { return .broken(row) }
    let well = first.count - bad.count
    if first.count >= sessions { return .proved("\(well) of its first \(sessions) sessions went well") }
    // A clock that went back makes nothing older.
    if since.duration(to: now) >= time, well > bad.count {
      return .proved("\(well) of \(first.count) sessions went well in \(time.components.seconds / 86_400) days")
    }
    return .watching(well: well, badly: bad.count)
  }

  private func reasons(_ bad: [String], of count: Int) -> [String] {
    ["\(bad.count) of its first \(count) sessions failed", "the last one: \(bad.last ?? "")"]
  }

  /// The latest sessions, when so many of them failed one after the other within so short a time.
  private func row(in ended: [WatchedSession]) -> [String]? {
    let last = ended.suffix(row)
    let bad = last.compactMap(\.failure)
    guard bad.count == row, let first = last.first, let end = last.last,
      first.started.duration(to: end.started) <= rowTime
    else { return nil }
    return ["\(row) sessions one after the other failed within \(rowTime.components.seconds / 60) minutes"]
      + bad.suffix(1).map { "the last one: \($0)" }
  }
}
