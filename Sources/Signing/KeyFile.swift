/// Secret key files in minisign's format, with or without a passphrase.
///
/// A comment line, then Base64 of: signature algorithm (2), key derivation (2), checksum algorithm (2), salt (32),
/// operations limit (8), memory limit (8), and 104 bytes that are key number (8), secret key (64) and checksum (32),
/// combined with the scrypt output by exclusive or where there is a passphrase.
public enum KeyFile {
  /// The longest secret key file that is read, in bytes.
  public static let maxTextBytes = 4096
  /// The comment line of keys that are encrypted, when the caller has none.
  public static let encryptedComment = "serin encrypted secret key"
  /// The comment line of keys that are not encrypted, when the caller has none.
  public static let plainComment = "serin secret key without a passphrase"

  private static let scrypt = Array("Sc".utf8)
  private static let noDerivation: [UInt8] = [0, 0]
  private static let blake2b = Array("B2".utf8)
  private static let saltCount = 32
  private static let headerCount = 2 + 2 + 2 + saltCount + 8 + 8
  private static let checksumCount = 32
  private static let keyCount = PublicKey.keyNumberCount + Ed25519.secretKeyCount
  private static let bodyCount = keyCount + checksumCount

  /// Whether the text is a secret key file that needs a passphrase; throws a `KeyError` when it is none at all.
  public static func isEncrypted(_ text: String) throws(KeyError) -> Bool {
    var blob = try decode(text)
    defer { SecretBytes.wipe(&blob) }
    return Array(blob[2..<4]) == scrypt
  }

  /// The text of a secret key file; without a passphrase the key is only encoded.
  ///
  /// Throws `KeyError.badComment`, `KeyError.costTooHigh` or `KeyError.noMemory`.
  public static func encrypt(
    _ key: borrowing SecretKey, passphrase: borrowing SecretBytes?, cost: ScryptCost = .standard,
    comment: String? = nil
  ) throws(KeyError) -> String {
    guard cost.isAllowed else { throw tooHigh(cost) }
    var salt = RandomBytes.make(saltCount)
    var body = key.publicKey.keyNumber
    body.reserveCapacity(bodyCount)
    defer { SecretBytes.wipe(&body) }
    key.bytes.withSpan { span in for index in 0..<span.byteCount { body.append(span[index]) } }
    body += checksum(of: body[...])
    let isEncrypted = try mask(&body, passphrase: passphrase, salt: salt, cost: cost)
    if !isEncrypted { salt = [UInt8](repeating: 0, count: saltCount) }
    let used = isEncrypted ? cost : ScryptCost(operations: 0, memory: 0)
    let line = comment ?? (isEncrypted ? encryptedComment : plainComment)
    guard KeyText.isWritable(line, prefix: KeyText.commentPrefix, limit: KeyText.maxComment) else {
      throw .badComment(line)
    }
    var blob = KeyText.ed25519 + (isEncrypted ? scrypt : noDerivation) + blake2b + salt
    defer { SecretBytes.wipe(&blob) }
    blob.reserveCapacity(headerCount + bodyCount)
    blob += littleEndian(used.operations) + littleEndian(used.memory)
    blob += body
    return "\(KeyText.commentPrefix)\(line)\n\(Base64.encode(blob))\n"
  }

  /// The secret key of a file.
  ///
  /// Throws `KeyError.passphraseNeeded`, `KeyError.wrongPassphrase`, `KeyError.costTooHigh` for absurd limits, or what
  /// is wrong with the file. A passphrase for a key that has none is ignored.
  public static func decrypt(_ text: String, passphrase: borrowing SecretBytes?) throws(KeyError) -> SecretKey {
    var blob = try decode(text)
    defer { SecretBytes.wipe(&blob) }
    let isEncrypted = Array(blob[2..<4]) == scrypt
    var body = Array(blob[headerCount...])
    defer { SecretBytes.wipe(&body) }
    if isEncrypted {
      let cost = ScryptCost(operations: integer(blob[38..<46]), memory: integer(blob[46..<54]))
      guard cost.isAllowed else { throw tooHigh(cost) }
      let isOpen = try mask(&body, passphrase: passphrase, salt: Array(blob[6..<38]), cost: cost)
      guard isOpen else { throw .passphraseNeeded }
    }
    let expected = checksum(of: body[..<keyCount])
    // minisign leaves the checksum of unencrypted keys empty; the public half is compared in any case.
    let isUnchecked = !isEncrypted && body[keyCount...].allSatisfy { $0 == 0 }
    guard isUnchecked || body[keyCount...].elementsEqual(expected) else {
      throw isEncrypted ? .wrongPassphrase : .damaged
    }
    var secret = Array(body[PublicKey.keyNumberCount..<keyCount])
    let number = Array(body[..<PublicKey.keyNumberCount])
    return try SecretKey(keyNumber: number, bytes: SecretBytes(copying: &secret))
  }

  private static func tooHigh(_ cost: ScryptCost) -> KeyError {
    .costTooHigh(
      operations: cost.operations, memory: cost.memory, maxOperations: ScryptCost.sensitive.operations,
      maxMemory: ScryptCost.sensitive.memory)
  }

  /// The decoded key line, with its length and algorithm names checked.
  private static func decode(_ text: String) throws(KeyError) -> [UInt8] {
    let lines = try KeyText.lines(of: text, limit: maxTextBytes)
    guard lines.count == 2 else { throw .wrongLineCount(offered: lines.count, needed: 2) }
    guard lines[0].hasPrefix(KeyText.commentPrefix) else { throw .missingComment }
    guard let blob = Base64.decode(lines[1]) else { throw .notBase64 }
    guard blob.count == headerCount + bodyCount else {
      throw .wrongLength(what: "secret key file", offered: blob.count, needed: headerCount + bodyCount)
    }
    guard Array(blob[..<2]) == KeyText.ed25519 else { throw .unknownAlgorithm(Array(blob[..<2])) }
    let derivation = Array(blob[2..<4])
    guard derivation == scrypt || derivation == noDerivation else { throw .unknownKeyDerivation(derivation) }
    guard Array(blob[4..<6]) == blake2b else { throw .unknownChecksum(Array(blob[4..<6])) }
    return blob
  }

  /// BLAKE2b-256 over algorithm, key number and secret key.
  private static func checksum(of numberAndKey: ArraySlice<UInt8>) -> [UInt8] {
    Sodium.blake2b(count: checksumCount, of: KeyText.ed25519, numberAndKey)
  }

  /// Combines the body with the scrypt output of the passphrase by exclusive or; false where there is no passphrase.
  private static func mask(
    _ body: inout [UInt8], passphrase: borrowing SecretBytes?, salt: [UInt8], cost: ScryptCost
  ) throws(KeyError) -> Bool {
    // The one place that looks into the optional: a second look makes the optimiser of Swift 6.3 stop.
    switch passphrase {
    case .none: return false
    case .some(let secret):
      let stream = try secret.withSpan { (span: RawSpan) throws(KeyError) in
        try Sodium.scrypt(count: bodyCount, passphrase: span, salt: salt, cost: cost)
      }
      stream.withSpan { span in
        for index in 0..<bodyCount { body[index] ^= span[index] }
      }
      return true
    }
  }

  private static func littleEndian(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }

  private static func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
