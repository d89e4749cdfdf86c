public import Signing

/// Somebody who can sign metadata: a key in memory, a token, a remote service.
public protocol MetadataSigner: Sendable {
  /// The public key.
  var key: MetadataKey { get }
  /// Signs the canonical form of a `signed` part; returns the raw signature.
  func sign(metadata payload: [UInt8]) throws -> [UInt8]
}

extension Signer: MetadataSigner {
  /// The key as metadata lists it.
  public var key: MetadataKey { MetadataKey(publicKey) }

  /// Signs with Ed25519.
  public func sign(metadata payload: [UInt8]) throws -> [UInt8] {
    try sign(payload)
  }
}
