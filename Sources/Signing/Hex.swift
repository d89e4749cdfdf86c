/// Lower-case hexadecimal text, strictly read: one spelling for each value.
public enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)
  private static let upperDigits = Array("0123456789ABCDEF".utf8)

  /// The lower-case hexadecimal text of some bytes.
  public static func encode(_ bytes: [UInt8]) -> String { encode(bytes, digits: digits) }

  /// The upper-case hexadecimal text of some bytes, as minisign prints key numbers.
  public static func encodeUpper(_ bytes: [UInt8]) -> String { encode(bytes, digits: upperDigits) }

  /// The bytes of a lower-case hexadecimal text; nil for an odd length or any other character.
  public static func decode(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count / 2)
    var high: UInt8?
    for character in text.utf8 {
      guard let digit = value(of: character) else { return nil }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return high == nil ? bytes : nil
  }

  static func value(of character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  private static func encode(_ bytes: [UInt8], digits: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
