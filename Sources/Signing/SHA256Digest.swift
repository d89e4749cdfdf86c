/// A SHA-256 digest (FIPS 180-4), held as four words so that digests are cheap to copy, hash and compare.
public struct SHA256Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The length of a digest in bytes.
  public static let byteCount = 32

  private let w0: UInt64
  private let w1: UInt64
  private let w2: UInt64
  private let w3: UInt64

  init(words w0: UInt64, _ w1: UInt64, _ w2: UInt64, _ w3: UInt64) {
    self.w0 = w0
    self.w1 = w1
    self.w2 = w2
    self.w3 = w3
  }

  /// A digest from exactly 32 bytes; nil for any other length.
  public init?(bytes: some Sequence<UInt8>) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var count = 0
    for byte in bytes {
      switch count >> 3 {
      case 0: words.0 = words.0 << 8 | UInt64(byte)
      case 1: words.1 = words.1 << 8 | UInt64(byte)
      case 2: words.2 = words.2 << 8 | UInt64(byte)
      case 3: words.3 = words.3 << 8 | UInt64(byte)
      default: return nil
      }
      count += 1
    }
    guard count == SHA256Digest.byteCount else { return nil }
    self.init(words: words.0, words.1, words.2, words.3)
  }

  /// A digest from exactly 64 lower-case hexadecimal characters; nil for anything else.
  public init?(hex: String) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var count = 0
    for character in hex.utf8 {
      guard let digit = Hex.value(of: character) else { return nil }
      let nibble = UInt64(digit)
      switch count >> 4 {
      case 0: words.0 = words.0 << 4 | nibble
      case 1: words.1 = words.1 << 4 | nibble
      case 2: words.2 = words.2 << 4 | nibble
      case 3: words.3 = words.3 << 4 | nibble
      default: return nil
      }
      count += 1
    }
    guard count == 2 * SHA256Digest.byteCount else { return nil }
    self.init(words: words.0, words.1, words.2, words.3)
  }

  /// The digest's 32 bytes.
  public var bytes: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(SHA256Digest.byteCount)
    for word in [w0, w1, w2, w3] {
      for shift in stride(from: UInt64(56), through: 0, by: -8) {
        result.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    return result
  }

  /// The digest as 64 lower-case hexadecimal characters.
  public var hex: String {
    var text: [UInt8] = []
    text.reserveCapacity(2 * SHA256Digest.byteCount)
    appendHex(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the 64 hexadecimal characters to a text in the making.
  public func appendHex(to text: inout [UInt8]) {
    appendHex(w0, to: &text)
    appendHex(w1, to: &text)
    appendHex(w2, to: &text)
    appendHex(w3, to: &text)
  }

  private func appendHex(_ word: UInt64, to text: inout [UInt8]) {
    var rest = word
    for _ in 0..<16 {
      rest = rest << 4 | rest >> 60
      let digit = UInt8(truncatingIfNeeded: rest & 15)
      text.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
  }

  /// The last six hexadecimal characters: what a person types to confirm this digest.
  public var lastSix: String { String(hex.suffix(6)) }

  /// The digest as hexadecimal text.
  public var description: String { hex }

  /// Whether one digest comes before another in byte order.
  public static func < (left: SHA256Digest, right: SHA256Digest) -> Bool {
    (left.w0, left.w1, left.w2, left.w3) < (right.w0, right.w1, right.w2, right.w3)
  }
}

extension SHA256Digest: Codable {
  /// Reads the hexadecimal text of a digest; throws `DecodingError` for anything else.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let digest = SHA256Digest(hex: text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a SHA-256 digest in hexadecimal")
    }
    self = digest
  }

  /// Writes the digest as hexadecimal text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}
