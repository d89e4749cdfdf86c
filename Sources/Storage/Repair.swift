internal import Platform
package import Releases
internal import SystemPackage

/// How a tree came to be sound again, or what it still lacks.
package enum RebuildOutcome: Hashable, Sendable {
  /// Every file came from sound objects or from the tree itself.
  case rebuilt
  /// So many files have no sound copy on this host; the tree was left as it is.
  case lacks(files: Int)
}

extension HostFolder {
  /// Puts a damaged object right where only its mode is wrong, and out of the way where its content is.
  ///
  /// Trees hold it under further names: they are found by reading them, and rebuilt one by one.
  package func mend(_ object: BadObject, holding lock: HostLock) throws(StorageError) {
    defer { withExtendedLifetime(lock) {} }
    if case .mode(let expected, _) = object.problem { return try disk.setMode(object.path, to: expected) }
    try quarantine.take(object.path)
  }

  /// Makes a tree anew from sound objects and from the sound files of the tree itself, and lets the two trade places in
  /// one step; every file is read and hashed on the way.
  ///
  /// - Parameters:
  ///   - manifest: the tree's manifest, whose signature was checked.
  ///   - json: the signed bytes of it.
  ///   - signature: the bytes of its signature.
  /// - Returns: what is missing, with nothing changed, when that is not enough.
  package func rebuild(
    _ tree: TreeName, manifest: BundleManifest, json: [UInt8], signature: [UInt8], holding lock: HostLock
  ) throws(StorageError) -> RebuildOutcome {
    let old = try plugin(manifest.plugin).path(of: tree)
    let stager = try TreeStager(
      manifest: manifest, manifestBytes: json, signatureBytes: signature, host: self, holding: lock)
    guard stager.name == tree else {
      stager.abandon()
      throw .manifestMismatch(tree: tree.tree, found: manifest.tree)
    }
    var missing = 0
    do throws(StorageError) {
      for entry in manifest.entries where entry.sha256 != nil {
        if entry.size == 0 {
          try stager.add(entry.path, [])
        } else if try !stager.reuseIfSound(entry.path, from: old.appending(entry.path)) {
          missing += 1
        }
      }
    } catch {
      stager.abandon()
      throw error
    }
    guard missing == 0 else {
      stager.abandon()
      return .lacks(files: missing)
    }
    _ = try stager.finish()
    return .rebuilt
  }

  /// Puts the kept manifest of a tree out of the way, so that the next one that is staged takes its place.
  package func discardManifest(
    of tree: TreeName, in plugin: PluginFolder, holding lock: HostLock
  ) throws(StorageError) {
    defer { withExtendedLifetime(lock) {} }
    for path in [plugin.manifestPath(of: tree), plugin.signaturePath(of: tree)] { try quarantine.take(path) }
    for path in [plugin.summaryPath(of: tree), plugin.sealPath(of: tree)] { try disk.removeIfPresent(path) }
  }
}

extension TreeStager {
  /// As `reuse`, with a source that may be damaged, missing, or something else than a file.
  fileprivate func reuseIfSound(_ path: String, from source: FilePath) throws(StorageError) -> Bool {
    do throws(StorageError) { return try reuse(path, from: source) } catch {
      // What cannot be read is as good as not there; it is taken from elsewhere.
      guard case .file = error else { throw error }
      return false
    }
  }
}
