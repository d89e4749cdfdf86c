/// An Ed25519 public key with the key number that minisign gives it.
public struct PublicKey: Hashable, Sendable, CustomStringConvertible {
  /// The length of a key in bytes.
  public static let byteCount = 32
  /// The length of a key number in bytes.
  public static let keyNumberCount = 8
  /// The longest public key file that is read, in bytes.
  public static let maxTextBytes = 4096

  /// The eight bytes by which minisign files name the key; not secret, not proven by any signature.
  public let keyNumber: [UInt8]
  /// The 32 bytes of the key (RFC 8032).
  public let bytes: [UInt8]

  /// A key from its parts; throws `KeyError.wrongLength` unless there are 8 and 32 bytes.
  public init(keyNumber: [UInt8], bytes: [UInt8]) throws(KeyError) {
    guard keyNumber.count == PublicKey.keyNumberCount else {
      throw .wrongLength(what: "key number", offered: keyNumber.count, needed: PublicKey.keyNumberCount)
    }
    guard bytes.count == PublicKey.byteCount else {
      throw .wrongLength(what: "public key", offered: bytes.count, needed: PublicKey.byteCount)
    }
    self.keyNumber = keyNumber
    self.bytes = bytes
  }

  /// A key whose minisign key number is not known, as TUF metadata list it; it can have made any signature.
  ///
  /// Throws `KeyError.wrongLength` unless there are 32 bytes.
  public init(unnumbered bytes: [UInt8]) throws(KeyError) {
    try self.init(keyNumber: [UInt8](repeating: 0, count: PublicKey.keyNumberCount), bytes: bytes)
  }

  /// Whether the key's number is known.
  public var hasKeyNumber: Bool { keyNumber.contains { $0 != 0 } }

  /// The key of a minisign public key file: two lines, or the second line alone.
  ///
  /// Throws a `KeyError` that names what is wrong with the text.
  public init(minisign text: String) throws(KeyError) {
    let lines = try KeyText.lines(of: text, limit: PublicKey.maxTextBytes)
    let encoded: String
    switch lines.count {
    case 1: encoded = lines[0]
    case 2:
      guard lines[0].hasPrefix(KeyText.commentPrefix) else { throw .missingComment }
      encoded = lines[1]
    default: throw .wrongLineCount(offered: lines.count, needed: 2)
    }
    guard let blob = Base64.decode(encoded) else { throw .notBase64 }
    let length = 2 + PublicKey.keyNumberCount + PublicKey.byteCount
    guard blob.count == length else {
      throw .wrongLength(what: "public key file", offered: blob.count, needed: length)
    }
    guard Array(blob[..<2]) == KeyText.ed25519 else { throw .unknownAlgorithm(Array(blob[..<2])) }
    try self.init(keyNumber: Array(blob[2..<10]), bytes: Array(blob[10...]))
  }

  /// Whether this key made the Ed25519 signature over the message.
  public func isValid(signature: [UInt8], for message: [UInt8]) -> Bool {
    Ed25519.isValid(signature: signature, message: message, publicKey: bytes)
  }

  /// The key number as minisign prints it: a little-endian integer in upper-case hexadecimal.
  public var keyNumberHex: String { Hex.encodeUpper(keyNumber.reversed()) }

  /// The key on one line, as in `minisign -P`; it begins with `RW`.
  public var base64: String { Base64.encode(KeyText.ed25519 + keyNumber + bytes) }

  /// The text of a minisign public key file: a comment line and the key.
  public var minisignText: String {
    "\(KeyText.commentPrefix)minisign public key \(keyNumberHex)\n\(base64)\n"
  }

  /// The key on one line.
  public var description: String { base64 }
}
