package import Releases
package import TUF

/// When the online roles were signed again, and until when they last.
package struct Renewal: Hashable, Sendable {
  /// The roles that were signed again; empty when it was too early.
  package let renewed: [RoleName]
  /// When the timestamp expires.
  package let timestampExpires: Timestamp
  /// When the snapshot role expires.
  package let snapshotExpires: Timestamp
}

extension Publisher {
  /// Signs the snapshot role and the timestamp again with the online keys.
  ///
  /// Unless forced, it waits until half of either lifetime is over.
  package func renew(force: Bool) throws -> Renewal {
    try locked { publisher, state in
      guard force || publisher.isDue(state) else { return try publisher.renewal(of: state, renewed: []) }
      var draft = PublicationDraft(try publisher.writer(state))
      draft.writer.renewOnlineRoles()
      let publication = try publisher.complete(draft, over: state)
      return try publisher.renewal(of: publication.state, renewed: publication.signedRoles)
    }
  }

  /// Whether half of the lifetime of the timestamp or the snapshot role is over.
  private func isDue(_ state: RepositoryState) -> Bool {
    let settings = workspace.settings
    let now = workspace.now.seconds
    let roles: [(expires: Int64?, lifetime: Int64?)] = [
      (state.timestamp?.header.expires.seconds, try? settings.timestamp.lifetimeSeconds()),
      (state.snapshot?.header.expires.seconds, try? settings.snapshot.lifetimeSeconds()),
    ]
    return roles.contains { role in
      guard let expires = role.expires, let lifetime = role.lifetime else { return true }
      return expires - now <= lifetime / 2
    }
  }

  private func renewal(of state: RepositoryState, renewed: [RoleName]) throws -> Renewal {
    guard let timestamp = state.timestamp, let snapshot = state.snapshot else {
      throw TUFError.missing(file: RoleName.timestamp.fileName)
    }
    return Renewal(
      renewed: renewed, timestampExpires: Timestamp(seconds: timestamp.header.expires.seconds),
      snapshotExpires: Timestamp(seconds: snapshot.header.expires.seconds))
  }
}
