package import Offline
import Platform
package import Releases
import Signing
package import SystemPackage

extension Publisher {
  /// Writes an offline bundle of a published plugin from the repository's folder, for hosts that have no network.
  ///
  /// Needs no key. The files pass every check of a client that begins at the first root, with today's date. Throws
  /// `OfflineError` and `TUFError`.
  package func export(
    _ plugin: PluginName, in channel: ChannelName, platforms: [TargetPlatform], to path: FilePath
  ) async throws -> OfflineReport {
    // Nobody publishes while the files are gathered: they belong to one state.
    let lock = try workspace.lock()
    defer { withExtendedLifetime(lock) {} }
    let wish = OfflineWish(plugin: plugin, channel: channel, platforms: platforms)
    return try await OfflineExport(wish, from: PublishedFiles(workspace: workspace), machine: workspace.machine)
      .write(to: path)
  }
}

/// The repository's folder, as a server would hand it out.
private struct PublishedFiles: OfflineSource {
  let workspace: Workspace

  private var files: any FileSystem { workspace.machine.files }

  func metadata(_ path: String, limit: Int) async throws -> [UInt8]? {
    let file = workspace.metadata.appending(path)
    guard try files.exists(file) else { return nil }
    return try files.readAll(file, limit: limit)
  }

  func target(_ path: OfflineTarget, limit: Int64) async throws -> [UInt8] {
    let file = try place(of: path)
    return try files.readAll(file, limit: Int(limit))
  }

  func open(_ path: OfflineTarget, length: Int64, sha256: SHA256Digest) async throws -> any ReadableFile {
    try files.open(place(of: path))
  }

  private func place(of path: OfflineTarget) throws -> FilePath {
    let file = workspace.targets.appending(path.file)
    guard try files.status(file)?.kind == .file else { throw OfflineError.missing(path: path.file) }
    return file
  }
}
