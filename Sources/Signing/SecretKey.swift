/// An Ed25519 secret key: cannot be copied, lies in locked memory, and is wiped when it goes.
public struct SecretKey: ~Copyable, Sendable {
  /// The public half, with the key number.
  public let publicKey: PublicKey
  /// 64 bytes: the seed and the public key.
  let bytes: SecretBytes

  /// Takes over a secret key; the public half must be the one that belongs to it.
  ///
  /// Throws `KeyError.damaged` when it is not: signing with a foreign public half would give the secret away.
  init(keyNumber: [UInt8], bytes: consuming SecretBytes) throws(KeyError) {
    let derived = try bytes.withSpan { (span: RawSpan) throws(KeyError) in try Sodium.publicKey(ofSeed: span) }
    let matches = bytes.withSpan { span in
      span.byteCount == Ed25519.secretKeyCount
        && derived.indices.allSatisfy { span[Ed25519.seedCount + $0] == derived[$0] }
    }
    guard matches else { throw .damaged }
    self.publicKey = try PublicKey(keyNumber: keyNumber, bytes: derived)
    self.bytes = bytes
  }

  /// Makes a new key with a random key number.
  ///
  /// Throws `KeyError.noMemory` or `KeyError.libraryFailed`.
  public static func generate() throws(KeyError) -> SecretKey {
    let bytes = try unsafe SecretBytes(count: Ed25519.secretKeyCount) { (target) throws(KeyError) in
      _ = try unsafe Sodium.generateKey(into: target)
    }
    return try SecretKey(keyNumber: RandomBytes.make(PublicKey.keyNumberCount), bytes: bytes)
  }

  /// The Ed25519 signature of a message; it is verified before it is given out.
  ///
  /// Throws `KeyError.faultySignature` when the check fails: a faulty computation can give the secret key away.
  public borrowing func sign(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
    let signature = try bytes.withSpan { (span: RawSpan) throws(KeyError) in
      try Sodium.sign(message, secretKey: span)
    }
    guard publicKey.isValid(signature: signature, for: message) else { throw .faultySignature }
    return signature
  }
}
