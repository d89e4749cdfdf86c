package import Bundles
import Releases
package import Storage

/// Carries a verified bundle's files into a new tree.
package enum BundleStaging {
  /// Unpacks a bundle into a tree of the host; every file is compared with its signed digest while it is written.
  ///
  /// Throws `BundleError` and `StorageError`; the half-made tree is removed then.
  package static func stage(
    _ reader: BundleReader, on host: HostFolder, holding lock: HostLock
  ) throws -> StagedTree {
    let signed = reader.signed
    let stager = try TreeStager(
      manifest: signed.manifest, manifestBytes: signed.json, signatureBytes: signed.signature, host: host,
      holding: lock)
    do {
      try reader.forEachEntry { entry, nextChunk in
        guard entry.sha256 != nil else { return }
        try stager.add(entry.path, nextChunk: nextChunk)
      }
      return try stager.finish()
    } catch {
      stager.abandon()
      throw error
    }
  }
}
