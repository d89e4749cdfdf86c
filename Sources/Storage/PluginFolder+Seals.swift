package import Platform
package import Releases
package import Signing
internal import SystemPackage

/// What a look at a tree says without reading its files.
package enum SealFinding: Hashable, Sendable {
  /// The kernel says of it what it said when all of it had been read.
  case intact
  /// There is no seal, or none that can be read, or it is one of another manifest.
  case unsealed
  /// Something is different; only reading says whether that matters.
  case changed(path: String)
}

extension PluginFolder {
  func sealPath(of tree: TreeName) -> FilePath { manifestsFolder.appending(tree.text + ".seal") }

  /// Reads a whole tree, and where it is as its manifest says, seals it.
  ///
  /// The kernel is asked before anything is read, so that a change meanwhile breaks the seal. The manifest's signature
  /// is the caller's to check.
  ///
  /// - Returns: every difference; none is good.
  /// - Throws: what ``verify(_:)`` throws.
  package func verifyAndSeal(
    _ tree: TreeName, manifest: BundleManifest, json: [UInt8]
  ) throws(StorageError) -> [TreeDifference] {
    guard try hasTree(tree) else { throw .noTree(name: tree.text) }
    let marks = try TreeSeal.marks(of: path(of: tree), disk: disk)
    let differences = try verify(tree, against: manifest)
    guard differences.isEmpty else {
      try breakSeal(of: tree)
      return differences
    }
    let seal = TreeSeal(manifest: SHA256Digest.of(json), read: machine.clock.now(), marks: marks)
    try disk.run { () throws(FileError) in
      try machine.files.replace(sealPath(of: tree), with: seal.encoded, mode: 0o600)
    }
    return []
  }

  /// Lets nobody believe in a tree before it has been read again.
  package func breakSeal(of tree: TreeName) throws(StorageError) { try disk.removeIfPresent(sealPath(of: tree)) }

  /// Compares every entry of a tree with its seal; no file is read.
  ///
  /// - Parameter manifest: the SHA-256 of the kept manifest.
  /// - Returns: the finding, and when the tree was read last.
  package func compareWithSeal(
    _ tree: TreeName, manifest: SHA256Digest
  ) throws(StorageError) -> (finding: SealFinding, read: Instant?) {
    guard let bytes = try disk.readIfPresent(sealPath(of: tree), limit: TreeSeal.maximumBytes),
      let seal = TreeSeal(bytes), seal.manifest == manifest
    else { return (.unsealed, nil) }
    let now = try TreeSeal.marks(of: path(of: tree), disk: disk)
    guard now != seal.marks else { return (.intact, seal.read) }
    let different = zip(now, seal.marks).first { $0 != $1 }
    let path = different?.0.path ?? (now.count > seal.marks.count ? now : seal.marks).last?.path ?? ""
    return (.changed(path: path.isEmpty ? "." : path), seal.read)
  }

  /// Looks at a bounded number of entries of a tree, as every start of a plugin does.
  ///
  /// A tree of at most ``TreeSeal/startEntries`` entries is looked at as a whole; of a larger one a window that begins
  /// elsewhere each time, so that many starts see all of it. No file is read.
  ///
  /// - Parameters:
  ///   - manifest: the SHA-256 of the kept manifest.
  ///   - start: a random number.
  package func glance(
    at tree: TreeName, manifest: SHA256Digest, from start: UInt64
  ) throws(StorageError) -> SealFinding {
    guard let bytes = try disk.readIfPresent(sealPath(of: tree), limit: TreeSeal.maximumBytes),
      let reader = TreeSeal.SealReader(bytes), reader.manifest == manifest, reader.count > 0
    else { return .unsealed }
    let root = path(of: tree)
    let first = Int(start % UInt64(reader.count))
    for step in 0..<min(reader.count, TreeSeal.startEntries) {
      guard let mark = reader.mark((first + step) % reader.count) else { return .unsealed }
      let full = mark.path.isEmpty ? root : root.appending(mark.path)
      guard let status = try disk.status(full), TreeSeal.Mark.stamp(status) == mark.stamp else {
        return .changed(path: mark.path.isEmpty ? "." : mark.path)
      }
    }
    return .intact
  }
}
