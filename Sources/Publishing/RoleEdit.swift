package import Releases
package import Signing
import StrictJSON
package import TUF

/// A public key with the name that the workspace gives it.
package struct NamedKey: Hashable, Sendable {
  /// The name; the file is `keys/<name>.pub`.
  package let name: String
  /// The key.
  package let key: PublicKey

  /// A key with its name.
  package init(name: String, key: PublicKey) {
    self.name = name
    self.key = key
  }
}

/// A role to be delegated to.
package struct NewDelegation: Hashable, Sendable {
  /// The role's name.
  package var role: String
  /// The paths that it may sign; empty for a channel, whose paths follow from its name.
  package var paths: [String]
  /// Its keys.
  package var keys: [NamedKey]
  /// How many of them must sign.
  package var threshold: Int
  /// For a channel, the one that it follows.
  package var follows: ChannelName?
  /// For a channel, how long a release must be observed before it enters; nil for a role that is no channel.
  package var soak: DurationText?

  /// A role to be delegated to.
  package init(
    role: String, paths: [String] = [], keys: [NamedKey], threshold: Int = 1, follows: ChannelName? = nil,
    soak: DurationText? = nil
  ) {
    self.role = role
    self.paths = paths
    self.keys = keys
    self.threshold = threshold
    self.follows = follows
    self.soak = soak
  }
}

/// A change of who may sign what.
package enum RoleEdit: Hashable, Sendable {
  /// Other keys, or another threshold, for some roles at once.
  case change(roles: [String], adding: [NamedKey], removing: [String], threshold: Int?)
  /// A new expiry for some roles.
  case renew([String])
  /// A new role below the top-level targets role.
  case delegate(NewDelegation)
  /// The end of some roles.
  case revoke([String])
}

/// An edit of roles, looked at or published.
package struct EditedRoles: Sendable {
  /// What it changes, in sentences; the same that `serin sign show` prints.
  package let changes: [RequestChange]
  /// What its owner should know.
  package let warnings: [String]
  /// What a person confirms: everything that would be signed, but for the moment of signing.
  package let confirm: SHA256Digest
  /// The roles that were signed, or would be.
  package let roles: [RoleName]
  /// Whether it was published.
  package let isPublished: Bool
}

extension Publisher {
  /// Looks at what an edit would do, and changes nothing.
  ///
  /// Throws ``PublishingError`` and `TUFError` for an edit that cannot be.
  package func plan(_ edit: RoleEdit) throws -> EditedRoles {
    let state = try repository.state()
    let draft = try draft(edit, state)
    return try edited(draft, state, roles: draft.roles(), isPublished: false)
  }

  /// Signs an edit with the keys of this machine and publishes it, together with the settings that follow it.
  ///
  /// What a person confirmed must still be what is signed: another process may have published meanwhile.
  ///
  /// Throws `TUFError.missingSignatures` where keys are elsewhere, and ``PublishingError/changedMeanwhile``.
  package func publish(_ edit: RoleEdit, confirmed: SHA256Digest? = nil) throws -> EditedRoles {
    try locked { publisher, state in
      let draft = try publisher.draft(edit, state)
      if let confirmed, try draft.digest() != confirmed { throw PublishingError.changedMeanwhile }
      let before = try publisher.edited(draft, state, roles: [], isPublished: true)
      let publication = try publisher.complete(draft, over: state)
      return EditedRoles(
        changes: before.changes, warnings: before.warnings, confirm: before.confirm, roles: publication.signedRoles,
        isPublished: true)
    }
  }

  /// Writes an edit down for people who sign elsewhere.
  ///
  /// Throws ``PublishingError/nothingToSign`` for an edit of online roles alone.
  package func request(_ edit: RoleEdit) throws -> SigningRequest {
    try locked { publisher, state in try publisher.request(publisher.draft(edit, state), over: state) }
  }

  private func edited(
    _ draft: PublicationDraft, _ state: RepositoryState, roles: [RoleName], isPublished: Bool
  ) throws -> EditedRoles {
    let changes = try draft.isEmpty() ? [] : SigningReview(request(draft, over: state)).changes
    return EditedRoles(
      changes: changes, warnings: draft.warnings, confirm: try draft.digest(), roles: roles, isPublished: isPublished)
  }

  /// The edit as a draft over the published state.
  private func draft(_ edit: RoleEdit, _ state: RepositoryState) throws -> PublicationDraft {
    var draft = PublicationDraft(try writer(state))
    switch edit {
    case .change(let roles, let adding, let removing, let threshold):
      for role in roles {
        try change(role, in: &draft, state, adding: adding, removing: removing, threshold: threshold)
      }
    case .renew(let roles):
      for text in roles { try draft.writer.renew(known(text, state)) }
    case .delegate(let delegation): try delegate(delegation, in: &draft, state)
    case .revoke(let roles):
      for text in roles { try revoke(text, in: &draft, state) }
    }
    try warn(of: edit, in: &draft, state)
    return draft
  }

  /// A role that exists.
  private func known(_ text: String, _ state: RepositoryState) throws -> RoleName {
    guard let role = RoleName(named: text), state.bytes(of: role) != nil else {
      throw PublishingError.unknownRole(offered: text, known: state.headers.map(\.role.text))
    }
    return role
  }

  // MARK: - Keys and thresholds

