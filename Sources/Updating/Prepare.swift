import Bundles
import Platform
package import Releases
import Signing
package import Storage
import SystemPackage

/// A release whose bundle was verified and whose tree is complete on this host; nothing points to it yet.
package struct PreparedRelease: Sendable {
  /// The offer that was taken.
  package let offer: ReleaseOffer
  /// The signed bundle manifest.
  package let manifest: BundleManifest
  /// The complete tree.
  package let tree: TreeName
  /// Bytes that came over the network for it.
  package let downloaded: Int64
  /// How it came here: `tree`, `objects`, `delta` or `bundle`.
  package let way: String
}

/// What the bundles role promises of a release, and who may have signed it.
private struct ReleasePromise {
  let keys: [PublicKey]
  let bundle: BundleFetch.Promise
  let delta: BundleFetch.Promise?
}

extension PluginHost {
  /// Brings an offered release onto this host: fetched, verified, unpacked beside what runs, and not switched to.
  ///
  /// The cheapest way is taken: nothing where the release or all of its files are here, else a delta from a tree that
  /// is here, else the whole bundle; a delta that fails in any way is followed by the whole bundle. The order of checks
  /// is the design's: length and digest of the file, the signature of its manifest, the bounds, each file. Throws
  /// ``UpdatingError``, `BundleError` and `StorageError`; nothing is visible then.
  ///
  /// - Parameter choosing: told before anything is fetched.
  package func prepare(
    _ offer: ReleaseOffer, choosing: (FetchChoice) -> Void = { _ in },
    progress: (@Sendable (Int64, Int64?) -> Void)? = nil
  ) async throws -> PreparedRelease {
    let home = try folder.plugin(offer.manifest.plugin)
    let fetch = BundleFetch(machine: machine, folder: folder.downloads)
    let choice = try FetchChoice.cheapest(
      of: offer.bundle, trees: takesDeltas ? home.trees() : [], partial: fetch.partialBytes)
    let promise = try await promise(for: offer, choice)
    try home.prepare()
    if let there = try present(offer, at: home, keys: promise.keys, choosing: choosing) { return there }

    choosing(choice)
    if case .delta(let delta, let base) = choice.way {
      do {
        guard let file = promise.delta else {
          throw UpdatingError.partiesDisagree(path: delta.path, channel: delta.sha256.hex, bundles: "something else")
        }
        let path = try await fetch.fetch(file, progress: progress)
        defer { try? machine.files.removeIfPresent(path) }
        return try stage(path, file, from: base, offer: offer, keys: promise.keys, downloaded: choice.bytes)
      } catch  where !Self.isCancelled(error) {
        warn("the delta from \(delta.version) cannot be used, so the whole bundle is fetched: \(error)")
      }
    }
    let path = try await fetch.fetch(promise.bundle, progress: progress)
    let lock = try folder.lock()
    let staged = try stage(
      path, promise.bundle, offer: offer, keys: promise.keys, downloaded: choice.bundleBytes, holding: lock)
    try machine.files.removeIfPresent(path)
    return staged
  }

  private static func isCancelled(_ error: any Error) -> Bool {
    if case .cancelled? = error as? TransferError { return true }
    return error is CancellationError
  }

  /// Both parties must agree on the bundle; a delta on which they do not agree is not worth a refusal.
  private func promise(for offer: ReleaseOffer, _ choice: FetchChoice) async throws -> ReleasePromise {
    var client = try RepositoryClient(offer.repository, in: repositories)
    try await client.refresh()
    let bundle = offer.bundle
    var delta: BundleFetch.Promise?
    if case .delta(let file, _) = choice.way {
      delta = try? await client.promise(for: file.path, length: file.length, sha256: file.sha256)
    }
    return ReleasePromise(
      keys: try await client.bundleKeys(for: bundle.path),
      bundle: try await client.promise(for: bundle.path, length: bundle.length, sha256: bundle.sha256), delta: delta)
  }

