import Platform
package import Releases
import Signing
import SystemPackage
import TUF

/// Does the publisher's work in a workspace: each verb is one method, in a file of its own.
package struct Publisher: Sendable {
  /// The workspace.
  package let workspace: Workspace
  let keys: any KeyRing

  /// A publisher at work in a workspace, with the secret keys it can reach.
  package init(workspace: Workspace, keys: any KeyRing) {
    self.workspace = workspace
    self.keys = keys
  }

  var repository: RepositoryFolder { RepositoryFolder(workspace: workspace) }

  /// The current manifest of a channel, or `nil` where it never offered this plugin.
  func manifest(of plugin: PluginName, in channel: ChannelName, state: RepositoryState) throws -> ChannelManifest? {
    let path = ReleasePaths.channel(plugin, channel)
    guard let role = RoleName(delegated: channel.text), let target = state.targets(of: role)?.target(path) else {
      return nil
    }
    let file = workspace.targets.appending(target.filePath(consistent: true))
    let bytes = try workspace.machine.files.readAll(file, limit: ChannelManifest.maxBytes)
    try target.check(bytes)
    return try ChannelManifest(json: bytes)
  }

  /// Signers for each group of keys until its threshold is met, each key opened once.
  ///
  /// A key that is not on this machine is passed over; the writer then says whose signatures are missing.
  func signers(_ groups: [(keys: [String], threshold: Int)]) throws -> [any MetadataSigner] {
    var opened: [String: Signer] = [:]
    for group in groups {
      var have = 0
      for name in group.keys where have < group.threshold {
        if opened[name] == nil { opened[name] = try keys.signer(named: name) }
        if opened[name] != nil { have += 1 }
      }
    }
    return opened.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Takes the workspace for this process, finishes what an interrupted publication left, and reads settings and
  /// repository as they are then: another process may have changed both since they were read last.
  func locked<Result>(_ body: (Publisher, RepositoryState) throws -> Result) throws -> Result {
    let lock = try workspace.lock()
    defer { withExtendedLifetime(lock) {} }
    try PendingPublication(workspace.root, files: workspace.machine.files).finish()
    let fresh = Publisher(workspace: try Workspace.open(workspace.root, machine: workspace.machine), keys: keys)
    return try body(fresh, fresh.repository.state())
  }

  /// A writer over the published state, with the lifetimes of this workspace.
  func writer(_ state: RepositoryState) throws -> RepositoryWriter {
    RepositoryWriter(
      editing: state, at: MetadataTime(seconds: workspace.now.seconds), lifetimes: try workspace.lifetimes())
  }

  /// The TUF role of a channel.
  func role(_ channel: ChannelName) throws -> RoleName {
    guard let role = RoleName(delegated: channel.text) else {
      throw PublishingError.unknownChannel(offered: channel.text, known: workspace.policies.map(\.channel.text))
    }
    return role
  }

  /// The plugin that a full or short name means, among those that are published.
  package func plugin(named name: String) throws -> PluginName {
    let all = Self.plugins(in: try repository.state())
    let found = all.filter { $0.text == name || $0.name == name }
    if found.count > 1 {
      throw PublishingError.ambiguousPlugin(offered: name, candidates: found.map(\.text))
    }
    guard let plugin = found.first else {
      throw PublishingError.unknownPlugin(offered: name, known: all.map(\.text))
    }
    return plugin
  }

  /// Every plugin that the repository carries.
  static func plugins(in state: RepositoryState) -> [PluginName] {
    var names: Set<PluginName> = []
    for role in state.targetsRoles {
      for path in state.targets(of: role)?.paths ?? [] {
        let parts = path.split(separator: "/")
        guard parts.count >= 4, parts[0] == "plugins", let name = try? PluginName("\(parts[1])/\(parts[2])") else {
          continue
        }
        names.insert(name)
      }
    }
    return names.sorted()
  }
}

extension Workspace {
  /// How long each role's signatures last.
  func lifetimes() throws -> RoleLifetimes {
    var byRole: [RoleName: Int64] = [:]
    if let role = RoleName(delegated: "bundles") { byRole[role] = try settings.bundles.lifetimeSeconds() }
    for (channel, policy) in policies {
      if let role = RoleName(delegated: channel.text) { byRole[role] = policy.lifetime.seconds }
    }
    return RoleLifetimes(
      root: try settings.root.lifetimeSeconds(), targets: try settings.targets.lifetimeSeconds(),
      snapshot: try settings.snapshot.lifetimeSeconds(), timestamp: try settings.timestamp.lifetimeSeconds(),
      byRole: byRole)
  }
}
