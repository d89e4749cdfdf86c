import Releases
package import Signing
import StrictJSON
package import TUF

/// A signing request as far as it proves itself: what would be signed, by whom, and what it changes.
///
/// Everything follows from the bytes to be signed and from the verified metadata of the repository; free text of the
/// file is used for nothing but the labels of keys.
package struct SigningReview: Sendable {
  /// What is still missing for one authority of a role.
  package struct Need: Hashable, Sendable {
    /// How many keys must sign.
    package let threshold: Int
    /// The keys that signed.
    package let signed: [KeyLabel]
    /// The keys that did not.
    package let missing: [KeyLabel]
    /// Whether this authority is the one of the root that is trusted now, of a new root.
    package let isPresentRoot: Bool

    /// Whether enough signed.
    package var isMet: Bool { signed.count >= threshold }
  }

  /// One role that would be signed.
  package struct Role: Sendable {
    /// What is signed.
    package let payload: SigningPayload
    /// The good signatures so far.
    package let signatures: [MetadataSignature]
    /// Who must sign and who did.
    package let needs: [Need]

    /// Whether every authority is satisfied.
    package var isComplete: Bool { payload.isComplete(with: signatures) }
  }

  /// The request.
  package let request: SigningRequest
  /// The digest of the repository's first root: the fingerprint by which hosts trust it.
  package let fingerprint: SHA256Digest
  /// The digest over all that would be signed; what a signer confirms.
  package let digest: SHA256Digest
  /// The roles that would be signed.
  package let roles: [Role]
  /// What would change, in sentences.
  package let changes: [RequestChange]
  /// The repository as it was when the request was made, verified.
  let base: RepositoryState
  /// The edit, ready to be signed.
  let writer: RepositoryWriter
  /// The channel manifests that would be published.
  let manifests: [ChannelManifest]

  /// Whether all signatures are there.
  package var isComplete: Bool { roles.allSatisfy(\.isComplete) }

  /// Checks a request.
  ///
  /// Throws ``PublishingError/badRequest(reason:)`` when it does not prove what it says.
  package init(_ request: SigningRequest) throws(PublishingError) {
    do {
      try self.init(checking: request)
    } catch let error as PublishingError {
      throw error
    } catch {
      throw .badRequest(reason: "\(error)")
    }
  }

  private init(checking request: SigningRequest) throws {
    let metadata = request.metadata
    base = try RepositoryState { path in metadata[path].map { Array($0.utf8) } }
    guard let first = base.roots.first else { throw PublishingError.badRequest(reason: "it holds no root") }
    fingerprint = SHA256Digest.of(first)
    // Nothing in a request depends on the time of day: expiry is checked when it is published.
    var writer = RepositoryWriter(editing: base, at: .distantPast)
    for part in request.parts { try writer.adopt(part.signed, as: part.role) }
    self.writer = writer
    let payloads = try writer.payloads()
    guard Set(payloads.map(\.role)) == Set(request.parts.map(\.role)) else {
      let more = payloads.map(\.role.text).filter { name in !request.parts.contains { $0.role.text == name } }
      throw PublishingError.badRequest(reason: "\(more.joined(separator: ", ")) would have to be signed too")
    }
    let labels = KeyLabels(request.keys)
    roles = payloads.map { payload in
      let part = request.parts.first { $0.role == payload.role }
      return Role(payload, payload.valid(part?.signatures ?? []), labels)
    }
    digest = Self.digest(of: payloads)
    var words = try RequestWords(request: request, base: base, payloads: payloads, labels: labels)
    try words.describe()
    changes = words.changes
    manifests = words.manifests
    self.request = request
  }

  private static func digest(of payloads: [SigningPayload]) -> SHA256Digest {
    if let only = payloads.first, payloads.count == 1 { return only.digest }
    var hasher = SHA256Hasher()
    for payload in payloads { hasher.update(Array("\(payload.role.text) \(payload.digest.hex)\n".utf8)) }
    return hasher.finalize()
  }
}

extension SigningReview.Role {
  fileprivate init(_ payload: SigningPayload, _ signatures: [MetadataSignature], _ labels: KeyLabels) {
    self.payload = payload
    self.signatures = signatures
    // A root whose own keys stay has two authorities that are one.
    let all = payload.authorities.enumerated().filter { place, authority in
      !payload.authorities[..<place].contains(authority)
    }
    needs = all.map { place, authority in
      let signed = payload.signed(of: authority, by: signatures)
      return SigningReview.Need(
        threshold: authority.threshold, signed: signed.map { labels.label(of: $0.key) },
        missing: authority.entries.filter { !signed.contains($0) }.map { labels.label(of: $0.key) },
        isPresentRoot: payload.role == .root && place == 0 && all.count > 1)
    }
  }
}

extension SigningRequest {
  /// The request with good signatures of another copy added.
  ///
  /// Throws ``PublishingError/otherRequest`` when the copy would have other bytes signed.
  package func merging(_ other: SigningRequest) throws(PublishingError) -> SigningRequest {
    let own = try SigningReview(self)
    let theirs = try SigningReview(other)
    guard own.digest == theirs.digest else { throw .otherRequest(own: own.digest.hex, other: theirs.digest.hex) }
    var merged = self
    for place in merged.parts.indices {
      guard let role = own.roles.first(where: { $0.payload.role == merged.parts[place].role }),
        let more = theirs.roles.first(where: { $0.payload.role == merged.parts[place].role })
      else { continue }
      merged.parts[place].signatures = role.payload.valid(role.signatures + more.signatures)
    }
    return merged
  }

  /// The request with a signer's signatures on every role that lists its key.
  ///
  /// Throws ``PublishingError/keyNotAsked(key:)`` when none does, and whatever the signer throws.
  package func signed(by signer: Signer) throws -> (request: SigningRequest, roles: [RoleName]) {
    let review = try SigningReview(self)
    var signed = self
    var roles: [RoleName] = []
    for role in review.roles {
      let signatures = try role.payload.signatures(by: signer)
      guard !signatures.isEmpty, let place = signed.parts.firstIndex(where: { $0.role == role.payload.role }) else {
        continue
      }
      signed.parts[place].signatures = role.payload.valid(role.signatures + signatures)
      roles.append(role.payload.role)
    }
    guard !roles.isEmpty else { throw PublishingError.keyNotAsked(key: signer.publicKey.base64) }
    return (signed, roles)
  }
}
