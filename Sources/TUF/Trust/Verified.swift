/// Metadata whose signatures reached the threshold; only the check in this file can make one.
public struct Verified<Content: MetadataContent>: Sendable {
  /// The decoded content.
  public let content: Content
  /// The file's bytes as they arrived.
  public let bytes: [UInt8]

  fileprivate init(content: Content, bytes: [UInt8]) {
    self.content = content
    self.bytes = bytes
  }
}

extension SignedEnvelope {
  /// Checks the signatures first and decodes the content only then.
  func verified<Content: MetadataContent>(
    as content: Content.Type, by authority: Authority
  ) throws(TUFError) -> Verified<Content> {
    try verify(by: authority)
    return Verified(content: try Content(signedPart, role: role), bytes: bytes)
  }

  /// Checks a root by the root before it, if there is one, and by itself (TUF 5.3.4).
  func verifiedRoot(after trusted: RootMetadata?) throws(TUFError) -> Verified<RootMetadata> {
    if let authority = trusted?.authority(of: .root) { try verify(by: authority) }
    let root = try RootMetadata(signedPart)
    guard let own = root.authority(of: .root) else {
      throw .malformed(role: .root, reason: "signed.roles.root is missing")
    }
    try verify(by: own)
    return Verified(content: root, bytes: bytes)
  }
}
