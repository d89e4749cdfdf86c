import Platform

/// Lengths of time as people say them: two units at the most, the smaller one cut.
enum RoughTime {
  /// `2d 4h`, `3h 12m`, `45m`, `12s`.
  static func text(_ seconds: Int64) -> String {
    let seconds = max(0, seconds)
    let (days, hours, minutes) = (seconds / 86_400, seconds % 86_400 / 3600, seconds % 3600 / 60)
    if days > 0 { return hours > 0 ? "\(days)d \(hours)h" : "\(days)d" }
    if hours > 0 { return minutes > 0 ? "\(hours)h \(minutes)m" : "\(hours)h" }
    return minutes > 0 ? "\(minutes)m" : "\(seconds)s"
  }

  /// How long ago a moment was; a moment that is still to come counts as now.
  static func since(_ moment: Instant, at now: Instant) -> String {
    text(moment.duration(to: now).components.seconds) + " ago"
  }
}
