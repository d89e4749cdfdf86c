public import Signing
public import StrictJSON

/// A public key as metadata lists it, with every field kept.
///
/// A key of an unknown type or with a malformed value is no error by itself: it verifies nothing, so that a repository
/// may introduce new key types beside old ones (TUF 4.2).
public struct MetadataKey: Hashable, Sendable {
  /// All fields, known and unknown.
  public let json: JSON.Object
  /// The key type, such as `ed25519`.
  public let keyType: String
  /// The signature scheme, such as `ecdsa-sha2-nistp256`.
  public let scheme: String
  /// What verifies, if type, scheme and value are known.
  private let verifier: KeyVerifier?

  /// Reads a key as it stands in metadata.
  ///
  /// - Throws: ``TUFError/malformed(role:reason:)`` when type, scheme or value are missing or of another shape.
  public init(json: JSON, role: RoleName) throws(TUFError) {
    try self.init(Shape(json, of: role, at: "key"))
  }

  init(_ key: Shape) throws(TUFError) {
    let value = try key.shape("keyval")
    for member in value.object.members where !member.value.isString {
      throw value.fault(member.key, "is no string")
    }
    json = key.object.value
    keyType = try key.string("keytype")
    scheme = try key.string("scheme")
    verifier = KeyVerifier(type: keyType, scheme: scheme, value: value.object["public"]?.stringValue ?? "")
  }

  /// The entry for an Ed25519 key.
  public init(_ key: PublicKey) {
    self.init(
      ed25519: key,
      json: [
        "keytype": "ed25519", "keyval": ["public": .string(Hex.encode(key.bytes))], "scheme": "ed25519",
      ])
  }

  private init(ed25519 key: PublicKey, json: JSON.Object) {
    self.json = json
    keyType = "ed25519"
    scheme = "ed25519"
    verifier = KeyVerifier(type: "ed25519", scheme: "ed25519", value: Hex.encode(key.bytes))
  }

  /// The id that this implementation publishes: SHA-256 of the canonical form of the key (TUF 4.2.1).
  ///
  /// Ids that come from outside are opaque: they are never compared with this one.
  public var keyID: String {
    // Only a fractional number in an unknown field has no canonical form, and then the id is of no use to anybody.
    let canonical = (try? JSON.object(json).canonicalBytes()) ?? JSON.object(json).serialized()
    return SHA256Digest.of(canonical).hex
  }

  /// Whether the key's type and value are known, so that it can verify anything at all.
  public var isUsable: Bool { verifier != nil }

  /// The Ed25519 key, if it is one.
  public var ed25519: PublicKey? {
    if case .ed25519(let key) = verifier { key } else { nil }
  }

  /// What makes two entries the same key whatever their ids and spellings; nil when the key is not usable.
  var material: [UInt8]? { verifier?.material }

  /// The longest signature in hexadecimal: what an RSA key of 8192 bits makes.
  private static let longestSignature = 2_048

  /// Whether this key made the signature (hexadecimal text) over these bytes; malformed signatures are not valid.
  func isValid(signature hex: String, for message: [UInt8]) -> Bool {
    guard let verifier, hex.utf8.count <= Self.longestSignature, let signature = Hex.decode(hex.lowercased()) else {
      return false
    }
    return verifier.isValid(signature, for: message)
  }
}
