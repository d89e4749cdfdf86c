package import Bundles
import Platform
import Releases
package import Storage
import SystemPackage

/// Makes a new tree from an old one and a delta.
package enum DeltaStaging {
  /// Stages the tree that a delta leads to; every file is compared with its signed digest on its way.
  ///
  /// What the old tree has is linked, the rest is made from the delta. Throws `BundleError` and `StorageError`; the
  /// half-made tree is removed then, and the full bundle is the way.
  package static func stage(
    _ reader: DeltaReader, on host: HostFolder, holding lock: HostLock
  ) throws -> StagedTree {
    let signed = reader.signed
    let stager = try TreeStager(
      manifest: signed.manifest, manifestBytes: signed.json, signatureBytes: signed.signature, host: host,
      holding: lock)
    do {
      _ = try stager.reuseAll(from: reader.oldFolder, holding: reader.oldEntries)
      for entry in signed.manifest.entries where entry.sha256 != nil && stager.wants(entry.path) {
        if let kept = reader.kept(entry) { try add(entry, from: kept.path, to: stager, host) }
      }
      try reader.forEachFile { entry, nextChunk in
        // Another plugin, or an earlier release, may have left this very content in the store.
        guard stager.wants(entry.path) else { return }
        try stager.add(entry.path, nextChunk: nextChunk)
      }
      // What is left repeats a file that has come by now.
      for entry in signed.manifest.entries where stager.wants(entry.path) { _ = try stager.reuse(entry.path) }
      return try stager.finish()
    } catch {
      stager.abandon()
      throw error
    }
  }

  /// Copies a file of the old tree whose object cannot be shared, as when its mode changed.
  private static func add(
    _ entry: TreeEntry, from path: FilePath, to stager: TreeStager, _ host: HostFolder
  ) throws {
    let file = try host.machine.files.open(path, followingLinks: false)
    let next: () throws -> [UInt8]? = {
      let chunk = try file.read(upTo: BundleLimits.chunkBytes)
      return chunk.isEmpty ? nil : chunk
    }
    try stager.add(entry.path, nextChunk: next)
  }
}
