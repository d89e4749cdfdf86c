public import Signing
public import StrictJSON

/// Edits a repository's metadata and signs the result; a value, without I/O and without a clock.
///
/// ```swift
/// var writer = RepositoryWriter(editing: state, at: now)
/// try writer.add(NewTarget(path: "plugins/a/b/stable.json", length: 812, sha256: digest), to: stable)
/// let publication = try writer.publish(signedBy: [stableKey, onlineKey])
/// for file in publication.files { /* write it, in this order */ }
/// ```
/// Only roles whose content or keys change are signed again; each gets the next version and a new expiry. Unknown
/// fields stay.
public struct RepositoryWriter: Sendable {
  /// The version of the specification that is written.
  public static let specification = "1.0.34"

  /// The time from which lifetimes count and by which the result is checked.
  public let time: MetadataTime
  /// How long newly signed roles are valid.
  public var lifetimes: RoleLifetimes
  /// Whether the snapshot role carries length and SHA-256 of every role, so that even the keys of a role cannot swap a
  /// version's content.
  public var listsDigests = true

  let base: RepositoryState?
  /// The root's `signed` part, if it changes.
  var rootDraft: JSON.Object?
  /// The `signed` parts of targets roles that change.
  var drafts: [RoleName: TargetsDraft] = [:]
  /// What was added or replaced, to be looked up again before publication.
  var added: [ExactString: RoleName] = [:]
  var renewsOnline = false
  /// The `signed` parts that others have already signed, or will: they are published to the byte as they are.
  var prepared: [RoleName: JSON.Object] = [:]

  /// A targets role that is being edited; the targets are kept apart so that many can be added one by one.
  struct TargetsDraft {
    var signed: JSON.Object
    var targets: JSON.Object
  }

  /// Begins to edit a repository.
  public init(editing state: RepositoryState, at time: MetadataTime, lifetimes: RoleLifetimes = RoleLifetimes()) {
    base = state
    self.time = time
    self.lifetimes = lifetimes
  }

  /// Begins a new repository.
  ///
  /// - Throws: ``TUFError/unpublishable(_:reason:)`` when two delegations have one name.
  public init(
    creating plan: RepositoryPlan, at time: MetadataTime, lifetimes: RoleLifetimes = RoleLifetimes()
  ) throws(TUFError) {
    base = nil
    self.time = time
    self.lifetimes = lifetimes
    var root = Self.newPart(RootMetadata.type)
    root["consistent_snapshot"] = .bool(plan.consistentSnapshot)
    root["keys"] = .object([:])
    root["roles"] = .object([:])
    rootDraft = root
    drafts[.targets] = TargetsDraft(signed: Self.newPart(TargetsMetadata.type), targets: [:])
    for role in RoleName.topLevel { try setAuthority(of: role, to: plan.authority(of: role)) }
    for delegation in plan.delegations { try delegate(delegation) }
  }

  static func newPart(_ type: String) -> JSON.Object {
    ["_type": .string(type), "expires": "", "spec_version": .string(specification), "version": 0]
  }
}

/// A target to be published.
public struct NewTarget: Hashable, Sendable {
  /// The path below the folder of targets.
  public let path: String
  /// The length in bytes.
  public let length: Int64
  /// The digest of the content.
  public let sha256: SHA256Digest
  /// Anything else to be signed with it; clients never base trust on it.
  public let custom: JSON?

  /// Describes a target.
  public init(path: String, length: Int64, sha256: SHA256Digest, custom: JSON? = nil) {
    self.path = path
    self.length = length
    self.sha256 = sha256
    self.custom = custom
  }

  /// Describes a target whose bytes are at hand.
  public init(path: String, bytes: [UInt8], custom: JSON? = nil) {
    self.init(path: path, length: Int64(bytes.count), sha256: .of(bytes), custom: custom)
  }

  var json: JSON {
    var entry: JSON.Object = [:]
    if let custom { entry["custom"] = custom }
    entry["hashes"] = ["sha256": .string(sha256.hex)]
    entry["length"] = .integer(length)
    return .object(entry)
  }
}

