/// A secret key that many tasks may sign with at once.
public final class Signer: Sendable {
  private let key: SecretKey
  /// The public half of the key.
  public let publicKey: PublicKey

  /// Takes over a secret key.
  public init(_ key: consuming SecretKey) {
    self.publicKey = key.publicKey
    self.key = key
  }

  /// The Ed25519 signature of a message, verified before it is given out.
  public func sign(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
    try key.sign(message)
  }

  /// A minisign signature of a message, prehashed and verified before it is given out.
  ///
  /// The comments stand on one line each; throws `KeyError.badComment` when they cannot.
  public func minisign(
    _ message: [UInt8], trustedComment: String, untrustedComment: String = Minisign.defaultComment
  ) throws(KeyError) -> MinisignSignature {
    try minisign(Minisign.Digest.of(message), trustedComment: trustedComment, untrustedComment: untrustedComment)
  }

  /// A minisign signature of a message that was hashed piece by piece, verified before it is given out.
  ///
  /// The comments stand on one line each; throws `KeyError.badComment` when they cannot.
  public func minisign(
    _ digest: Minisign.Digest, trustedComment: String, untrustedComment: String = Minisign.defaultComment
  ) throws(KeyError) -> MinisignSignature {
    try key.minisign(digest, trustedComment: trustedComment, untrustedComment: untrustedComment)
  }
}

extension SecretKey {
  /// A minisign signature of a hashed message, verified before it is given out.
  ///
  /// Throws `KeyError.badComment` when a comment cannot stand on one line.
  public borrowing func minisign(
    _ digest: Minisign.Digest, trustedComment: String, untrustedComment: String = Minisign.defaultComment
  ) throws(KeyError) -> MinisignSignature {
    guard KeyText.isWritable(trustedComment, prefix: KeyText.trustedPrefix, limit: KeyText.maxTrustedComment) else {
      throw .badComment(trustedComment)
    }
    guard KeyText.isWritable(untrustedComment, prefix: KeyText.commentPrefix, limit: KeyText.maxComment) else {
      throw .badComment(untrustedComment)
    }
    let signature = try sign(digest.bytes)
    let global = try sign(signature + Array(trustedComment.utf8))
    let result = MinisignSignature(
      algorithm: .prehashed, keyNumber: publicKey.keyNumber, signature: signature, untrustedComment: untrustedComment,
      trustedComment: trustedComment, globalSignature: global)
    do throws(SignatureError) {
      try result.verify(digest, by: [publicKey])
    } catch {
      throw .faultySignature
    }
    return result
  }
}
