/// An amount of memory or disk as people write it: `256MiB`, `4GiB`, `1048576`.
package struct ByteSize: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The largest amount: 16 TiB.
  package static let maximum: Int64 = 16 << 40
  private static let rule = "be a whole number with B, KiB, MiB, GiB or TiB behind it, as in 256MiB, up to 16TiB"
  private static let units: [(name: String, bytes: Int64)] = [
    ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
  ]

  /// The amount in bytes.
  package let bytes: Int64

  /// An amount in bytes; amounts outside of zero and 16 TiB become the nearest one inside.
  package init(bytes: Int64) { self.bytes = min(max(bytes, 0), ByteSize.maximum) }

  /// Reads `256MiB`, or a bare number of bytes; throws a `ReleaseError` that states the rule.
  package init(_ text: String) throws(ReleaseError) {
    let characters = Array(text.utf8)
    let digits = characters.prefix(while: Characters.isDigit)
    let unit = String(decoding: characters[digits.count...], as: UTF8.self)
    // Fourteen digits of bytes are more than 16 TiB; with a larger unit the division below refuses them.
    guard !digits.isEmpty, digits.count <= 14, let number = Int64(String(decoding: digits, as: UTF8.self)),
      let factor = unit.isEmpty ? 1 : ByteSize.units.first(where: { $0.name == unit })?.bytes,
      number <= ByteSize.maximum / factor
    else { throw ReleaseError("size", .invalid(offered: text, rule: ByteSize.rule)) }
    bytes = number * factor
  }

  /// The amount in the largest unit that leaves a whole number.
  package var text: String {
    for unit in ByteSize.units where bytes % unit.bytes == 0 && bytes >= unit.bytes {
      return "\(bytes / unit.bytes)\(unit.name)"
    }
    return "0B"
  }

  /// The amount as people write it.
  package var description: String { text }

  /// Whether one amount is smaller than another.
  package static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }
}
