internal import Signing
internal import StrictJSON

/// A new state of a repository, signed and checked, ready to be written.
public struct Publication: Sendable {
  /// One file below the folder of metadata.
  public struct File: Hashable, Sendable {
    /// The path below the folder of metadata.
    public let path: String
    /// The content.
    public let bytes: [UInt8]
  }

  /// The files in the order in which they must become visible: root, targets roles, snapshot role, and the timestamp
  /// last.
  public let files: [File]
  /// The repository as it is once all files are written.
  public let state: RepositoryState
  /// The roles that were signed.
  public let signedRoles: [RoleName]
}

extension RepositoryWriter {
  /// Signs what changed and hands it out after a client's check of the way from the old state, and from root version 1,
  /// to the new one.
  ///
  /// - Parameters:
  ///   - signers: Whoever is at hand; each signs every changed role that lists its key.
  ///   - collected: Signatures over ``payloads()`` that were made elsewhere.
  /// - Returns: The files; none when nothing changed.
  /// - Throws: ``TUFError``: too few signers, a target that no delegation leads to, a state that a client would refuse;
  ///   and whatever a signer throws.
  public func publish(
    signedBy signers: [any MetadataSigner], adding collected: [RoleName: [MetadataSignature]] = [:]
  ) throws -> Publication {
    let desk = SigningDesk(signers: signers, collected: collected)
    var edition = Edition(files: [], roles: [])
    let root = try currentRoot()
    if let rootDraft {
      let bytes = try desk.file(stamped(rootDraft, role: .root), role: .root, authorities: try rootAuthorities(root))
      edition.add(.root, path: MetadataFile.root(version: root.version).name, bytes)
    }
    let tree = try delegationTree(root)
    var entries = try snapshotEntries()
    // Delegated roles first: whoever sees a delegation can follow it.
    for (role, authorities) in tree.reversed() {
      guard let signed = try changedPart(of: role, authorities) else { continue }
      let bytes = try desk.file(signed, role: role, authorities: authorities)
      let version = nextVersion(of: role)
      edition.add(role, path: path(of: role, version: version, root), bytes)
      entries[role.listedName] = reference(to: bytes, version: version)
    }
    try addOnlineRoles(to: &edition, entries: entries, root: root, desk: desk)
    guard !edition.files.isEmpty else {
      guard let base else { throw TUFError.unknownRole(RoleName.root.text) }
      return Publication(files: [], state: base, signedRoles: [])
    }
    let check = PublicationCheck(base: base, files: edition.files, time: time)
    let state = try check.run(changed: edition.roles, added: added)
    return Publication(files: edition.files, state: state, signedRoles: edition.roles)
  }

  /// What must be signed by the keys of root and targets roles; snapshot role and timestamp follow from the signed
  /// files.
  ///
  /// The same edits at the same time give the same payloads.
  ///
  /// - Throws: ``TUFError`` when the edits do not fit together.
  public func payloads() throws(TUFError) -> [SigningPayload] {
    var payloads: [SigningPayload] = []
    let root = try currentRoot()
    if let rootDraft {
      let signed = stamped(rootDraft, role: .root)
      payloads.append(try SigningPayload(signed, role: .root, authorities: rootAuthorities(root)))
    }
    for (role, authorities) in try delegationTree(root) {
      guard let signed = try changedPart(of: role, authorities) else { continue }
      payloads.append(try SigningPayload(signed, role: role, authorities: authorities))
    }
    return payloads
  }

  /// The files of a publication so far.
  struct Edition {
    var files: [Publication.File]
    var roles: [RoleName]

    mutating func add(_ role: RoleName, path: String, _ bytes: [UInt8]) {
      files.append(Publication.File(path: path, bytes: bytes))
      roles.append(role)
    }
  }
}

extension RepositoryWriter {
  /// The authorities that must sign a new root: the trusted root's and its own (TUF 6.1).
  private func rootAuthorities(_ root: RootMetadata) throws(TUFError) -> [Authority] {
    [base?.root.authority(of: .root), root.authority(of: .root)].compactMap(\.self)
  }

  /// Every targets role that is reachable, with all authorities that delegators name for it, the top-level role first.
  private func delegationTree(_ root: RootMetadata) throws(TUFError) -> [(RoleName, [Authority])] {
    guard let top = root.authority(of: .targets) else { throw .unknownRole(RoleName.targets.text) }
    var order: [RoleName] = [.targets]
    var authorities: [RoleName: [Authority]] = [.targets: [top]]
    var place = 0
    while place < order.count {
      let role = order[place]
      place += 1
      guard case .roles(let children)? = try content(of: role).delegations else { continue }
      for child in children {
        if authorities[child.name] == nil { order.append(child.name) }
        if authorities[child.name]?.contains(child.authority) != true {
          authorities[child.name, default: []].append(child.authority)
        }
      }
    }
    return order.map { ($0, authorities[$0] ?? []) }
  }