  /// The release, if this host has it already: staged by an earlier run, or as objects with its signed manifest.
  private func present(
    _ offer: ReleaseOffer, at home: PluginFolder, keys: [PublicKey], choosing: (FetchChoice) -> Void
  ) throws -> PreparedRelease? {
    for tree in try home.trees() where tree.tree == offer.bundle.tree {
      let json = try home.manifestBytes(of: tree)
      let signature = try home.signatureBytes(of: tree)
      guard let signed = try? SignedManifest(json: json, signature: signature, keys: keys), matches(signed, offer)
      else { continue }
      var way = FetchChoice.Way.tree
      if try !home.verify(tree, against: signed.manifest).isEmpty {
        guard try restage(signed) else { continue }
        way = .objects
      }
      let choice = FetchChoice(way: way, bytes: 0, bundleBytes: offer.bundle.length)
      choosing(choice)
      return PreparedRelease(
        offer: offer, manifest: signed.manifest.outline, tree: tree, downloaded: 0, way: choice.word)
    }
    return nil
  }

  /// Makes a tree anew from the object store; false when not all of its files are there.
  private func restage(_ signed: SignedManifest) throws -> Bool {
    let lock = try folder.lock()
    let stager = try TreeStager(
      manifest: signed.manifest, manifestBytes: signed.json, signatureBytes: signed.signature, host: folder,
      holding: lock)
    do {
      guard try stager.reuseAll() >= 0, stager.missing == 0 else {
        stager.abandon()
        return false
      }
      _ = try stager.finish()
      return true
    } catch {
      stager.abandon()
      throw error
    }
  }

  private func stage(
    _ path: FilePath, _ promise: BundleFetch.Promise, from base: TreeName, offer: ReleaseOffer, keys: [PublicKey],
    downloaded: Int64
  ) throws -> PreparedRelease {
    let home = try folder.plugin(offer.manifest.plugin)
    let checked = try CheckedFile.check(path, length: promise.length, sha256: promise.sha256, files: machine.files)
    let old = DeltaTree(
      folder: home.path(of: base),
      signed: try SignedManifest(
        json: home.manifestBytes(of: base), signature: home.signatureBytes(of: base), keys: keys))
    let reader = try DeltaReader(checked, from: old, keys: keys, files: machine.files)
    try requireMatch(reader.signed, offer)
    let lock = try folder.lock()
    let staged = try DeltaStaging.stage(reader, on: folder, holding: lock)
    return PreparedRelease(
      offer: offer, manifest: reader.signed.manifest.outline, tree: staged.name, downloaded: downloaded, way: "delta")
  }

  private func stage(
    _ path: FilePath, _ promise: BundleFetch.Promise, offer: ReleaseOffer, keys: [PublicKey], downloaded: Int64,
    holding lock: HostLock
  ) throws -> PreparedRelease {
    let checked = try CheckedFile.check(
      path, length: promise.length, sha256: promise.sha256, files: machine.files)
    let reader = try BundleReader(checked, keys: keys)
    try requireMatch(reader.signed, offer)
    let staged = try BundleStaging.stage(reader, on: folder, holding: lock)
    return PreparedRelease(
      offer: offer, manifest: reader.manifest.outline, tree: staged.name, downloaded: downloaded, way: "bundle")
  }

  private func requireMatch(_ signed: SignedManifest, _ offer: ReleaseOffer) throws {
    guard !matches(signed, offer) else { return }
    throw UpdatingError.wrongManifest(
      field: "release",
      asked: "\(offer.manifest.plugin) \(offer.manifest.version) tree …\(offer.bundle.tree.lastSix)",
      offered: "\(signed.manifest.plugin) \(signed.manifest.version) tree …\(signed.manifest.tree.lastSix)")
  }

  /// A signed bundle must be the very release that the channel offers, not just any good one of this publisher.
  private func matches(_ signed: SignedManifest, _ offer: ReleaseOffer) -> Bool {
    signed.manifest.plugin == offer.manifest.plugin && signed.manifest.version == offer.manifest.version
      && signed.manifest.platform == offer.bundle.platform && signed.manifest.tree == offer.bundle.tree
      && signed.manifest.state == offer.bundle.state
  }
}
