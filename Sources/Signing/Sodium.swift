// The calls door of libsodium: Ed25519, BLAKE2b, scrypt, random bytes.
internal import CSodium

/// Whether libsodium is initialised; without it the first `sodium_free` would abort.
private let sodiumIsReady = sodium_init() >= 0

/// The calls into libsodium, typed; no pointer leaves this file.
enum Sodium {
  static var isReady: Bool { sodiumIsReady }
  static let scryptSaltCount = 32
  private static let failed: CInt = -1

  static func isValid(signature: [UInt8], message: [UInt8], publicKey: [UInt8]) -> Bool {
    guard isReady, signature.count == Ed25519.signatureCount, publicKey.count == PublicKey.byteCount else {
      return false
    }
    return unsafe crypto_sign_verify_detached(signature, message, UInt64(message.count), publicKey) == 0
  }

  /// Signs with a 64-byte secret key (seed and public key).
  static func sign(_ message: [UInt8], secretKey: RawSpan) throws(KeyError) -> [UInt8] {
    guard isReady else { throw .libraryFailed }
    guard secretKey.byteCount == Ed25519.secretKeyCount else {
      throw .wrongLength(what: "secret key", offered: secretKey.byteCount, needed: Ed25519.secretKeyCount)
    }
    var signature = [UInt8](repeating: 0, count: Ed25519.signatureCount)
    let status = unsafe secretKey.withUnsafeBytes { buffer in
      guard let key = buffer.baseAddress else { return failed }
      return unsafe crypto_sign_detached(
        &signature, nil, message, UInt64(message.count), key.assumingMemoryBound(to: UInt8.self))
    }
    guard status == 0 else { throw .faultySignature }
    return signature
  }

  /// Fills `secretKey` (64 bytes) with a new key and returns its public half.
  static func generateKey(into secretKey: UnsafeMutableRawBufferPointer) throws(KeyError) -> [UInt8] {
    guard isReady, let key = secretKey.baseAddress, secretKey.count == Ed25519.secretKeyCount else {
      throw .libraryFailed
    }
    var publicKey = [UInt8](repeating: 0, count: PublicKey.byteCount)
    let status = unsafe crypto_sign_keypair(&publicKey, key.assumingMemoryBound(to: UInt8.self))
    guard status == 0 else { throw .libraryFailed }
    return publicKey
  }

  /// The public half that belongs to the seed in the first 32 bytes of a secret key.
  static func publicKey(ofSeed secretKey: RawSpan) throws(KeyError) -> [UInt8] {
    guard isReady else { throw .libraryFailed }
    guard secretKey.byteCount >= Ed25519.seedCount else {
      throw .wrongLength(what: "secret key", offered: secretKey.byteCount, needed: Ed25519.secretKeyCount)
    }
    var publicKey = [UInt8](repeating: 0, count: PublicKey.byteCount)
    var derived = [UInt8](repeating: 0, count: Ed25519.secretKeyCount)
    defer { SecretBytes.wipe(&derived) }
    let status = unsafe secretKey.withUnsafeBytes { buffer in
      guard let seed = buffer.baseAddress else { return failed }
      return unsafe crypto_sign_seed_keypair(&publicKey, &derived, seed.assumingMemoryBound(to: UInt8.self))
    }
    guard status == 0 else { throw .libraryFailed }
    return publicKey
  }

  /// BLAKE2b (RFC 7693) of two pieces one after the other, `count` bytes long.
  static func blake2b(count: Int, of first: [UInt8], _ second: ArraySlice<UInt8>) -> [UInt8] {
    let state = BlakeState(count: count)
    state.update(first)
    unsafe second.withUnsafeBytes { buffer in state.update(unsafe buffer.bytes) }
    return state.finalize()
  }

  /// The scrypt output (RFC 7914) with the parameters that libsodium derives from the two limits, as minisign does.
  static func scrypt(
    count: Int, passphrase: RawSpan, salt: [UInt8], cost: ScryptCost
  ) throws(KeyError) -> SecretBytes {
    guard salt.count == scryptSaltCount else {
      throw .wrongLength(what: "salt", offered: salt.count, needed: scryptSaltCount)
    }
    return try unsafe SecretBytes(count: count) { (target) throws(KeyError) in
      let status = unsafe passphrase.withUnsafeBytes { secret in
        guard let key = target.baseAddress, let start = secret.baseAddress else { return failed }
        return unsafe crypto_pwhash_scryptsalsa208sha256(
          key.assumingMemoryBound(to: UInt8.self), UInt64(target.count), start.assumingMemoryBound(to: CChar.self),
          UInt64(secret.count), salt, cost.operations, Int(cost.memory))
      }
      guard status == 0 else { throw .noMemory(bytes: cost.memory) }
    }
  }

  static func randomBytes(_ count: Int) -> [UInt8] {
    guard isReady else { return (0..<count).map { _ in UInt8.random(in: .min ... .max) } }
    var bytes = [UInt8](repeating: 0, count: count)
    unsafe randombytes_buf(&bytes, count)
    return bytes
  }
}

/// A running BLAKE2b computation; libsodium wants its state on a 64-byte boundary, so it lives in memory of its own.
@safe final class BlakeState {
  private let state: UnsafeMutableRawPointer
  private let count: Int

  /// Starts a hash of `count` bytes, from 16 to 64.
  init(count: Int) {
    self.count = count
    unsafe self.state = UnsafeMutableRawPointer.allocate(byteCount: crypto_generichash_statebytes(), alignment: 64)
    unsafe crypto_generichash_init(OpaquePointer(state), nil, 0, count)
  }

  deinit {
    unsafe sodium_memzero(state, crypto_generichash_statebytes())
    unsafe state.deallocate()
  }

  func update(_ bytes: [UInt8]) {
    unsafe crypto_generichash_update(OpaquePointer(state), bytes, UInt64(bytes.count))
  }

  func update(_ span: RawSpan) {
    unsafe span.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress else { return }
      _ = unsafe crypto_generichash_update(
        OpaquePointer(state), start.assumingMemoryBound(to: UInt8.self), UInt64(buffer.count))
    }
  }

  /// The hash; nothing can be added after it.
  func finalize() -> [UInt8] {
    var hash = [UInt8](repeating: 0, count: count)
    unsafe crypto_generichash_final(OpaquePointer(state), &hash, count)
    return hash
  }
}

/// Random bytes from the operating system.
public enum RandomBytes {
  /// As many random bytes as asked for, fit for keys.
  public static func make(_ count: Int) -> [UInt8] { Sodium.randomBytes(count) }
}