  private func content(of role: RoleName) throws(TUFError) -> TargetsMetadata {
    if drafts[role] == nil, let current = base?.targets(of: role) { return current }
    return try TargetsMetadata(signed: stamped(try part(of: role), role: role), role: role)
  }

  /// The part of a role that must be signed: because it was edited, or because its present file does not satisfy its
  /// authorities.
  private func changedPart(of role: RoleName, _ authorities: [Authority]) throws(TUFError) -> JSON.Object? {
    if drafts[role] == nil, let bytes = base?.bytes(of: role) {
      let envelope = try SignedEnvelope(bytes, role: role, limits: .publisher)
      if authorities.allSatisfy({ envelope.validSignatures(by: $0) >= $0.threshold }) { return nil }
    }
    if let fixed = prepared[role] { return fixed }
    var signed = try part(of: role)
    if let targets = signed["targets"]?.objectValue { signed["targets"] = .object(targets.sortedByKey()) }
    return stamped(signed, role: role)
  }

  private func path(of role: RoleName, version: Int64, _ root: RootMetadata) -> String {
    root.consistentSnapshot && role != .timestamp ? "\(version).\(role.fileName)" : role.fileName
  }

  private func reference(to bytes: [UInt8], version: Int64) -> JSON {
    guard listsDigests else { return ["version": .integer(version)] }
    return [
      "hashes": ["sha256": .string(SHA256Digest.of(bytes).hex)], "length": .int(bytes.count),
      "version": .integer(version),
    ]
  }

  /// The entries of the present snapshot role: all of them stay, those of revoked roles too.
  private func snapshotEntries() throws(TUFError) -> JSON.Object {
    guard let bytes = base?.bytes(of: .snapshot) else { return [:] }
    return try SignedEnvelope(bytes, role: .snapshot, limits: .publisher).signed["meta"]?.objectValue ?? [:]
  }

  private func addOnlineRoles(
    to edition: inout Edition, entries: JSON.Object, root: RootMetadata, desk: SigningDesk
  ) throws {
    var snapshotBytes = try reusable(.snapshot, root, unless: !(try snapshotEntries() == entries))
    var snapshotVersion = base?.snapshot?.version ?? 0
    let snapshotIsNew = snapshotBytes == nil
    if snapshotIsNew {
      var signed = try onlinePart(.snapshot, SnapshotMetadata.type)
      signed["meta"] = .object(entries.sortedByKey())
      let bytes = try sign(signed, .snapshot, root, desk)
      snapshotVersion = nextVersion(of: .snapshot)
      edition.add(.snapshot, path: path(of: .snapshot, version: snapshotVersion, root), bytes)
      snapshotBytes = bytes
    }
    guard let snapshotBytes, try reusable(.timestamp, root, unless: snapshotIsNew) == nil else { return }
    var signed = try onlinePart(.timestamp, TimestampMetadata.type)
    let reference = reference(to: snapshotBytes, version: snapshotVersion)
    signed["meta"] = .object([RoleName.snapshot.listedName: reference])
    edition.add(.timestamp, path: RoleName.timestamp.fileName, try sign(signed, .timestamp, root, desk))
  }

  /// The present file of an online role, if it can stay: unchanged, current, and signed by the keys of the new root.
  private func reusable(
    _ role: RoleName, _ root: RootMetadata, unless isChanged: Bool
  ) throws(TUFError) -> [UInt8]? {
    let expires = role == .snapshot ? base?.snapshot?.expires : base?.timestamp?.expires
    guard !isChanged, !renewsOnline, let expires, expires > time, let bytes = base?.bytes(of: role),
      let authority = root.authority(of: role)
    else { return nil }
    let valid = try SignedEnvelope(bytes, role: role, limits: .publisher).validSignatures(by: authority)
    return valid >= authority.threshold ? bytes : nil
  }

  private func onlinePart(_ role: RoleName, _ type: String) throws(TUFError) -> JSON.Object {
    guard let bytes = base?.bytes(of: role) else { return Self.newPart(type) }
    return try SignedEnvelope(bytes, role: role, limits: .publisher).signed
  }

  private func sign(
    _ signed: JSON.Object, _ role: RoleName, _ root: RootMetadata, _ desk: SigningDesk
  ) throws -> [UInt8] {
    guard let authority = root.authority(of: role) else { throw TUFError.unknownRole(role.text) }
    return try desk.file(stamped(signed, role: role), role: role, authorities: [authority])
  }
}
