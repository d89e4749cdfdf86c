/// A length of time as people write it in policies and permissions: `500ms`, `30s`, `10m`, `24h`, `90d`.
package struct DurationText: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The longest length of time: ten years.
  package static let maximum = DurationText(days: 3650)
  private static let rule = "be a whole number with ms, s, m, h or d behind it, as in 30s or 24h, up to 3650d"
  private static let units: [(name: String, milliseconds: Int64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
  ]

  /// The length in milliseconds.
  package let milliseconds: Int64

  private init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// A length in seconds; lengths outside of zero and ten years become the nearest one inside.
  package init(seconds: Int64) {
    milliseconds = min(max(seconds, 0), DurationText.maximum.seconds) * 1000
  }

  /// A length in days of 24 hours.
  private init(days: Int64) { milliseconds = days * 86_400_000 }

  /// Reads `24h`; throws a `ReleaseError` that states the rule.
  package init(_ text: String) throws(ReleaseError) {
    let bytes = Array(text.utf8)
    let digits = bytes.prefix(while: Characters.isDigit)
    let unit = String(decoding: bytes[digits.count...], as: UTF8.self)
    // Ten digits cannot overflow with the largest unit.
    guard !digits.isEmpty, digits.count <= 10, let factor = DurationText.units.first(where: { $0.name == unit }),
      let number = Int64(String(decoding: digits, as: UTF8.self)),
      number * factor.milliseconds <= DurationText.maximum.milliseconds
    else { throw ReleaseError("duration", .invalid(offered: text, rule: DurationText.rule)) }
    milliseconds = number * factor.milliseconds
  }

  /// The length in whole seconds, rounded down.
  package var seconds: Int64 { milliseconds / 1000 }

  /// The length as a `Duration`.
  package var duration: Duration { .milliseconds(milliseconds) }

  /// The length in the largest unit that leaves a whole number; days only from two days on, so that a day is `24h`.
  package var text: String {
    for unit in DurationText.units where milliseconds % unit.milliseconds == 0 && milliseconds >= unit.milliseconds {
      if unit.name == "d" && milliseconds < 2 * unit.milliseconds { continue }
      return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
    return "0s"
  }

  /// The length as people write it.
  package var description: String { text }

  /// Whether one length is shorter than another.
  package static func < (left: DurationText, right: DurationText) -> Bool { left.milliseconds < right.milliseconds }
}
