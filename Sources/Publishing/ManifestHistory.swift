import Platform
import Releases
import SystemPackage
import TUF

/// The channel manifests that a channel ever offered: consistent snapshots keep every version of a role and every
/// target.
struct ManifestHistory {
  /// The most versions of a role that are read back, the newest first.
  static let maximumVersions: Int64 = 10_000

  let workspace: Workspace
  let state: RepositoryState

  /// Every manifest of a plugin in a channel that the channel's present keys signed, the newest first.
  ///
  /// Files that merely lie among the targets prove nothing: each manifest is reached through a version of the channel's
  /// role that was published and carries good signatures. What a key signed that is no longer the channel's counts for
  /// nothing.
  func manifests(of plugin: PluginName, in channel: ChannelName) throws -> [ChannelManifest] {
    guard let role = RoleName(delegated: channel.text), let authority = authority(of: role),
      let newest = state.headers.first(where: { $0.role == role })?.header.version
    else { return [] }
    let path = ReleasePaths.channel(plugin, channel)
    var found: [ChannelManifest] = []
    var seen: Set<TargetInfo> = []
    var version = newest
    while version > 0, newest - version < Self.maximumVersions {
      if let target = target(path, of: role, version: version, by: authority), seen.insert(target).inserted,
        let manifest = manifest(target), manifest.plugin == plugin, manifest.channel == channel
      {
        found.append(manifest)
      }
      version -= 1
    }
    return found
  }

  /// Who may sign a role, as the verified top-level targets say.
  private func authority(of role: RoleName) -> Authority? {
    guard case .roles(let roles)? = state.targets(of: .targets)?.delegations else { return nil }
    return roles.first { $0.name == role }?.authority
  }

  /// What an old version of a role says of a target; nil where that version cannot be read or is not signed.
  private func target(_ path: String, of role: RoleName, version: Int64, by authority: Authority) -> TargetInfo? {
    let file = workspace.metadata.appending("\(version).\(role.fileName)")
    guard let bytes = try? workspace.machine.files.readAll(file, limit: RepositoryFolder.maximumBytes),
      let envelope = try? SignedEnvelope(bytes, role: role), (try? envelope.verify(by: authority)) != nil
    else { return nil }
    return try? TargetsMetadata(signed: envelope.signed, role: role).target(path)
  }

  private func manifest(_ target: TargetInfo) -> ChannelManifest? {
    let file = workspace.targets.appending(target.filePath(consistent: true))
    guard let bytes = try? workspace.machine.files.readAll(file, limit: ChannelManifest.maxBytes),
      (try? target.check(bytes)) != nil
    else { return nil }
    return try? ChannelManifest(json: bytes)
  }
}
