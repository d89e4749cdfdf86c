package import Platform
package import Releases
import Signing
package import SystemPackage
package import TUF

/// One role as it is signed: who may sign it, what it may sign, how long it lasts.
package struct RoleOverview: Hashable, Sendable {
  /// One key of a role.
  package struct Key: Hashable, Sendable {
    /// The name that the workspace gives it.
    package let name: String
    /// Its id in the metadata.
    package let id: String
  }

  /// The role.
  package let role: RoleName
  /// The keys whose signatures count.
  package let keys: [Key]
  /// How many of them must sign.
  package let threshold: Int
  /// The version that is published.
  package let version: Int64
  /// When it expires.
  package let expires: Timestamp
  /// Whether more than half of its lifetime is over.
  package let isDue: Bool
  /// The paths for which it is believed; empty for a top-level role.
  package let paths: [String]
  /// Whether nobody else is asked for these paths.
  package let isTerminating: Bool
}

extension Publisher {
  /// Every role with its keys, the top-level ones first.
  package func roles() throws -> [RoleOverview] {
    let state = try repository.state()
    let signed = SignedAuthorities(state)
    let names = try KeyNames(workspace)
    let lifetimes = try workspace.lifetimes()
    let now = workspace.now.seconds
    return state.headers.map { role, header in
      let delegation = signed.delegations.first { $0.name == role }
      var paths: [String] = []
      if case .paths(let patterns)? = delegation?.scope { paths = patterns.map(\.text) }
      let authority = signed.authority(of: role)
      return RoleOverview(
        role: role,
        keys: authority?.entries.map { RoleOverview.Key(name: names.name(of: $0.key), id: $0.keyID) } ?? [],
        threshold: authority?.threshold ?? 0, version: header.version,
        expires: Timestamp(seconds: header.expires.seconds),
        isDue: header.expires.seconds - now <= lifetimes.seconds(of: role) / 2, paths: paths,
        isTerminating: delegation?.terminating ?? false)
    }
  }

  /// Writes settings, key files and policies anew where they differ from what is signed, and finishes a publication
  /// that was left half-done; returns the paths of what was written.
  package func sync() throws -> [String] {
    let pending = PendingPublication(workspace.root, files: workspace.machine.files)
    let wasPending = try pending.exists()
    return try locked { publisher, state in
      let files = try WorkspaceFollowing(workspace: publisher.workspace, names: KeyNames(publisher.workspace))
        .files(following: state)
      if !files.isEmpty {
        try PendingPublication(publisher.workspace.root, files: publisher.workspace.machine.files)
          .publish(files.keys + files.policies)
      }
      return (wasPending ? ["repository/metadata"] : []) + (files.keys + files.policies).map(\.path)
    }
  }
}

extension Workspace {
  /// Finishes a publication that was left half-done, if there is one, and waits for nobody.
  ///
  /// Throws `LockError.locked` while another process is at work.
  package static func recover(_ root: FilePath, machine: Machine) throws {
    let pending = PendingPublication(root, files: machine.files)
    guard try pending.exists() else { return }
    let lock = try machine.files.lock(root.appending(".lock"))
    defer { withExtendedLifetime(lock) {} }
    try pending.finish()
  }
}
