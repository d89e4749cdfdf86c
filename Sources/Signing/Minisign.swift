/// The signature format of minisign (https://jedisct1.github.io/minisign/), and the hash that it signs.
public enum Minisign {
  /// The untrusted comment of signatures made here.
  public static let defaultComment = "signature from a serin key"

  /// BLAKE2b-512 of a message: what a prehashed signature signs.
  public struct Digest: Hashable, Sendable {
    /// The 64 bytes of the hash.
    public let bytes: [UInt8]

    /// The hash of a message that is all at hand.
    public static func of(_ message: [UInt8]) -> Digest {
      var hasher = Hasher()
      hasher.update(message)
      return hasher.finalize()
    }
  }

  /// BLAKE2b-512 (RFC 7693) of a message that arrives in pieces.
  public struct Hasher: ~Copyable {
    private let state: BlakeState

    /// A hasher that has seen nothing yet.
    public init() { state = BlakeState(count: 64) }

    /// Takes in the next bytes.
    public mutating func update(_ bytes: [UInt8]) { state.update(bytes) }

    /// Takes in the next bytes.
    public mutating func update(_ span: RawSpan) { state.update(span) }

    /// The hash of everything taken in.
    public consuming func finalize() -> Digest { Digest(bytes: state.finalize()) }
  }
}

/// How a minisign signature covers its message.
public enum SignatureAlgorithm: String, Hashable, Sendable {
  /// `Ed`: the whole message is signed; read for old signatures, never written.
  case legacy = "Ed"
  /// `ED`: the BLAKE2b-512 hash of the message is signed.
  case prehashed = "ED"
}
