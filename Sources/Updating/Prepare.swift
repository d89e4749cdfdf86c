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
}

extension PluginHost {
  /// Brings an offered release onto this host: fetched, verified, unpacked beside what runs, and not switched to.
  ///
  /// The order of checks is the design's: length and digest of the file, the signature of its manifest, the bounds,
  /// each file. Throws ``UpdatingError``, `BundleError` and `StorageError`; nothing is visible then.
  package func prepare(
    _ offer: ReleaseOffer, progress: (@Sendable (Int64, Int64?) -> Void)? = nil
  ) async throws -> PreparedRelease {
    let (promise, keys) = try await promise(for: offer)
    let home = try folder.plugin(offer.manifest.plugin)
    try home.prepare()
    if let there = try staged(offer, at: home, keys: keys) { return there }

    let fetch = BundleFetch(machine: machine, folder: folder.downloads)
    let path = try await fetch.fetch(promise, progress: progress)
    let lock = try folder.lock()
    let staged = try stage(path, promise, offer: offer, keys: keys, holding: lock)
    try machine.files.removeIfPresent(path)
    return staged
  }

  /// What the bundles role promises of the offered bundle, and who may have signed it.
  private func promise(for offer: ReleaseOffer) async throws -> (BundleFetch.Promise, [PublicKey]) {
    var client = try RepositoryClient(offer.repository, in: repositories)
    try await client.refresh()
    let promise = try await client.promise(for: offer.bundle)
    return (promise, try await client.bundleKeys(for: offer.bundle.path))
  }

  /// The release, if an earlier run staged it already.
  private func staged(
    _ offer: ReleaseOffer, at home: PluginFolder, keys: [PublicKey]
  ) throws -> PreparedRelease? {
    for tree in try home.trees() where tree.tree == offer.bundle.tree {
      let json = try home.manifestBytes(of: tree)
      let signature = try home.signatureBytes(of: tree)
      guard let signed = try? SignedManifest(json: json, signature: signature, keys: keys), matches(signed, offer),
        try home.verify(tree, against: signed.manifest).isEmpty
      else { continue }
      return PreparedRelease(offer: offer, manifest: signed.manifest.outline, tree: tree, downloaded: 0)
    }
    return nil
  }

  private func stage(
    _ path: FilePath, _ promise: BundleFetch.Promise, offer: ReleaseOffer, keys: [PublicKey], holding lock: HostLock
  ) throws -> PreparedRelease {
    let checked = try CheckedFile.check(
      path, length: promise.length, sha256: promise.sha256, files: machine.files)
    let reader = try BundleReader(checked, keys: keys)
    guard matches(reader.signed, offer) else {
      throw UpdatingError.wrongManifest(
        field: "release",
        asked: "\(offer.manifest.plugin) \(offer.manifest.version) tree …\(offer.bundle.tree.lastSix)",
        offered: "\(reader.manifest.plugin) \(reader.manifest.version) tree …\(reader.manifest.tree.lastSix)")
    }
    let staged = try BundleStaging.stage(reader, on: folder, holding: lock)
    return PreparedRelease(
      offer: offer, manifest: reader.manifest.outline, tree: staged.name, downloaded: promise.length)
  }

  /// A signed bundle must be the very release that the channel offers, not just any good one of this publisher.
  private func matches(_ signed: SignedManifest, _ offer: ReleaseOffer) -> Bool {
    signed.manifest.plugin == offer.manifest.plugin && signed.manifest.version == offer.manifest.version
      && signed.manifest.platform == offer.bundle.platform && signed.manifest.tree == offer.bundle.tree
      && signed.manifest.state == offer.bundle.state
  }
}
