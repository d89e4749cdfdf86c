package import Platform
package import Signing
package import SystemPackage

/// Keeps the progress of a soak in one file, replaced in one step after every round; without a path it keeps nothing.
package struct SoakFile: CanaryLedger {
  let path: FilePath?
  let files: any FileSystem

  /// A file at a path; `nil` for a soak that is too short to be gone on with.
  package init(path: FilePath?, files: any FileSystem) {
    self.path = path
    self.files = files
  }

  /// Replaces the progress; single samples are not kept.
  package func record(_ samples: [CanarySample], progress: CanaryProgress) async throws {
    guard let path else { return }
    try files.write(progress.encoded(), atomicallyTo: path, mode: 0o600)
  }

  /// The kept progress, if it is of this tree; an unreadable file begins the soak anew.
  ///
  /// Whoever asks for it goes on alone: what a killed soak was writing goes.
  package func progress(of tree: SHA256Digest) async throws -> CanaryProgress? {
    if let path { try? files.removeUnfinished(replacing: path) }
    guard let path, let bytes = try? files.readAll(path, limit: CanaryProgress.maxBytes),
      let progress = CanaryProgress(encoded: bytes), progress.tree == tree
    else { return nil }
    return progress
  }
}
