/// A part of the day in which nothing is switched or fetched by itself, such as `22:00-07:00`.
///
/// Times are those of the host's own clock on the wall; a part that ends before it begins goes over midnight.
package struct QuietHours: Hashable, Sendable, CustomStringConvertible {
  /// What a text must be, written to follow "must".
  static let rule = "be two different times of day as in 22:00-07:00"
  /// The minutes of a day.
  package static let day = 1440

  /// The first minute of the day that is quiet.
  package let start: Int
  /// The first minute that is not quiet any more.
  package let end: Int

  /// Reads `22:00-07:00`; nil for anything else, and for a part without length.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let start = Self.minute(parts[0]), let end = Self.minute(parts[1]), start != end else {
      return nil
    }
    (self.start, self.end) = (start, end)
  }

  /// Whether a minute of the day lies in it.
  package func contains(minute: Int) -> Bool {
    start < end ? (start..<end).contains(minute) : minute >= start || minute < end
  }

  /// How many minutes after this one it ends; 0 outside of it.
  package func minutesLeft(at minute: Int) -> Int {
    contains(minute: minute) ? (end - minute + Self.day) % Self.day : 0
  }

  /// The text that ``init(_:)`` reads.
  package var description: String { Self.text(start) + "-" + Self.text(end) }

  private static func text(_ minute: Int) -> String {
    [minute / 60, minute % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }

  private static func minute(_ text: Substring) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let hour = number(parts[0]), let minute = number(parts[1]), hour < 24, minute < 60 else {
      return nil
    }
    return hour * 60 + minute
  }

  /// One or two digits.
  private static func number(_ text: Substring) -> Int? {
    (1...2).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
  }
}

extension [QuietHours] {
  /// How many minutes it is quiet from this minute of the day on, several parts in a row taken together; 0 where it is
  /// not quiet now.
  package func minutesLeft(at minute: Int) -> Int {
    var left = 0
    // Each part can lengthen the silence once; parts that cover the whole day end the count.
    while left < QuietHours.day {
      let more = map { $0.minutesLeft(at: (minute + left) % QuietHours.day) }.max() ?? 0
      guard more > 0 else { return left }
      left += more
    }
    return QuietHours.day
  }
}
