/// One value or key of a document: where it stands in the bytes, and where the next one stands in the list of nodes.
///
/// Nodes come in written order: a container before its content, a key before its value. Sixteen bytes each, because a
/// large metadata file has a hundred thousand.
struct JSONNode {
  enum Kind: UInt32 {
    case null
    case bool
    case integer
    case number
    case string
    case array
    case object
  }

  /// What the scanner has noticed about a value.
  struct Traits: OptionSet {
    let rawValue: UInt32
    /// The bytes of the value are its canonical form already.
    static let canonical = Traits(rawValue: 1 << 3)
    /// A string that holds escapes.
    static let escaped = Traits(rawValue: 1 << 4)
    /// An object whose keys are in ascending order.
    static let sorted = Traits(rawValue: 1 << 5)
  }

  private static let countShift: UInt32 = 6
  /// The most members that one container can have.
  static let largestCount = Int(UInt32.max >> countShift)

  /// The first byte; of a string the one behind the quote.
  let start: UInt32
  /// The byte behind the last one; of a string the closing quote.
  var end: UInt32
  /// The node behind this value and everything in it.
  var next: UInt32
  /// Kind, traits, and the number of members, packed.
  private var bits: UInt32

  init(_ kind: Kind, start: Int, end: Int = 0, next: Int = 0, traits: Traits = []) {
    self.start = UInt32(truncatingIfNeeded: start)
    self.end = UInt32(truncatingIfNeeded: end)
    self.next = UInt32(truncatingIfNeeded: next)
    bits = kind.rawValue | traits.rawValue
  }

  var kind: Kind { Kind(rawValue: bits & 7) ?? .null }

  func has(_ trait: Traits) -> Bool { bits & trait.rawValue != 0 }

  /// How many members or elements a container has.
  var count: Int { Int(bits >> Self.countShift) }

  mutating func close(end: Int, next: Int, count: Int, traits: Traits) {
    self.end = UInt32(truncatingIfNeeded: end)
    self.next = UInt32(truncatingIfNeeded: next)
    bits = bits & 7 | traits.rawValue | UInt32(truncatingIfNeeded: count) << Self.countShift
  }

  /// Where the bytes stand.
  var range: Range<Int> { Int(start)..<Int(end) }
}
