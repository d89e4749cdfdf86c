/// Base64 of RFC 4648 section 4, strictly read: padded, no line breaks, no spare bits, one spelling for each value.
public enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let padding = UInt8(ascii: "=")

  /// The padded Base64 text of some bytes.
  public static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let count = min(3, bytes.count - index)
      var group = UInt32(bytes[index]) << 16
      if count > 1 { group |= UInt32(bytes[index + 1]) << 8 }
      if count > 2 { group |= UInt32(bytes[index + 2]) }
      text.append(alphabet[Int(group >> 18 & 63)])
      text.append(alphabet[Int(group >> 12 & 63)])
      text.append(count > 1 ? alphabet[Int(group >> 6 & 63)] : padding)
      text.append(count > 2 ? alphabet[Int(group & 63)] : padding)
      index += 3
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of a padded Base64 text; nil for anything that `encode` would not have written.
  public static func decode(_ text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count / 4 * 3)
    var index = 0
    while index < characters.count {
      let isLast = index + 4 == characters.count
      let pads = isLast ? characters[index...].reversed().prefix { $0 == padding }.count : 0
      guard pads <= 2 else { return nil }
      var group: UInt32 = 0
      for position in 0..<4 {
        guard position < 4 - pads else {
          group <<= 6
          continue
        }
        guard let value = value(of: characters[index + position]) else { return nil }
        group = group << 6 | value
      }
      // Bits that padding cuts off must be zero, or two texts would mean the same bytes.
      if pads == 1 && group & 0xff != 0 || pads == 2 && group & 0xffff != 0 { return nil }
      bytes.append(UInt8(truncatingIfNeeded: group >> 16))
      if pads < 2 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
      if pads < 1 { bytes.append(UInt8(truncatingIfNeeded: group)) }
      index += 4
    }
    return bytes
  }

  private static func value(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
