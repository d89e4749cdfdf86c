package import Releases
import Signing
package import TUF

/// A role that will soon expire.
package struct ExpiringRole: Hashable, Sendable {
  /// The shortest time that a publication may leave a role, in seconds: 48 hours.
  package static let shortest: Int64 = 48 * 3600

  /// The role.
  package let role: RoleName
  /// When it expires.
  package let expires: Timestamp

  /// The command that renews it where its keys are at hand.
  package var command: String { Self.command(renewing: role) }

  /// The command that renews a role where its keys are at hand.
  package static func command(renewing role: RoleName) -> String {
    role == .snapshot || role == .timestamp ? "serin renew" : "serin role renew \(role.text)"
  }
}

extension Publisher {
  /// Renews, in the same publication, every role that it would leave with less than 48 hours to live, as far as this
  /// machine holds the keys; returns the others.
  func renewDying(_ draft: inout PublicationDraft, state: RepositoryState) throws -> [ExpiringRole] {
    let signed = SignedAuthorities(state)
    let names = try KeyNames(workspace)
    let touched = Set(try draft.writer.payloads().map(\.role))
    var left: [ExpiringRole] = []
    // Snapshot role and timestamp are signed again with every publication.
    for (role, header) in state.headers where role != .snapshot && role != .timestamp && !touched.contains(role) {
      guard header.expires.seconds - workspace.now.seconds < ExpiringRole.shortest else { continue }
      guard let authority = signed.authority(of: role), try holds(authority, names) else {
        left.append(ExpiringRole(role: role, expires: Timestamp(seconds: header.expires.seconds)))
        continue
      }
      try draft.writer.renew(role)
    }
    return left
  }

  /// Whether this machine holds enough keys of an authority.
  private func holds(_ authority: Authority, _ names: KeyNames) throws -> Bool {
    var have = 0
    for entry in authority.entries where have < authority.threshold {
      guard let signer = try keys.signer(named: names.name(of: entry.key)) else { continue }
      if signer.publicKey.bytes == entry.key.ed25519?.bytes { have += 1 }
    }
    return have >= authority.threshold
  }
}
