internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials
internal import Signing

/// What verifies signatures: a public key whose type, scheme and value are known, in one normal form.
enum KeyVerifier: Hashable, Sendable {
  case ed25519(PublicKey)
  /// The point in X9.63 form; two spellings of one key are one key.
  case p256([UInt8])
  /// The key as `SubjectPublicKeyInfo` in DER, written by us; two spellings of one key are one key.
  case rsa([UInt8])

  /// The longest public value in metadata, in bytes; an RSA key of 8192 bits has 1,491 in PEM.
  static let longestValue = 4_096
  /// The RSA keys that count, in bits: below, they can be broken; above, verifying becomes an attack on the client.
  static let rsaBits = 2_048...8_192

  /// Reads a key value; nil for an unknown type or scheme and for a malformed value.
  init?(type: String, scheme: String, value: String) {
    guard value.utf8.count <= Self.longestValue else { return nil }
    switch (type, scheme) {
    case ("ed25519", "ed25519"):
      guard let bytes = Hex.decode(value.lowercased()), let key = try? PublicKey(unnumbered: bytes) else { return nil }
      self = .ed25519(key)
    case ("ecdsa", "ecdsa-sha2-nistp256"), ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"):
      guard let key = try? P256.Signing.PublicKey(pemRepresentation: value) else { return nil }
      self = .p256(Array(key.x963Representation))
    case ("rsa", "rsassa-pss-sha256"):
      guard let key = try? _RSA.Signing.PublicKey(pemRepresentation: value), Self.rsaBits.contains(key.keySizeInBits)
      else { return nil }
      self = .rsa(Array(key.derRepresentation))
    default: return nil
    }
  }

  /// What makes two entries the same key whatever their ids and spellings.
  var material: [UInt8] {
    switch self {
    case .ed25519(let key): [1] + key.bytes
    case .p256(let point): [2] + point
    case .rsa(let der): [3] + der
    }
  }

  /// Whether this key made the signature over these bytes.
  func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
    switch self {
    case .ed25519(let key):
      return signature.count == 64 && key.isValid(signature: signature, for: message)
    case .p256(let point):
      guard let key = try? P256.Signing.PublicKey(x963Representation: point),
        let parsed = try? P256.Signing.ECDSASignature(derRepresentation: signature)
      else { return false }
      return key.isValidSignature(parsed, for: message)
    case .rsa(let der):
      guard let key = try? _RSA.Signing.PublicKey(derRepresentation: der) else { return false }
      // PSS over SHA-256 with MGF1 and a salt as long as the digest, as securesystemslib signs.
      return key.isValidSignature(
        _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: message), padding: .PSS)
    }
  }
}
