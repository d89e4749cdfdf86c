/// A moment of the day's clock: seconds and nanoseconds since 1970 in UTC, without leap seconds.
package struct Instant: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Whole seconds since 1970-01-01T00:00:00Z.
  package let seconds: Int64
  /// The rest in nanoseconds, 0 to 999,999,999.
  package let nanoseconds: Int32

  /// The first second of the year 0001 and the last of 9999: what RFC 3339 can write.
  private static let writable: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// Makes a moment; values beyond the years 1 to 9999 are moved to the nearest of them.
  package init(seconds: Int64, nanoseconds: Int32 = 0) {
    self.seconds = min(max(seconds, Self.writable.lowerBound), Self.writable.upperBound)
    self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
  }

  /// Reads RFC 3339 text strictly: `YYYY-MM-DDTHH:MM:SS`, an optional fraction of 1 to 9 digits, and `Z`.
  ///
  /// Nil for anything else: lower case, other offsets, leap seconds and days that do not exist.
  package init?(rfc3339 text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.count <= 30, bytes.last == UInt8(ascii: "Z") else { return nil }
    let separators: [(Int, UInt8)] = [(4, 45), (7, 45), (10, 84), (13, 58), (16, 58)]
    guard separators.allSatisfy({ bytes[$0.0] == $0.1 }),
      let year = Self.digits(bytes[0..<4]), let month = Self.digits(bytes[5..<7]),
      let day = Self.digits(bytes[8..<10]), let hour = Self.digits(bytes[11..<13]),
      let minute = Self.digits(bytes[14..<16]), let second = Self.digits(bytes[17..<19]),
      year >= 1, (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year),
      hour < 24, minute < 60, second < 60
    else { return nil }
    var nanoseconds: Int64 = 0
    if bytes.count > 20 {
      let fraction = bytes[20..<(bytes.count - 1)]
      guard bytes[19] == UInt8(ascii: "."), let value = Self.digits(fraction) else { return nil }
      nanoseconds = value
      for _ in fraction.count..<9 { nanoseconds *= 10 }
    }
    let seconds = Self.dayNumber(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second
    self.init(seconds: seconds, nanoseconds: Int32(nanoseconds))
  }

  /// RFC 3339 text with whole seconds: `2026-11-23T05:00:00Z`.
  package var rfc3339: String {
    let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let time = seconds - day * 86_400
    let (year, month, date) = Self.civil(day)
    return Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(date, 2) + "T"
      + Self.padded(time / 3600, 2) + ":" + Self.padded(time / 60 % 60, 2) + ":" + Self.padded(time % 60, 2) + "Z"
  }

  /// RFC 3339 text with whole seconds.
  package var description: String { rfc3339 }

  /// Earlier is smaller.
  package static func < (one: Instant, other: Instant) -> Bool {
    (one.seconds, one.nanoseconds) < (other.seconds, other.nanoseconds)
  }

  /// The moment that lies a duration later, or earlier for a negative one.
  package func advanced(by duration: Duration) -> Instant {
    let (whole, attoseconds) = duration.components
    let (seconds, overflow) = self.seconds.addingReportingOverflow(whole)
    guard !overflow else { return Instant(seconds: whole < 0 ? .min : .max) }
    let nanoseconds = Int64(self.nanoseconds) + attoseconds / 1_000_000_000
    let carry: Int64 = nanoseconds < 0 ? -1 : nanoseconds / 1_000_000_000
    let (carried, again) = seconds.addingReportingOverflow(carry)
    guard !again else { return Instant(seconds: whole < 0 ? .min : .max) }
    return Instant(seconds: carried, nanoseconds: Int32(nanoseconds - carry * 1_000_000_000))
  }

  /// How long it is from this moment to another; negative when the other is earlier.
  package func duration(to other: Instant) -> Duration {
    .seconds(other.seconds - seconds) + .nanoseconds(Int64(other.nanoseconds) - Int64(nanoseconds))
  }

  private static func digits(_ bytes: ArraySlice<UInt8>) -> Int64? {
    guard (1...9).contains(bytes.count) else { return nil }
    var value: Int64 = 0
    for byte in bytes {
      guard (48...57).contains(byte) else { return nil }
      value = value * 10 + Int64(byte - 48)
    }
    return value
  }

  private static func days(in month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that start in March.
  private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
  }
}
