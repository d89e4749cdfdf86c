/// A moment in UTC with whole seconds, as TUF writes it: `YYYY-MM-DDTHH:MM:SSZ` and nothing else.
public struct MetadataTime: Hashable, Comparable, Sendable {
  /// Seconds since the start of 1970 in UTC, between the years 1 and 9999.
  public let seconds: Int64

  /// The first moment that can be written; everything expires after it.
  public static let distantPast = MetadataTime(seconds: .min)

  private static let earliest: Int64 = -62_135_596_800
  private static let latest: Int64 = 253_402_300_799

  /// Makes a time; a value outside the years 1 to 9999 becomes the nearest one inside.
  public init(seconds: Int64) {
    self.seconds = min(max(seconds, Self.earliest), Self.latest)
  }

  /// Reads `YYYY-MM-DDTHH:MM:SSZ`; nil for every other spelling and for days that do not exist.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 20 else { return nil }
    for (place, mark) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "Z")] {
      guard Array(mark.utf8) == [bytes[place]] else { return nil }
    }
    func number(_ range: Range<Int>) -> Int64? {
      var value: Int64 = 0
      for byte in bytes[range] {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      year >= 1, (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year),
      hour < 24, minute < 60, second < 60
    else { return nil }
    let days = Self.daysSince1970(year: year, month: month, day: day)
    seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
  }

  /// The time so many seconds later.
  public func advanced(bySeconds distance: Int64) -> MetadataTime {
    let (sum, overflow) = seconds.addingReportingOverflow(distance)
    return MetadataTime(seconds: overflow ? (distance < 0 ? .min : .max) : sum)
  }

  /// Orders by time.
  public static func < (left: MetadataTime, right: MetadataTime) -> Bool {
    left.seconds < right.seconds
  }

  private static func days(in month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days from the civil date (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"); years begin in March
  /// here.
  private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}

extension MetadataTime: CustomStringConvertible {
  /// The time as TUF writes it.
  public var description: String {
    let days = (seconds - (seconds % 86_400 + 86_400) % 86_400) / 86_400
    let rest = seconds - days * 86_400
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    return "\(date)T\(padded(rest / 3_600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))Z"
  }

  private func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
