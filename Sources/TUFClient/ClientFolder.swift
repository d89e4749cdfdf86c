import Platform
import SystemPackage
import TUF

/// The trusted metadata of one repository in a folder: `timestamp.json`, `snapshot.json`, …, and `root.json` as a copy
/// of the newest root.
///
/// The chain of roots and the root that was trusted first lie in `roots`, where no delegated role can have its file.
struct ClientFolder: MetadataStore {
  /// The largest metadata file that is read back; anything larger was not written by this program.
  private static let maximumBytes = 16 << 20

  let path: FilePath
  let files: any FileSystem

  /// Trusts a root from now on; whatever was trusted before is gone.
  func initialise(root: [UInt8]) throws {
    try files.makeDirectories(path, mode: 0o700)
    let lock = try self.lock()
    try files.removeTree(path.appending("roots"))
    for entry in try files.list(path) where entry.name.hasSuffix(".json") && entry.kind == .file {
      try files.remove(path.appending(entry.name))
    }
    try files.makeDirectory(path.appending("roots"), mode: 0o700)
    try files.write(root, atomicallyTo: path.appending("root.json"), mode: 0o600)
    try files.write(root, atomicallyTo: pinnedRootPath, mode: 0o600)
    withExtendedLifetime(lock) {}
  }

  /// The root that was trusted first.
  func pinnedRoot() throws -> [UInt8] {
    try files.readAll(pinnedRootPath, limit: Self.maximumBytes)
  }

  /// Keeps every other process out until the lock is let go of.
  func lock() throws -> FileLock { try files.lock(path.appending(".lock")) }

  /// The bytes of a file; unreadable means absent, so that the workflow fetches it again instead of failing for ever.
  func load(_ file: MetadataFile) async throws -> [UInt8]? {
    try? files.readAll(path.appending(file.storagePath), limit: Self.maximumBytes)
  }

  /// Keeps a verified file in one step.
  ///
  /// A root is on the disk before anything else happens. For the other roles the order of the names is enough until
  /// ``settle()``: a power cut before that is as if the refresh had not begun.
  func persist(_ file: MetadataFile, _ bytes: [UInt8]) async throws {
    if file.role == .root {
      try files.write(bytes, atomicallyTo: path.appending(file.storagePath), mode: 0o600)
      try files.write(bytes, atomicallyTo: path.appending("root.json"), mode: 0o600)
    } else {
      try files.replace(path.appending(file.storagePath), with: bytes, mode: 0o600)
    }
  }

  /// Waits until every name that was given is on the disk.
  func settle() throws { try files.sync(directory: path) }

  /// Removes a file that is no floor any more.
  func discard(_ file: MetadataFile) async throws {
    try files.removeIfPresent(path.appending(file.storagePath))
    try files.sync(directory: path)
  }

  private var pinnedRootPath: FilePath { path.appending("roots").appending("pinned.root.json") }
}
