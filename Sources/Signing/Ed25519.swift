/// Ed25519 signatures (RFC 8032) over whole messages.
public enum Ed25519 {
  /// The length of a signature in bytes.
  public static let signatureCount = 64
  static let seedCount = 32
  static let secretKeyCount = 64

  /// Whether a signature over a message was made by the secret half of a public key.
  ///
  /// False also for a signature or a key of the wrong length, and for keys of small order.
  public static func isValid(signature: [UInt8], message: [UInt8], publicKey: [UInt8]) -> Bool {
    Sodium.isValid(signature: signature, message: message, publicKey: publicKey)
  }
}
