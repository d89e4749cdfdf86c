import Crypto
import CryptoExtras
import FoundationEssentials
import Signing
import StrictJSON
import TUF

/// A key pair that exists only for tests.
struct TestKey: MetadataSigner {
  let key: MetadataKey
  private let signing: @Sendable ([UInt8]) throws -> [UInt8]

  /// A fresh Ed25519 key.
  static func ed25519() throws -> TestKey {
    let signer = Signer(try SecretKey.generate())
    return TestKey(key: signer.key) { try signer.sign(metadata: $0) }
  }

  /// A fresh ECDSA P-256 key, as most other repositories use.
  static func p256() throws -> TestKey {
    let secret = P256.Signing.PrivateKey()
    let json: JSON = [
      "keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256",
      "keyval": ["public": .string(secret.publicKey.pemRepresentation)],
    ]
    return TestKey(key: try MetadataKey(json: json, role: .root)) {
      Array(try secret.signature(for: $0).derRepresentation)
    }
  }

  /// A fresh RSA key of 2048 bits for RSA-PSS.
  static func rsa() throws -> TestKey {
    let secret = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let json: JSON = [
      "keytype": "rsa", "scheme": "rsassa-pss-sha256",
      "keyval": ["public": .string(secret.publicKey.pemRepresentation)],
    ]
    return TestKey(key: try MetadataKey(json: json, role: .root)) {
      Array(try secret.signature(for: SHA256.hash(data: $0), padding: .PSS).rawRepresentation)
    }
  }

  init(key: MetadataKey, _ signing: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
    self.key = key
    self.signing = signing
  }

  /// The same key with another `keyval` spelling or further fields.
  func spelled(_ change: (inout JSON.Object) -> Void) throws -> TestKey {
    var json = key.json
    change(&json)
    return TestKey(key: try MetadataKey(json: .object(json), role: .root), signing)
  }

  func sign(metadata payload: [UInt8]) throws -> [UInt8] { try signing(payload) }

  func signature(over signed: JSON.Object, id: String? = nil) throws -> JSON {
    let payload = try JSON.object(signed).canonicalBytes()
    return ["keyid": .string(id ?? key.keyID), "sig": .string(Hex.encode(try sign(metadata: payload)))]
  }
}
