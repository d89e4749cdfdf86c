internal import StrictJSON

// Who may sign what.
extension RepositoryWriter {
  /// Changes keys and threshold of a top-level role; a change of the root role's own keys is signed by the old and the
  /// new ones.
  ///
  /// Roles that the new keys have not signed yet are signed again with the next publication.
  ///
  /// - Throws: ``TUFError/unknownRole(_:)`` for a delegated role; use ``delegate(_:from:first:)`` there.
  public mutating func setAuthority(of role: RoleName, to authority: Authority) throws(TUFError) {
    guard RoleName.topLevel.contains(role) else { throw .unknownRole(role.text) }
    try editRoot()
    guard var root = rootDraft else { throw .unknownRole(RoleName.root.text) }
    var roles = root["roles"]?.objectValue ?? [:]
    roles[role.text] = .object(Self.entry(roles[role.text]?.objectValue ?? [:], with: authority))
    root["roles"] = .object(roles)
    root["keys"] = .object(
      Self.keys(root["keys"]?.objectValue ?? [:], adding: authority, usedBy: roles.members.map(\.value)))
    rootDraft = root
  }

  /// Delegates to a role, or changes the delegation to it in its place.
  ///
  /// A new role begins empty; a role that had been revoked begins above its old version.
  ///
  /// - Parameters:
  ///   - plan: Name, keys and paths of the role.
  ///   - delegator: The role that delegates.
  ///   - isFirst: Whether a new role is asked before all others; one whose paths an earlier terminating role covers
  ///     too must be, or nobody ever asks it.
  /// - Throws: ``TUFError/unknownRole(_:)`` when the delegator does not exist, and
  ///   ``TUFError/unpublishable(_:reason:)`` when it delegates to hash bins.
  public mutating func delegate(
    _ plan: DelegationPlan, from delegator: RoleName = .targets, first isFirst: Bool = false
  ) throws(TUFError) {
    try edit(delegator)
    var delegations = drafts[delegator]?.signed["delegations"]?.objectValue ?? ["keys": [:], "roles": []]
    guard var roles = delegations["roles"]?.arrayValue else {
      throw .unpublishable(delegator.text, reason: "hash bins cannot be edited")
    }
    if let place = roles.firstIndex(where: { $0["name"] == .string(plan.role.text) }) {
      var entry = roles[place].objectValue ?? [:]
      entry.remove("path_hash_prefixes")
      for member in plan.json.objectValue?.members ?? [] { entry.set(member.key, member.value) }
      roles[place] = .object(entry)
    } else {
      roles.insert(plan.json, at: isFirst ? 0 : roles.count)
    }
    delegations["keys"] = .object(
      Self.keys(delegations["keys"]?.objectValue ?? [:], adding: plan.authority, usedBy: roles))
    delegations["roles"] = .array(roles)
    drafts[delegator]?.signed["delegations"] = .object(delegations)
    if drafts[plan.role] == nil, base?.targets(of: plan.role) == nil {
      drafts[plan.role] = TargetsDraft(signed: Self.newPart(TargetsMetadata.type), targets: [:])
    }
  }

  /// Revokes a delegation.
  ///
  /// The role stays listed in the snapshot role, because a role that vanishes looks like an attack.
  ///
  /// - Throws: ``TUFError/unknownRole(_:)`` when the delegator does not delegate to it.
  public mutating func revoke(_ role: RoleName, from delegator: RoleName = .targets) throws(TUFError) {
    let signed = try part(of: delegator)
    guard var delegations = signed["delegations"]?.objectValue, var roles = delegations["roles"]?.arrayValue,
      let place = roles.firstIndex(where: { $0["name"] == .string(role.text) })
    else { throw .unknownRole(role.text) }
    try edit(delegator)
    roles.remove(at: place)
    delegations["roles"] = .array(roles)
    delegations["keys"] = .object(Self.keys(delegations["keys"]?.objectValue ?? [:], adding: nil, usedBy: roles))
    drafts[delegator]?.signed["delegations"] = .object(delegations)
    // Its draft, if it has one, is published only if somebody else still delegates to it.
    added = added.filter { $0.value != role }
  }

  /// A role's entry with new key ids and threshold; its other fields stay.
  private static func entry(_ old: JSON.Object, with authority: Authority) -> JSON.Object {
    var entry = old
    entry["keyids"] = .strings(authority.entries.map(\.keyID))
    entry["threshold"] = .int(authority.threshold)
    return entry
  }

  /// The keys that are still used, in the order of their ids.
  private static func keys(_ old: JSON.Object, adding authority: Authority?, usedBy roles: [JSON]) -> JSON.Object {
    var keys = old
    for entry in authority?.entries ?? [] { keys.set(entry.keyID, .object(entry.key.json)) }
    var used: Set<ExactString> = []
    for role in roles {
      for id in role["keyids"]?.arrayValue ?? [] { if let text = id.stringValue { used.insert(ExactString(text)) } }
    }
    let kept = keys.members.filter { used.contains(ExactString($0.key)) }
    return JSON.Object(kept.map { ($0.key, $0.value) }).sortedByKey()
  }
}
