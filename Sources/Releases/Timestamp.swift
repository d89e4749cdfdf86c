/// A moment in UTC to the second, written as RFC 3339: `2026-11-23T05:00:00Z`.
package struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
  static let rule = "be a time in UTC, written as YYYY-MM-DDTHH:MM:SSZ"
  private static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
  private static let secondsPerDay: Int64 = 86_400

  /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
  package let seconds: Int64

  /// A moment by its seconds since 1970; moments outside of the years 1 to 9999 become the nearest one inside.
  package init(seconds: Int64) {
    self.seconds = min(max(seconds, Timestamp.range.lowerBound), Timestamp.range.upperBound)
  }

  /// Reads exactly `YYYY-MM-DDTHH:MM:SSZ`; nil for anything else, impossible days and leap seconds among them.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
      bytes[19] == UInt8(ascii: "Z"), let year = Timestamp.number(bytes[0..<4]),
      let month = Timestamp.number(bytes[5..<7]), let day = Timestamp.number(bytes[8..<10]),
      let hour = Timestamp.number(bytes[11..<13]), let minute = Timestamp.number(bytes[14..<16]),
      let second = Timestamp.number(bytes[17..<19]), year >= 1, (1...12).contains(month), day >= 1,
      day <= Timestamp.days(in: month, of: year), hour < 24, minute < 60, second < 60
    else { return nil }
    let days = Timestamp.dayNumber(year: year, month: month, day: day)
    self.seconds = days * Timestamp.secondsPerDay + hour * 3600 + minute * 60 + second
  }

  /// The moment as RFC 3339 text.
  package var text: String {
    var day = seconds / Timestamp.secondsPerDay
    var rest = seconds % Timestamp.secondsPerDay
    if rest < 0 {
      rest += Timestamp.secondsPerDay
      day -= 1
    }
    let date = Timestamp.civil(day)
    let pad = Timestamp.padded
    return pad(date.year, 4) + "-" + pad(date.month, 2) + "-" + pad(date.day, 2) + "T" + pad(rest / 3600, 2) + ":"
      + pad(rest / 60 % 60, 2) + ":" + pad(rest % 60, 2) + "Z"
  }

  /// The moment as RFC 3339 text.
  package var description: String { text }

  /// A moment that many seconds later; earlier for a negative number.
  package func adding(seconds more: Int64) -> Timestamp {
    let (sum, overflow) = seconds.addingReportingOverflow(more)
    return Timestamp(seconds: overflow ? (more > 0 ? Int64.max : Int64.min) : sum)
  }

  /// Whether one moment comes before another.
  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    var value: Int64 = 0
    for digit in digits {
      guard Characters.isDigit(digit) else { return nil }
      value = value * 10 + Int64(digit - 0x30)
    }
    return value
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }

  private static func days(in month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01 in the Gregorian calendar; years are counted from March so that leap days come last.
  private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(_ dayNumber: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = dayNumber + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
