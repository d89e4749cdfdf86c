import Glibc

/// The time of day on this host's wall.
package enum LocalTime {
  /// The minute of the day at a moment, 0 to 1439, in the zone of `TZ` or `/etc/localtime` (`localtime_r`).
  package static func minuteOfDay(at moment: Instant) -> Int {
    var seconds = time_t(moment.seconds)
    var parts = unsafe tm()
    // A service that runs for months learns of a new zone only by this.
    tzset()
    guard unsafe localtime_r(&seconds, &parts) != nil else { return Int((moment.seconds / 60 % 1440 + 1440) % 1440) }
    return unsafe Int(parts.tm_hour) * 60 + Int(parts.tm_min)
  }
}
