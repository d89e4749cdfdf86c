/// What a client believes so far, and the checks that let it believe more: bytes in, decisions out, no I/O and no
/// clock.
///
/// The reference time is fixed once, before the first step (TUF 5.1). A method either accepts what it is given and
/// remembers it, or throws and changes nothing. The order of the steps is ``RefreshWorkflow``'s business.
public struct TrustedMetadataSet: Sendable {
  /// The time by which all expiry is judged.
  public let referenceTime: MetadataTime
  /// The bounds.
  public let limits: TUFLimits
  /// The newest trusted root.
  public private(set) var root: Verified<RootMetadata>
  /// The newest trusted timestamp; perhaps expired, and then only a floor.
  public private(set) var timestamp: Verified<TimestampMetadata>?
  /// The newest trusted snapshot role file; perhaps outdated, and then only a floor.
  public private(set) var snapshot: Verified<SnapshotMetadata>?
  /// Targets files by role and by who vouched for them: what satisfies one delegator says nothing to another.
  private var targetsFiles: [Vouched: Verified<TargetsMetadata>] = [:]

  private struct Vouched: Hashable {
    let role: RoleName
    let authority: Authority
  }

  /// Starts from a root that the caller trusts by other means; even this one must be signed by itself.
  ///
  /// - Throws: ``TUFError`` when it is malformed or not signed. Its expiry does not matter here.
  public init(
    trustedRoot bytes: [UInt8], at time: MetadataTime, limits: TUFLimits = .standard
  ) throws(TUFError) {
    referenceTime = time
    self.limits = limits
    root = try SignedEnvelope(bytes, role: .root, limits: limits).verifiedRoot(after: nil)
  }

  /// The trusted top-level targets file.
  public var targets: Verified<TargetsMetadata>? {
    root.content.authority(of: .targets).flatMap { targets(of: .targets, by: $0) }
  }

  /// The trusted targets file of a role, if the authority that its delegator names has been found to have signed it.
  public func targets(of role: RoleName, by authority: Authority) -> Verified<TargetsMetadata>? {
    targetsFiles[Vouched(role: role, authority: authority)]
  }

  /// Whether file names carry versions and digests.
  public var consistentSnapshot: Bool { root.content.consistentSnapshot }
}

// MARK: root (TUF 5.3)
extension TrustedMetadataSet {
  /// Accepts the next root: signed by the trusted one and by itself, its version exactly one higher (TUF 5.3.4, 5.3.5).
  ///
  /// - Returns: Whether timestamp or snapshot keys were taken away, so that files which these keys signed are no floor
  ///   any more (TUF 5.3.11, recovery from fast-forward attacks).
  @discardableResult
  mutating func updateRoot(_ bytes: [UInt8]) throws(TUFError) -> Bool {
    let next = try SignedEnvelope(bytes, role: .root, limits: limits).verifiedRoot(after: root.content)
    let expected = root.content.version + 1
    guard next.content.version == expected else {
      throw .wrongVersion(role: .root, expected: expected, offered: next.content.version)
    }
    let previous = root.content
    root = next
    return [RoleName.timestamp, .snapshot].contains { role in
      let old = previous.authority(of: role)?.materials ?? []
      let new = next.content.authority(of: role)?.materials ?? []
      return !old.isSubset(of: new)
    }
  }

  /// Refuses to go on with an expired root (TUF 5.3.10).
  func requireCurrentRoot() throws(TUFError) {
    try requireCurrent(root.content, role: .root)
  }
}

// MARK: timestamp (TUF 5.4)
extension TrustedMetadataSet {
  /// Takes the client's own timestamp as a floor, even when it is expired.
  mutating func loadTimestamp(_ bytes: [UInt8]) throws(TUFError) {
    timestamp = try verified(bytes, .timestamp)
  }

  /// Accepts a newer timestamp.
  ///
  /// - Returns: False when it has the version of the trusted one, which then stays (TUF 5.4.3.1).
  mutating func updateTimestamp(_ bytes: [UInt8]) throws(TUFError) -> Bool {
    let offered: Verified<TimestampMetadata> = try verified(bytes, .timestamp)
    if let trusted = timestamp?.content {
      guard offered.content.version >= trusted.version else {
        throw .rollback(role: .timestamp, trusted: trusted.version, offered: offered.content.version)
      }
      if offered.content.version == trusted.version {
        try requireCurrent(trusted, role: .timestamp)
        return false
      }
      guard offered.content.snapshot.version >= trusted.snapshot.version else {
        throw .rollback(
          role: .snapshot, trusted: trusted.snapshot.version, offered: offered.content.snapshot.version)
      }
    }
    try requireCurrent(offered.content, role: .timestamp)
    timestamp = offered
    return true
  }
}

