import Platform
package import Releases
import Storage

extension PluginHost {
  /// Looks for a plugin that is not installed yet in a channel of the trusted repositories.
  ///
  /// Throws ``UpdatingError/notOffered(plugin:channel:repositories:)`` where none has it, and
  /// ``UpdatingError/ambiguousPlugin(offered:candidates:)`` where a short name fits several.
  package func offer(
    of name: String, in channel: ChannelName, repository wanted: String? = nil
  ) async throws -> ReleaseOffer {
    let (repository, manifest) = try await search(name, in: channel, repository: wanted)
    return try offer(manifest, repository)
  }

  /// The one repository that has a plugin in a channel, and what that channel says of it.
  func search(
    _ name: String, in channel: ChannelName, repository wanted: String?
  ) async throws -> (TrustedRepository, ChannelManifest) {
    let candidates = try wanted.map { [try repositories.named($0)] } ?? repositories.all()
    guard !candidates.isEmpty else { throw UpdatingError.unknownRepository(offered: name, known: []) }
    var found: [(repository: TrustedRepository, manifest: ChannelManifest)] = []
    for repository in candidates {
      var client = try RepositoryClient(repository, in: repositories)
      try await client.refresh()
      for plugin in try await plugins(named: name, in: channel, of: &client) {
        guard let manifest = try await client.manifest(of: plugin, in: channel) else { continue }
        try raiseFloor(manifest, repository: repository)
        found.append((repository, manifest))
      }
    }
    let names = Set(found.map(\.manifest.plugin.text))
    if names.count > 1 { throw UpdatingError.ambiguousPlugin(offered: name, candidates: names.sorted()) }
    if found.count > 1 {
      // One name, two repositories: whoever comes first must not win by accident.
      throw UpdatingError.ambiguousPlugin(
        offered: name, candidates: found.map { "\($0.manifest.plugin) from \($0.repository.id)" })
    }
    guard let only = found.first else {
      throw UpdatingError.notOffered(plugin: name, channel: channel.text, repositories: candidates.map(\.id))
    }
    return only
  }

  private func plugins(
    named name: String, in channel: ChannelName, of client: inout RepositoryClient
  ) async throws -> [PluginName] {
    if let full = try? PluginName(name) { return [full] }
    return try await client.plugins(in: channel).filter { $0.name == name }
  }

  private func offer(_ manifest: ChannelManifest, _ repository: TrustedRepository) throws -> ReleaseOffer {
    let facts = UpdateFacts(
      plugin: manifest.plugin, currentTree: nil, currentVersion: nil, manifest: manifest, holds: [],
      hostID: try folder.hostID(), platform: .current)
    guard let bundle = facts.bundle else {
      throw UpdatingError.noBundle(
        plugin: manifest.plugin.text, version: manifest.version.text, platform: TargetPlatform.current.text,
        offered: manifest.bundles.map(\.platform.text))
    }
    if let yank = manifest.yanked.first(where: { $0.version == manifest.version }) {
      throw UpdatingError.yanked(
        plugin: manifest.plugin.text, version: manifest.version.text, reason: yank.reason)
    }
    return ReleaseOffer(repository: repository, manifest: manifest, bundle: bundle)
  }
}
