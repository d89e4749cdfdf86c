public import StrictJSON

/// What a refusal is about; exit codes follow from it.
public enum TUFErrorKind: Hashable, Sendable {
  /// No signature is valid: forged, or altered after signing.
  case badSignature
  /// Some signatures are valid, but too few.
  case threshold
  /// Metadata is older than its own date of expiry.
  case expired
  /// Something older than what was trusted before.
  case rollback
  /// Length or digest differs from the signed one.
  case digest
  /// The content does not follow the specification.
  case malformed
  /// A file or target that must exist does not.
  case missing
  /// A bound was reached.
  case limit
  /// The publisher asked for something that cannot be published.
  case publishing
}

/// Every way in which metadata, or an edit of it, is refused.
public enum TUFError: Error, Equatable, Sendable {
  /// The file is not strict JSON.
  case json(role: RoleName, JSONError)
  /// A field has the wrong shape.
  case malformed(role: RoleName, reason: String)
  /// The file says that it belongs to another kind of role.
  case wrongType(role: RoleName, expected: String, offered: String)
  /// The file follows another major version of the specification.
  case unsupportedSpecification(role: RoleName, offered: String)
  /// One key id occurs twice among the signatures.
  case duplicateSignature(role: RoleName, keyID: String)
  /// None of the role's keys signed this content.
  case noValidSignature(role: RoleName, needed: Int)
  /// Too few of the role's keys signed this content.
  case threshold(role: RoleName, needed: Int, valid: Int)
  /// The version is not the one that was announced.
  case wrongVersion(role: RoleName, expected: Int64, offered: Int64)
  /// The version is lower than the trusted one.
  case rollback(role: RoleName, trusted: Int64, offered: Int64)
  /// A role that was listed before is missing from the snapshot role's list.
  case roleVanished(role: RoleName, trusted: Int64)
  /// The metadata is not valid any more.
  case expired(role: RoleName, expires: MetadataTime, now: MetadataTime)
  /// A file's length differs from the signed one; bytes.
  case length(file: String, expected: Int64, offered: Int64)
  /// A file's digest differs from the signed one.
  case digest(file: String, algorithm: String, expected: String, offered: String)
  /// None of a file's signed digests is of a known algorithm.
  case unknownDigest(file: String, algorithms: [String])
  /// A file is larger than its limit; bytes.
  case tooLarge(file: String, limit: Int, offered: Int)
  /// The repository does not have a file that it must have.
  case missing(file: String)
  /// The chain of roots is longer than one refresh accepts.
  case tooManyRoots(limit: Int)
  /// A search would have to visit more roles than allowed.
  case tooManyDelegations(path: String, limit: Int)
  /// A role is delegated to, but the snapshot role does not list it.
  case notListed(role: RoleName)
  /// An answer came for which nothing had been asked.
  case unexpectedAnswer

  /// The publisher named a role that does not exist.
  case unknownRole(String)
  /// The publisher named a role, key set, pattern or path that may not be published.
  case unpublishable(String, reason: String)
  /// Too few signers are at hand.
  case missingSignatures(role: RoleName, needed: Int, have: Int, keyIDs: [String])
  /// A client would never find this target in this role.
  case unreachableTarget(path: String, role: RoleName)
  /// A client that trusts the state before would refuse the state after.
  indirect case refusedByClient(TUFError)
}

extension TUFError {
  /// What the refusal is about.
  public var kind: TUFErrorKind {
    switch self {
    case .json, .malformed, .wrongType, .unsupportedSpecification, .duplicateSignature, .notListed, .unexpectedAnswer:
      .malformed
    case .noValidSignature: .badSignature
    case .threshold: .threshold
    case .rollback, .roleVanished: .rollback
    case .wrongVersion(_, let expected, let offered): offered < expected ? .rollback : .malformed
    case .expired: .expired
    case .length, .digest, .unknownDigest: .digest
    case .missing: .missing
    case .tooLarge, .tooManyRoots, .tooManyDelegations: .limit
    case .unknownRole, .unpublishable, .missingSignatures, .unreachableTarget, .refusedByClient: .publishing
    }
  }
}