// MARK: targets
extension RepositoryWriter {
  /// Adds a target to a role, or replaces it there; the same entry again changes nothing.
  ///
  /// - Throws: ``TUFError/unknownRole(_:)``, and ``TUFError/unpublishable(_:reason:)`` for a path that is not plain and
  ///   relative or a negative length.
  public mutating func add(_ target: NewTarget, to role: RoleName = .targets) throws(TUFError) {
    guard PublishedName.isSafe(target.path) else {
      throw .unpublishable(target.path, reason: "it is no plain relative path")
    }
    guard (0...TUFLimits.largestVersion).contains(target.length) else {
      throw .unpublishable(target.path, reason: "its length is out of range")
    }
    if drafts[role] == nil, let entry = try part(of: role)["targets"]?[target.path], entry == target.json {
      return
    }
    try edit(role)
    drafts[role]?.targets.set(target.path, target.json)
    added[ExactString(target.path)] = role
  }

  /// Removes a target from a role.
  ///
  /// - Throws: ``TUFError/unknownRole(_:)``, and ``TUFError/missing(file:)`` when the role does not list it.
  public mutating func remove(_ path: String, from role: RoleName = .targets) throws(TUFError) {
    guard try part(of: role)["targets"]?[path] != nil || drafts[role]?.targets[path] != nil else {
      throw .missing(file: path)
    }
    try edit(role)
    drafts[role]?.targets.remove(path)
    added[ExactString(path)] = nil
  }

  /// Signs a role again without a change of content, for a new expiry.
  ///
  /// - Throws: ``TUFError/unknownRole(_:)``.
  public mutating func renew(_ role: RoleName) throws(TUFError) {
    switch role {
    case .root: try editRoot()
    case .snapshot, .timestamp: renewsOnline = true
    default: try edit(role)
    }
  }

  /// Signs snapshot role and timestamp again, and nothing else.
  public mutating func renewOnlineRoles() {
    renewsOnline = true
  }
}

// MARK: drafts
extension RepositoryWriter {
  /// The `signed` part of a targets role as it stands now, edited or not.
  func part(of role: RoleName) throws(TUFError) -> JSON.Object {
    if let draft = drafts[role] {
      var signed = draft.signed
      signed["targets"] = .object(draft.targets)
      return signed
    }
    guard let bytes = base?.bytes(of: role), ![.root, .snapshot, .timestamp].contains(role) else {
      throw .unknownRole(role.text)
    }
    return try SignedEnvelope(bytes, role: role, limits: .publisher).signed
  }

  /// Makes sure that a targets role has a draft.
  mutating func edit(_ role: RoleName) throws(TUFError) {
    prepared[role] = nil
    guard drafts[role] == nil else { return }
    var signed = try part(of: role)
    let targets = signed.remove("targets")?.objectValue ?? [:]
    drafts[role] = TargetsDraft(signed: signed, targets: targets)
  }

  mutating func editRoot() throws(TUFError) {
    prepared[.root] = nil
    guard rootDraft == nil, let bytes = base?.trusted.root.bytes else { return }
    rootDraft = try SignedEnvelope(bytes, role: .root, limits: .publisher).signed
  }

  /// The root as it would be published.
  func currentRoot() throws(TUFError) -> RootMetadata {
    if let rootDraft { return try RootMetadata(signed: stamped(rootDraft, role: .root)) }
    guard let base else { throw .unknownRole(RoleName.root.text) }
    return base.root
  }

  /// A part with the next version and a new expiry; one that was prepared stays as it is.
  func stamped(_ part: JSON.Object, role: RoleName) -> JSON.Object {
    if let fixed = prepared[role] { return fixed }
    var signed = part
    signed["version"] = .integer(nextVersion(of: role))
    signed["expires"] = .string(time.advanced(bySeconds: lifetimes.seconds(of: role)).description)
    return signed.sortedByKey()
  }

  /// One more than the highest version that any client may have seen, also of a role that had been revoked.
  func nextVersion(of role: RoleName) -> Int64 {
    let current: Int64? =
      switch role {
      case .root: base?.root.version
      case .timestamp: base?.timestamp?.version
      case .snapshot: base?.snapshot?.version
      default: base?.snapshot?.reference(to: role)?.version
      }
    return (current ?? 0) + 1
  }
}
