internal import Crypto

/// SHA-256 of bytes that arrive in pieces.
public struct SHA256Hasher: Sendable {
  private var hash = SHA256()

  /// A hasher that has seen nothing yet.
  public init() {}

  /// Takes in the next bytes.
  public mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { buffer in unsafe hash.update(bufferPointer: buffer) }
  }

  /// Takes in the next bytes.
  public mutating func update(_ span: RawSpan) {
    unsafe span.withUnsafeBytes { buffer in unsafe hash.update(bufferPointer: buffer) }
  }

  /// The digest of everything taken in so far; the hasher can go on.
  public func finalize() -> SHA256Digest {
    unsafe hash.finalize().withUnsafeBytes { buffer in
      unsafe SHA256Digest(
        words: UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
        UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
        UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
        UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: 24, as: UInt64.self)))
    }
  }
}

extension SHA256Digest {
  /// The digest of bytes that are all at hand.
  public static func of(_ bytes: [UInt8]) -> SHA256Digest {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.finalize()
  }
}

/// SHA-512 of bytes that arrive in pieces, for metadata of other people's TUF repositories.
public struct SHA512Hasher: Sendable {
  private var hash = SHA512()

  /// A hasher that has seen nothing yet.
  public init() {}

  /// Takes in the next bytes.
  public mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { buffer in unsafe hash.update(bufferPointer: buffer) }
  }

  /// Takes in the next bytes.
  public mutating func update(_ span: RawSpan) {
    unsafe span.withUnsafeBytes { buffer in unsafe hash.update(bufferPointer: buffer) }
  }

  /// The digest of everything taken in so far, as 128 lower-case hexadecimal characters.
  public func finalize() -> String {
    Hex.encode(Array(hash.finalize()))
  }
}
