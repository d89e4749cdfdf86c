public import Signing
public import StrictJSON

/// A role that waits for signatures: what people who are apart need to sign it.
public struct SigningPayload: Hashable, Sendable {
  /// The role.
  public let role: RoleName
  /// The version that it will have.
  public let version: Int64
  /// When it will expire.
  public let expires: MetadataTime
  /// The `signed` part of the file to be.
  public let signed: JSON.Object
  /// The bytes to be signed: the canonical form of the `signed` part.
  public let bytes: [UInt8]
  /// Whose signatures count; the root role may have an old and a new authority, and both must be satisfied.
  public let authorities: [Authority]

  init(_ signed: JSON.Object, role: RoleName, authorities: [Authority]) throws(TUFError) {
    let header =
      role == .root ? try RootMetadata(signed: signed).header : try TargetsMetadata(signed: signed, role: role).header
    self.role = role
    version = header.version
    expires = header.expires
    self.signed = signed
    bytes = try SigningDesk.payload(signed, role: role)
    self.authorities = authorities
  }

  /// The digest of the bytes to be signed.
  public var digest: SHA256Digest { .of(bytes) }

  /// The signatures of a signer, one for each id under which the authorities list its key; none when they do not.
  ///
  /// - Throws: Whatever the signer throws.
  public func signatures(by signer: any MetadataSigner) throws -> [MetadataSignature] {
    let found = entries(of: signer.key)
    guard !found.isEmpty else { return [] }
    let signature = Hex.encode(try signer.sign(metadata: bytes))
    return found.map { MetadataSignature(keyID: $0.keyID, hex: signature) }
  }

  /// The entries of an authority whose keys made one of these signatures over these bytes.
  public func signed(of authority: Authority, by signatures: [MetadataSignature]) -> [Authority.Entry] {
    authority.entries.filter { entry in
      signatures.contains { signature in
        ExactString(signature.keyID) == ExactString(entry.keyID)
          && entry.key.isValid(signature: signature.hex, for: bytes)
      }
    }
  }

  /// Whether these signatures reach the threshold of every authority; one key counts once, whatever its ids.
  public func isComplete(with signatures: [MetadataSignature]) -> Bool {
    authorities.allSatisfy { authority in
      Set(signed(of: authority, by: signatures).compactMap(\.key.material)).count >= authority.threshold
    }
  }

  /// The signatures that some authority accepts, each key id once.
  public func valid(_ signatures: [MetadataSignature]) -> [MetadataSignature] {
    var seen: Set<ExactString> = []
    return signatures.filter { signature in
      let isGood = authorities.contains { authority in
        authority.entries.contains {
          ExactString($0.keyID) == ExactString(signature.keyID) && $0.key.isValid(signature: signature.hex, for: bytes)
        }
      }
      return isGood && seen.insert(ExactString(signature.keyID)).inserted
    }
  }

  private func entries(of key: MetadataKey) -> [Authority.Entry] {
    guard let own = key.material else { return [] }
    var seen: Set<ExactString> = []
    return authorities.flatMap(\.entries).filter {
      $0.key.material == own && seen.insert(ExactString($0.keyID)).inserted
    }
  }
}
