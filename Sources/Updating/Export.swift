package import Offline
import Platform
package import Releases
import Signing
import Storage
package import SystemPackage

extension PluginHost {
  /// Writes an offline bundle of a plugin that a trusted repository offers, for hosts that have no network.
  ///
  /// Everything is fetched and verified by the normal client first. The finished file must then satisfy that client,
  /// with the floors of this host, before it gets its name. Throws ``UpdatingError``, `OfflineError` and `TUFError`.
  package func export(
    _ name: String, in channel: ChannelName, platforms: [TargetPlatform], repository wanted: String? = nil,
    to path: FilePath, progress: (@Sendable (Int64, Int64?) -> Void)? = nil
  ) async throws -> OfflineReport {
    let (repository, manifest) = try await search(name, in: channel, repository: wanted)
    let source = ServedRepository(
      repository: repository, fetch: BundleFetch(machine: machine, folder: folder.downloads), progress: progress)
    let wish = OfflineWish(plugin: manifest.plugin, channel: channel, platforms: platforms)
    let report = try await OfflineExport(wish, from: source, machine: machine).write(to: path) { file in
      try await confirm(file, of: repository, wish)
    }
    for bundle in report.bundles { try machine.files.removeIfPresent(source.place(of: bundle.sha256)) }
    return report
  }

  /// What a server hands to a stranger may be older than what this host has seen; it must not travel on.
  private func confirm(_ file: OfflineFile, of repository: TrustedRepository, _ wish: OfflineWish) async throws {
    let offline = asking(file, instead: repository.url)
    var client = try RepositoryClient(repository, in: offline.repositories)
    try await client.refresh()
    guard let manifest = try await client.manifest(of: wish.plugin, in: wish.channel) else {
      throw UpdatingError.notOffered(
        plugin: wish.plugin.text, channel: wish.channel.text, repositories: [repository.id])
    }
    try raiseFloor(manifest, repository: repository)
  }
}

/// A trusted repository's server, as a stranger sees it who begins at the first root.
private struct ServedRepository: OfflineSource {
  let repository: TrustedRepository
  let fetch: BundleFetch
  let progress: (@Sendable (Int64, Int64?) -> Void)?

  func place(of digest: SHA256Digest) -> FilePath { fetch.folder.appending(digest.hex) }

  func metadata(_ path: String, limit: Int) async throws -> [UInt8]? {
    do {
      return try await body(of: "/metadata/" + path, limit: Int64(limit))
    } catch let error as TransferError where error.isNotFound {
      return nil
    }
  }

  func target(_ path: OfflineTarget, limit: Int64) async throws -> [UInt8] {
    try await body(of: "/targets/" + path.url, limit: limit)
  }

  func open(_ path: OfflineTarget, length: Int64, sha256: SHA256Digest) async throws -> any ReadableFile {
    let promise = BundleFetch.Promise(
      url: repository.url + "/targets/" + path.url, length: length, sha256: sha256, pinnedKeys: repository.pinnedKeys)
    return try fetch.machine.files.open(try await fetch.fetch(promise, progress: progress))
  }

  private func body(of path: String, limit: Int64) async throws -> [UInt8] {
    try await fetch.machine.transport.fetch(
      TransferRequest(url: repository.url + path, limit: limit, pinnedKeys: repository.pinnedKeys)
    ).body
  }
}
