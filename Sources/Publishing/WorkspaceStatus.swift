package import Releases
import SystemPackage
package import TUF

/// What a workspace publishes now, and what its owner should know.
package struct WorkspaceStatus: Sendable {
  /// One signed role.
  package struct Role: Hashable, Sendable {
    /// The role.
    package let role: RoleName
    /// The version that is published.
    package let version: Int64
    /// When its signatures expire.
    package let expires: Timestamp
    /// Whether more than half of its lifetime is over.
    package let isDue: Bool
  }

  /// The repository's name, for people.
  package let name: String
  /// Where the workspace lies.
  package let path: String
  /// Every signed role, the top-level ones first.
  package let roles: [Role]
  /// The plugins by name, and what each channel offers of them.
  package let plugins: [(plugin: PluginName, offers: [ChannelManifest])]
}

extension Publisher {
  /// Looks at everything that is published.
  package func status() throws -> WorkspaceStatus {
    let state = try repository.state()
    let lifetimes = try workspace.lifetimes()
    let now = workspace.now.seconds
    let roles = state.headers.map { entry in
      WorkspaceStatus.Role(
        role: entry.role, version: entry.header.version, expires: Timestamp(seconds: entry.header.expires.seconds),
        isDue: entry.header.expires.seconds - now <= lifetimes.seconds(of: entry.role) / 2)
    }
    let plugins = try Self.plugins(in: state).map { plugin in
      (
        plugin: plugin,
        offers: try workspace.policies.compactMap { try manifest(of: plugin, in: $0.channel, state: state) }
      )
    }
    return WorkspaceStatus(
      name: workspace.settings.name, path: workspace.root.string, roles: roles, plugins: plugins)
  }
}