  private func change(
    _ text: String, in draft: inout PublicationDraft, _ state: RepositoryState, adding: [NamedKey],
    removing: [String], threshold: Int?
  ) throws {
    let role = try known(text, state)
    guard let old = SignedAuthorities(state).authority(of: role) else {
      throw PublishingError.badRoleEdit(role: text, reason: "another role than targets delegates to it")
    }
    let names = try KeyNames(workspace)
    var keys = old.entries.map(\.key)
    for name in removing {
      guard let place = keys.firstIndex(where: { names.name(of: $0, preferring: [name]) == name }) else {
        let listed = old.entries.map { names.name(of: $0.key) }.joined(separator: ", ")
        throw PublishingError.badRoleEdit(role: text, reason: "\(name) is none of its keys, which are \(listed)")
      }
      keys.remove(at: place)
    }
    for added in adding {
      try requireFree(added)
      let key = MetadataKey(added.key)
      guard !keys.contains(key) else {
        throw PublishingError.badRoleEdit(role: text, reason: "\(added.name) is one of its keys already")
      }
      keys.append(key)
      draft.newKeys[added.name] = added.key
    }
    let authority = try Authority(keys: keys, threshold: threshold ?? old.threshold)
    guard Set(authority.entries) != Set(old.entries) || authority.threshold != old.threshold else { return }
    if RoleName.topLevel.contains(role) {
      try draft.writer.setAuthority(of: role, to: authority)
    } else {
      try setAuthority(of: role, to: authority, in: &draft, state)
    }
  }

  private func setAuthority(
    of role: RoleName, to authority: Authority, in draft: inout PublicationDraft, _ state: RepositoryState
  ) throws {
    guard let present = SignedAuthorities(state).delegations.first(where: { $0.name == role }),
      case .paths(let patterns) = present.scope
    else { throw PublishingError.badRoleEdit(role: role.text, reason: "it is delegated to by hash bins") }
    try draft.writer.delegate(
      DelegationPlan(
        role: role.text, authority: authority, paths: patterns.map(\.text), terminating: present.terminating))
  }

  /// Another key of the same name would be taken for the old one.
  private func requireFree(_ key: NamedKey) throws {
    let present = try workspace.publicKeys().first { $0.name == key.name }
    guard present == nil || present?.key.bytes == key.key.bytes else {
      throw PublishingError.badKey(name: key.name, reason: "keys/\(key.name).pub is another key already")
    }
  }

  // MARK: - Delegations

  private func delegate(
    _ new: NewDelegation, in draft: inout PublicationDraft, _ state: RepositoryState
  ) throws {
    guard let role = RoleName(delegated: new.role) else {
      throw PublishingError.badRoleEdit(role: new.role, reason: "it is no name for a delegated role")
    }
    guard SignedAuthorities(state).authority(of: role) == nil else {
      throw PublishingError.badRoleEdit(role: new.role, reason: "it exists; `serin role change` changes its keys")
    }
    for key in new.keys {
      try requireFree(key)
      draft.newKeys[key.name] = key.key
    }
    let authority = try Authority(keys: new.keys.map { MetadataKey($0.key) }, threshold: new.threshold)
    guard let soak = new.soak else {
      // More special than all others: an earlier role with `*` would answer for the same paths and end the search.
      let plan = try DelegationPlan(role: new.role, authority: authority, paths: new.paths)
      try draft.writer.delegate(plan, first: true)
      return
    }
    let channel = try ChannelName(new.role)
    draft.newPolicies[channel] = try policy(new, soak: soak)
    try draft.writer.delegate(
      DelegationPlan(role: new.role, authority: authority, paths: ["plugins/*/*/\(channel.text).json"]))
  }

  /// The rules of a new channel, as `serin init` would write them.
  private func policy(_ new: NewDelegation, soak: DurationText) throws -> ChannelPolicy {
    let probes = max(1, min(1000, soak.seconds / 90))
    var policy = try ChannelPolicy(
      follows: new.follows, signers: new.keys.map(\.name), threshold: new.threshold,
      soak: ChannelPolicy.Soak(observed: soak, probes: probes))
    if let follows = new.follows {
      _ = try workspace.policy(follows)
      policy.evidence.signers = workspace.policies.first?.policy.signers ?? []
    } else {
      policy.evidence.required = false
    }
    policy.security.observed = min(policy.security.observed, soak)
    policy.security.probes = min(policy.security.probes, probes)
    return policy
  }

  private func revoke(_ text: String, in draft: inout PublicationDraft, _ state: RepositoryState) throws {
    let role = try known(text, state)
    guard SignedAuthorities(state).delegations.contains(where: { $0.name == role }), text != "bundles" else {
      throw PublishingError.badRoleEdit(role: text, reason: "a repository cannot be without it")
    }
    let followers = workspace.policies.filter { $0.policy.follows?.text == text }.map(\.channel.text)
    guard followers.isEmpty else {
      throw PublishingError.badRoleEdit(
        role: text, reason: "\(followers.joined(separator: ", ")) takes its releases from it")
    }
    let channels = workspace.policies.map(\.channel.text).filter { !draft.revoked.map(\.text).contains($0) }
    guard channels != [text] else {
      throw PublishingError.badRoleEdit(role: text, reason: "it is the only channel")
    }
    try draft.writer.revoke(role)
    draft.revoked.insert(role)
  }
}
