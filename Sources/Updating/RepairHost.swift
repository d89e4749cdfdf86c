import Bundles
import Platform
import Releases
import Signing
import Storage

extension PluginHost {
  /// Makes every damaged tree anew, from what is sound here or from its bundle, and says of each how it went.
  ///
  /// One that cannot be repaired stays as it is, and does not keep the others from it.
  func repair(
    _ found: inout HostVerification, holding lock: HostLock, progress: (@Sendable (Int64, Int64?) -> Void)?
  ) async throws {
    for index in found.trees.indices where !found.trees[index].differences.isEmpty {
      let tree = found.trees[index]
      do {
        let repair = try await repair(tree, holding: lock, progress: progress)
        let rest = try folder.plugin(tree.plugin).verify(tree.name)
        found.trees[index].repair =
          rest.isEmpty ? repair : .failed("it was made anew and is damaged again: \(rest[0])")
      } catch {
        found.trees[index].repair = .failed(words(of: error))
      }
      guard case .some(.rebuilt) = found.trees[index].repair.map(\.kind) else { continue }
      _ = try ledger.record(
        HistoryEntry(
          time: machine.clock.now(), plugin: tree.plugin, event: "repair", toVersion: tree.version, toTree: tree.name,
          reason: "\(tree.differences.count) differences, the first: \(tree.differences[0])"))
    }
  }

  private func repair(
    _ tree: HostVerification.Tree, holding lock: HostLock, progress: (@Sendable (Int64, Int64?) -> Void)?
  ) async throws -> HostVerification.Tree.Repair {
    let home = try folder.plugin(tree.plugin)
    if tree.isManifestSound {
      let outcome = try folder.rebuild(
        tree.name, manifest: home.manifest(of: tree.name), json: home.manifestBytes(of: tree.name),
        signature: home.signatureBytes(of: tree.name), holding: lock)
      if outcome == .rebuilt { return .rebuilt }
    }
    return .fetched(bytes: try await fetchAgain(tree, home: home, holding: lock, progress: progress))
  }

  /// Fetches the bundle of an installed release again and makes its tree anew: refreshed metadata, the promise of the
  /// bundles role, length and digest, signature, bounds, each file, as for an update.
  ///
  /// Which release it is says its tree: whatever bundle comes, it must unpack to that tree and carry that manifest.
  private func fetchAgain(
    _ tree: HostVerification.Tree, home: PluginFolder, holding lock: HostLock,
    progress: (@Sendable (Int64, Int64?) -> Void)?
  ) async throws -> Int64 {
    guard let version = try tree.version ?? home.snapshots().first(where: { $0.tree == tree.name })?.version else {
      throw UpdatingError.noLongerOffered(plugin: tree.plugin.text, version: "of tree \(tree.name)")
    }
    guard let install = try ledger.install(of: tree.plugin) else {
      throw UpdatingError.noLongerOffered(plugin: tree.plugin.text, version: version.text)
    }
    var client = try RepositoryClient(try repositories.named(install.repository), in: repositories)
    try await client.refresh()
    for platform in [TargetPlatform.current, .any] {
      let path = ReleasePaths.bundle(tree.plugin, version, platform)
      guard let promise = try await client.promise(ofInstalled: path) else { continue }
      let keys = try await client.bundleKeys(for: path)
      let file = try await BundleFetch(machine: machine, folder: folder.downloads).fetch(promise, progress: progress)
      let checked = try CheckedFile.check(file, length: promise.length, sha256: promise.sha256, files: machine.files)
      let reader = try BundleReader(checked, keys: keys)
      guard reader.manifest.tree == tree.name.tree, reader.manifest.plugin == tree.plugin,
        tree.name.variant == nil
          || tree.name == TreeName(reader.manifest.tree, manifest: SHA256Digest.of(reader.signed.json))
      else {
        throw UpdatingError.wrongManifest(
          field: "release", asked: "\(tree.plugin) \(version) tree …\(tree.name.tree.lastSix)",
          offered: "\(reader.manifest.plugin) \(reader.manifest.version) tree …\(reader.manifest.tree.lastSix)")
      }
      if !tree.isManifestSound { try folder.discardManifest(of: tree.name, in: home, holding: lock) }
      _ = try BundleStaging.stage(reader, on: folder, holding: lock)
      try machine.files.removeIfPresent(file)
      return promise.length
    }
    throw UpdatingError.noLongerOffered(plugin: tree.plugin.text, version: version.text)
  }
}

extension HostVerification.Tree.Repair {
  fileprivate enum Kind { case rebuilt, failed }

  fileprivate var kind: Kind {
    switch self {
    case .rebuilt, .fetched: .rebuilt
    case .failed: .failed
    }
  }
}
