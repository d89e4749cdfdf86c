public import StrictJSON

// Metadata that was written down earlier, for signers who are apart.
extension RepositoryWriter {
  /// Takes a role's `signed` part as it was written down earlier, to be published to the byte as it is.
  ///
  /// What ``payloads()`` handed out on one day is published on another this way: version and expiry stay those that
  /// were signed. A later edit of the role discards it.
  ///
  /// - Throws: ``TUFError/wrongVersion(role:expected:offered:)`` when the repository has moved on,
  ///   ``TUFError/unpublishable(_:reason:)`` for an online role or a path that is not plain and relative, and
  ///   ``TUFError`` of the kind `malformed`.
  public mutating func adopt(_ signed: JSON.Object, as role: RoleName) throws(TUFError) {
    guard role != .snapshot, role != .timestamp else {
      throw .unpublishable(role.text, reason: "online roles are signed when the others are complete")
    }
    let offered: Int64
    if role == .root {
      offered = try RootMetadata(signed: signed).version
      try editRoot()
      rootDraft = signed
    } else {
      let content = try TargetsMetadata(signed: signed, role: role)
      offered = content.version
      for path in content.paths { try adopt(path, of: content) }
      var draft = signed
      let targets = draft.remove("targets")?.objectValue ?? [:]
      drafts[role] = TargetsDraft(signed: draft, targets: targets)
    }
    let expected = nextVersion(of: role)
    guard offered == expected else { throw .wrongVersion(role: role, expected: expected, offered: offered) }
    prepared[role] = signed
  }

  /// Notes a target that is new or changed, to be looked up again before publication.
  private mutating func adopt(_ path: String, of content: TargetsMetadata) throws(TUFError) {
    guard content.target(path) != base?.targets(of: content.role)?.target(path) else { return }
    guard PublishedName.isSafe(path) else { throw .unpublishable(path, reason: "it is no plain relative path") }
    added[ExactString(path)] = content.role
  }
}
