import Platform

/// When an agent does what again; everything random is drawn by whoever asks.
package struct AgentTiming: Hashable, Sendable {
  /// How often a repository is asked.
  package var every = Duration.seconds(6 * 3600)
  /// By how much at most each check is put off.
  package var jitter = Duration.seconds(1800)
  /// How often installed files are compared with what was signed.
  package var integrity = Duration.seconds(3600)
  /// How often what nothing needs is removed.
  package var prune = Duration.seconds(86_400)
  /// The first pause after something failed; each further failure doubles it.
  package var firstPause = Duration.seconds(60)
  /// The longest pause after failures, unless checks are rarer anyway.
  package var longestPause = Duration.seconds(6 * 3600)
  /// The longest sleep: after a suspend, or when somebody sets the clock, an agent is late by no more than this.
  package var longestSleep = Duration.seconds(900)
  /// After this time a doubtful canary is gone on with.
  package var secondLook = Duration.seconds(86_400)

  /// How many releases are observed at the same time: each takes three sandboxes.
  package var mostSoaks = 4

  /// The times that hold where nobody says otherwise.
  package init() {}

  /// When a repository that answered is asked again.
  ///
  /// In any case before half of the time is over for which its metadata are good: there is nothing to sign on a host,
  /// so that asking is all there is to renew them.
  ///
  /// - Parameter share: a number from 0 to 1, drawn at random.
  func nextCheck(after now: Instant, expires: Instant?, share: Double) -> Instant {
    let usual = every + jitter * clamped(share)
    guard let expires else { return now.advanced(by: usual) }
    let left = now.duration(to: expires)
    return now.advanced(by: min(usual, max(left / 2, firstPause * 5)))
  }

  /// When something that failed so many times in a row is tried again: doubled each time, bounded, and a little apart
  /// from what all others do.
  func retry(after now: Instant, failures: Int, share: Double) -> Instant {
    let cap = min(max(every, firstPause), longestPause)
    var pause = firstPause
    for _ in 1..<max(1, min(failures, 32)) where pause < cap { pause *= 2 }
    return now.advanced(by: min(pause, cap) * (1 + 0.2 * clamped(share)))
  }

  private func clamped(_ share: Double) -> Double { min(max(share, 0), 1) }
}
