import Bundles
import Platform
import Releases
import Signing
import SystemPackage
import TUF

extension Publisher {
  /// The keys that may have signed what was published here, those of today first.
  ///
  /// Public halves of earlier days stay in `keys/`; what is read back is vouched for by the digest in the signed
  /// metadata.
  func bundleKeys() throws -> [PublicKey] {
    let today = workspace.settings.bundles.keys
    return try workspace.publicKeys().sorted { today.contains($0.name) && !today.contains($1.name) }.map(\.key)
  }

  /// A published bundle, checked against length and digest of what is offered.
  func open(_ bundle: BundleOffer) throws -> BundleReader {
    let target = NewTarget(path: bundle.path, length: bundle.length, sha256: bundle.sha256)
    let path = workspace.targets.appending(target.consistentPath)
    let file = try CheckedFile.check(
      path, length: bundle.length, sha256: bundle.sha256, files: workspace.machine.files)
    return try BundleReader(file, keys: bundleKeys())
  }

  /// The signed manifest of a published bundle.
  func bundleManifest(_ bundle: BundleOffer) throws -> BundleManifest { try open(bundle).manifest }

  /// Unpacks a published bundle into a new folder; every file is compared with its signed digest.
  func unpack(_ bundle: BundleOffer, into folder: FilePath) throws -> SignedManifest {
    try unpack(open(bundle), into: folder)
  }

  /// The same for a bundle that is open.
  func unpack(_ reader: BundleReader, into folder: FilePath) throws -> SignedManifest {
    let files = workspace.machine.files
    try files.makeDirectories(folder)
    try reader.forEachEntry { entry, nextChunk in
      let path = folder.appending(entry.path)
      try files.makeDirectories(path.removingLastComponent())
      switch entry.kind {
      case .directory: try files.makeDirectory(path, mode: 0o755)
      case .symlink(let target): try files.symlink(to: FilePath(target), at: path)
      case .file(let mode, _, let expected):
        let file = try files.create(path, mode: mode)
        var hasher = SHA256Hasher()
        while let chunk = try nextChunk() {
          hasher.update(chunk)
          try file.write(chunk)
        }
        try file.close()
        let found = hasher.finalize()
        guard found == expected else {
          throw PublishingError.wrongBundle(path: entry.path, expected: expected.hex, found: found.hex)
        }
      }
    }
    return reader.signed
  }
}
