/// A detached signature in minisign's format: over a message, and over a comment that can be trusted with it.
public struct MinisignSignature: Hashable, Sendable {
  /// The longest signature file that is read, in bytes.
  public static let maxTextBytes = 16_384

  /// How the message is covered.
  public let algorithm: SignatureAlgorithm
  /// The number of the key that is said to have signed; only a hint.
  public let keyNumber: [UInt8]
  /// The Ed25519 signature over the message or its hash.
  public let signature: [UInt8]
  /// A comment that nobody vouches for.
  public let untrustedComment: String
  /// A comment that is signed together with the signature; believe it only after `verify`.
  public let trustedComment: String
  /// The Ed25519 signature over the signature and the trusted comment.
  public let globalSignature: [UInt8]

  init(
    algorithm: SignatureAlgorithm, keyNumber: [UInt8], signature: [UInt8], untrustedComment: String,
    trustedComment: String, globalSignature: [UInt8]
  ) {
    self.algorithm = algorithm
    self.keyNumber = keyNumber
    self.signature = signature
    self.untrustedComment = untrustedComment
    self.trustedComment = trustedComment
    self.globalSignature = globalSignature
  }

  /// Reads a `.minisig` file; throws a `SignatureError` that names what is wrong with the text.
  public init(text: String) throws(SignatureError) {
    let count = text.utf8.count
    guard count <= MinisignSignature.maxTextBytes else {
      throw .tooLong(offered: count, limit: MinisignSignature.maxTextBytes)
    }
    let lines = KeyText.split(text)
    guard lines.count == 4 else { throw .wrongLineCount(offered: lines.count, needed: 4) }
    guard lines[0].hasPrefix(KeyText.commentPrefix) else { throw .missingUntrustedComment }
    guard lines[2].hasPrefix(KeyText.trustedPrefix) else { throw .missingTrustedComment }
    guard let blob = Base64.decode(lines[1]) else { throw .notBase64(line: 2) }
    let length = 2 + PublicKey.keyNumberCount + Ed25519.signatureCount
    guard blob.count == length else { throw .wrongLength(line: 2, offered: blob.count, needed: length) }
    guard let algorithm = SignatureAlgorithm(rawValue: String(decoding: blob[..<2], as: UTF8.self)) else {
      throw .unknownAlgorithm(Array(blob[..<2]))
    }
    guard let global = Base64.decode(lines[3]) else { throw .notBase64(line: 4) }
    guard global.count == Ed25519.signatureCount else {
      throw .wrongLength(line: 4, offered: global.count, needed: Ed25519.signatureCount)
    }
    self.init(
      algorithm: algorithm, keyNumber: Array(blob[2..<10]), signature: Array(blob[10...]),
      untrustedComment: String(lines[0].dropFirst(KeyText.commentPrefix.count)),
      trustedComment: String(lines[2].dropFirst(KeyText.trustedPrefix.count)), globalSignature: global)
  }

  /// The text of the `.minisig` file.
  public var text: String {
    let blob = Array(algorithm.rawValue.utf8) + keyNumber + signature
    return """
      \(KeyText.commentPrefix)\(untrustedComment)
      \(Base64.encode(blob))
      \(KeyText.trustedPrefix)\(trustedComment)
      \(Base64.encode(globalSignature))

      """
  }

  /// The number of the key that is said to have signed, as minisign prints it.
  public var keyNumberHex: String { Hex.encodeUpper(keyNumber.reversed()) }

  /// Checks that one of the keys signed this message and the trusted comment; returns that key.
  ///
  /// Both `Ed` and `ED` signatures are checked. Throws a `SignatureError`.
  @discardableResult
  public func verify(_ message: [UInt8], by keys: [PublicKey]) throws(SignatureError) -> PublicKey {
    switch algorithm {
    case .legacy: try verify(signed: message, by: keys)
    case .prehashed: try verify(signed: Minisign.Digest.of(message).bytes, by: keys)
    }
  }

  /// Checks that one of the keys signed the hashed message and the trusted comment; returns that key.
  ///
  /// Throws `SignatureError.needsWholeMessage` for an `Ed` signature, which covers the message and not its hash.
  @discardableResult
  public func verify(_ digest: Minisign.Digest, by keys: [PublicKey]) throws(SignatureError) -> PublicKey {
    guard algorithm == .prehashed else { throw .needsWholeMessage }
    return try verify(signed: digest.bytes, by: keys)
  }

  private func verify(signed: [UInt8], by keys: [PublicKey]) throws(SignatureError) -> PublicKey {
    let candidates = keys.filter { $0.keyNumber == keyNumber || !$0.hasKeyNumber }
    guard !candidates.isEmpty else {
      throw .unknownKey(offered: keyNumberHex, trusted: keys.map(\.keyNumberHex))
    }
    // Key numbers are chosen freely, so that two trusted keys may share one.
    guard let key = candidates.first(where: { $0.isValid(signature: signature, for: signed) }) else {
      throw .badSignature(key: keyNumberHex)
    }
    guard key.isValid(signature: globalSignature, for: signature + Array(trustedComment.utf8)) else {
      throw .badTrustedComment(key: keyNumberHex)
    }
    return key
  }
}
