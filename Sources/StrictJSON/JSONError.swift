/// Why a text is not acceptable JSON, or why a value has no canonical form.
///
/// Offsets count bytes from 0.
public enum JSONError: Error, Equatable, Sendable {
  /// The text is longer than allowed.
  case tooLarge(limit: Int, offered: Int)
  /// Arrays and objects nest deeper than allowed.
  case tooDeep(limit: Int, offset: Int)
  /// There are more members and elements than allowed.
  case tooManyMembers(limit: Int, offset: Int)
  /// A byte stands where the grammar does not allow it.
  case unexpectedByte(UInt8, offset: Int)
  /// The text ends too early.
  case unexpectedEnd(offset: Int)
  /// Something follows the value.
  case trailingData(offset: Int)
  /// One object has the same key twice.
  case duplicateKey(String, offset: Int)
  /// A string is not UTF-8.
  case invalidUTF8(offset: Int)
  /// A string holds an unknown escape or half of a surrogate pair.
  case invalidEscape(offset: Int)
  /// A string holds a control character that must be escaped.
  case controlCharacter(UInt8, offset: Int)
  /// A number does not follow the grammar or is too long.
  case invalidNumber(offset: Int)
  /// A number that is no integer has no canonical form.
  case notCanonical(number: String)
}

extension JSONError: CustomStringConvertible {
  /// One sentence that names what is wrong and where.
  public var description: String {
    switch self {
    case .tooLarge(let limit, let offered): "the JSON text has \(offered) bytes, more than the \(limit) allowed"
    case .tooDeep(let limit, let offset): "the JSON text nests deeper than \(limit) levels at byte \(offset)"
    case .tooManyMembers(let limit, let offset): "the JSON text holds more than \(limit) values at byte \(offset)"
    case .unexpectedByte(let byte, let offset): "the JSON text has an unexpected byte 0x\(hex(byte)) at \(offset)"
    case .unexpectedEnd(let offset): "the JSON text ends too early at byte \(offset)"
    case .trailingData(let offset): "something follows the JSON value at byte \(offset)"
    case .duplicateKey(let key, let offset):
      "the key \"\(shortened(key))\" occurs twice in one object at byte \(offset)"
    case .invalidUTF8(let offset): "the JSON string at byte \(offset) is not UTF-8"
    case .invalidEscape(let offset): "the JSON string has an invalid escape at byte \(offset)"
    case .controlCharacter(let byte, let offset):
      "the JSON string holds the bare control character 0x\(hex(byte)) at byte \(offset)"
    case .invalidNumber(let offset): "the JSON number at byte \(offset) is malformed or too long"
    case .notCanonical(let number): "the number \(shortened(number)) is no integer and so has no canonical form"
    }
  }

  private func hex(_ byte: UInt8) -> String {
    let text = String(byte, radix: 16)
    return byte < 16 ? "0" + text : text
  }

  /// Keeps foreign text short and free of control characters.
  private func shortened(_ text: String) -> String {
    let printable = text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : String($0) }
    return printable.count > 60 ? printable.prefix(60).joined() + "…" : printable.joined()
  }
}