// MARK: snapshot (TUF 5.5)
extension TrustedMetadataSet {
  /// Takes the client's own snapshot role file as a floor, even when it is expired or the timestamp names another.
  ///
  /// - Returns: Whether it is also the one that the timestamp names, so that nothing needs to be fetched.
  mutating func loadSnapshot(_ bytes: [UInt8]) throws(TUFError) -> Bool {
    let local: Verified<SnapshotMetadata> = try verified(bytes, .snapshot)
    snapshot = local
    guard let reference = timestamp?.content.snapshot, reference.version == local.content.version,
      (try? reference.check(bytes, file: RoleName.snapshot.fileName)) != nil
    else { return false }
    return (try? requireCurrent(local.content, role: .snapshot)) != nil
  }

  /// Accepts the snapshot role file that the timestamp names.
  mutating func updateSnapshot(_ bytes: [UInt8]) throws(TUFError) {
    guard let reference = timestamp?.content.snapshot else { throw .unexpectedAnswer }
    try reference.check(bytes, file: RoleName.snapshot.fileName)
    let offered: Verified<SnapshotMetadata> = try verified(bytes, .snapshot)
    try require(offered.content.version, is: reference.version, role: .snapshot)
    try snapshot?.content.check(successor: offered.content)
    try requireCurrent(offered.content, role: .snapshot)
    snapshot = offered
  }
}

// MARK: targets and delegated roles (TUF 5.6)
extension TrustedMetadataSet {
  /// Accepts a targets file, from the client's own store or from outside, by the word of its delegator: length and
  /// digests, signatures, version, expiry.
  mutating func updateTargets(_ bytes: [UInt8], of role: RoleName, by authority: Authority) throws(TUFError) {
    let reference = try reference(to: role)
    try reference.check(bytes, file: role.fileName)
    try accept(try SignedEnvelope(bytes, role: role, limits: limits), reference, by: authority)
  }

  /// The same for a file of the client's own store that has been read already.
  mutating func updateTargets(_ envelope: SignedEnvelope, by authority: Authority) throws(TUFError) {
    let reference = try reference(to: envelope.role)
    // An outdated file is refused whoever signed it: that costs no check of signatures.
    if let claimed = envelope.claimedVersion { try require(claimed, is: reference.version, role: envelope.role) }
    try reference.check(envelope.bytes, file: envelope.role.fileName)
    try accept(envelope, reference, by: authority)
  }

  private mutating func accept(
    _ envelope: SignedEnvelope, _ reference: FileReference, by authority: Authority
  ) throws(TUFError) {
    let role = envelope.role
    let offered = try envelope.verified(as: TargetsMetadata.self, by: authority)
    try require(offered.content.version, is: reference.version, role: role)
    try requireCurrent(offered.content, role: role)
    targetsFiles[Vouched(role: role, authority: authority)] = offered
  }

  /// Accepts the top-level targets file.
  mutating func updateTargets(_ bytes: [UInt8]) throws(TUFError) {
    try updateTargets(bytes, of: .targets, by: try targetsAuthority())
  }

  /// Accepts the top-level targets file that has been read already.
  mutating func updateTargets(_ envelope: SignedEnvelope) throws(TUFError) {
    try updateTargets(envelope, by: try targetsAuthority())
  }

  /// Who may sign the top-level targets file.
  func targetsAuthority() throws(TUFError) -> Authority {
    guard let authority = root.content.authority(of: .targets) else { throw .unknownRole(RoleName.targets.text) }
    return authority
  }

  /// What the snapshot role says of a targets file.
  func reference(to role: RoleName) throws(TUFError) -> FileReference {
    guard let reference = snapshot?.content.reference(to: role) else { throw .notListed(role: role) }
    return reference
  }
}

// MARK: what all steps share
extension TrustedMetadataSet {
  private func verified<Content: MetadataContent>(
    _ bytes: [UInt8], _ role: RoleName
  ) throws(TUFError) -> Verified<Content> {
    guard let authority = root.content.authority(of: role) else { throw .unknownRole(role.text) }
    return try SignedEnvelope(bytes, role: role, limits: limits).verified(as: Content.self, by: authority)
  }

  private func require(_ offered: Int64, is expected: Int64, role: RoleName) throws(TUFError) {
    guard offered == expected else { throw .wrongVersion(role: role, expected: expected, offered: offered) }
  }

  private func requireCurrent(_ content: some MetadataContent, role: RoleName) throws(TUFError) {
    guard content.expires > referenceTime else {
      throw .expired(role: role, expires: content.expires, now: referenceTime)
    }
  }
}
