/// One value or key of a document: where it stands in the bytes, and where the next one stands in the list of nodes.
///
/// Nodes come in written order: a container before its content, a key before its value. Twelve bytes each, because a
/// large metadata file has a hundred thousand.
public struct JSONNode: Sendable {
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

  private static let nextShift: UInt32 = 6
  /// The most members that one document can have: each has a key and a value.
  static let largestCount = Int(UInt32.max >> nextShift) / 2 - 1

  private let start: UInt32
  private var end: UInt32
  /// Kind, traits, and the place of the node behind this value and everything in it.
  private var tail: UInt32

  /// Makes a node; of a string the range lies between its quotes.
  init(_ kind: Kind, _ range: Range<Int>, next: Int = 0, traits: Traits = []) {
    start = UInt32(truncatingIfNeeded: range.lowerBound)
    end = UInt32(truncatingIfNeeded: range.upperBound)
    tail = kind.rawValue | traits.rawValue | UInt32(truncatingIfNeeded: next) << Self.nextShift
  }

  var kind: Kind { Kind(rawValue: tail & 7) ?? .null }

  func has(_ trait: Traits) -> Bool { tail & trait.rawValue != 0 }

  /// The place of the node behind this value and everything in it.
  var next: Int { Int(tail >> Self.nextShift) }

  /// Where the bytes stand; of a string without its quotes.
  var range: Range<Int> { Int(start)..<Int(end) }

  /// Completes a container.
  mutating func close(end: Int, next: Int, traits: Traits) {
    self.end = UInt32(truncatingIfNeeded: end)
    tail = tail & 7 | traits.rawValue | UInt32(truncatingIfNeeded: next) << Self.nextShift
  }
}
