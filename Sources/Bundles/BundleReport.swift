package import Platform
package import Releases
package import Signing
package import SystemPackage

/// What was found out about a bundle file.
package struct BundleReport: Sendable {
  /// The bundle manifest.
  package let manifest: BundleManifest
  /// The key that signed `bundle.json`.
  package let signer: PublicKey
  /// The key that signed the whole file; nil when its digest came from signed metadata.
  package let fileSigner: PublicKey?
  /// The length of the bundle file in bytes.
  package let bundleLength: Int64
  /// The content of all files of the tree in bytes.
  package let contentSize: Int64
  /// Whether every file of the tree was compared with its digest, or only the front of the bundle was read.
  package let isContentChecked: Bool

  init(_ signed: SignedManifest, _ file: CheckedFile, isContentChecked: Bool) {
    manifest = signed.manifest
    signer = signed.signer
    if case .signature(let key, _) = file.proof { fileSigner = key } else { fileSigner = nil }
    bundleLength = file.length
    contentSize = signed.manifest.totalSize
    self.isContentChecked = isContentChecked
  }
}

/// Checks a bundle file as a host would, without putting anything on the disk.
package enum BundleVerifier {
  /// Checks the whole file's signature, the manifest's, and then every entry and every digest.
  ///
  /// The signature is `FILE.minisig` beside the file unless another is named. Throws the `BundleError` that refuses
  /// the file.
  package static func verify(
    _ path: FilePath, keys: [PublicKey], signature: FilePath? = nil, files: any FileSystem
  ) throws -> BundleReport {
    try verify(try CheckedFile.check(path, signature: signature, keys: keys, files: files), keys: keys)
  }

  /// Checks the manifest's signature, every entry and every digest of a file that was checked as a whole.
  package static func verify(_ file: CheckedFile, keys: [PublicKey]) throws -> BundleReport {
    let reader = try BundleReader(file, keys: keys)
    let entries = reader.manifest.entries
    var hasher = SHA256Hasher()
    try reader.read { part in
      guard case .file(_, _, let expected) = entries[part.index].kind else { return }
      if part.isFirst { hasher = SHA256Hasher() }
      hasher.update(part.bytes)
      guard part.isLast else { return }
      let offered = hasher.finalize()
      guard offered == expected else {
        throw BundleError.wrongContent(path: entries[part.index].path, offered: offered, expected: expected)
      }
    }
    return BundleReport(reader.signed, file, isContentChecked: true)
  }
}

/// Looks at what a bundle says of itself.
package enum BundleInspector {
  /// Checks both signatures and reads the manifest, not the tree.
  ///
  /// Without a key nothing can be shown, since nothing unverified reaches a decompressor: throws `BundleError.noKey`.
  package static func inspect(
    _ path: FilePath, keys: [PublicKey], signature: FilePath? = nil, files: any FileSystem
  ) throws(BundleError) -> BundleReport {
    let file = try CheckedFile.check(path, signature: signature, keys: keys, files: files)
    return BundleReport(try BundleReader(file, keys: keys).signed, file, isContentChecked: false)
  }
}
