internal import Platform
internal import SystemPackage

/// The file system with the storage module's errors: every call throws `StorageError`.
struct Disk: Sendable {
  let files: any FileSystem

  /// Runs one file operation and passes its refusal on.
  func run<Value>(_ body: () throws(FileError) -> Value) throws(StorageError) -> Value {
    do { return try body() } catch { throw .file(error) }
  }

  /// Opens a file for reading; a symbolic link at the path is refused.
  func open(_ path: FilePath) throws(StorageError) -> any ReadableFile {
    try run { () throws(FileError) in try files.open(path, followingLinks: false) }
  }

  func create(_ path: FilePath, mode: UInt16) throws(StorageError) -> any WritableFile {
    try run { () throws(FileError) in try files.create(path, mode: mode) }
  }

  func status(_ path: FilePath) throws(StorageError) -> FileStatus? {
    try run { () throws(FileError) in try files.status(path) }
  }

  func exists(_ path: FilePath) throws(StorageError) -> Bool { try status(path) != nil }

  func list(_ path: FilePath) throws(StorageError) -> [DirectoryEntry] {
    try run { () throws(FileError) in try files.list(path) }
  }

  /// The entries of a folder; none when the folder is absent.
  func listIfPresent(_ path: FilePath) throws(StorageError) -> [DirectoryEntry] {
    try exists(path) ? list(path) : []
  }

  func readLink(_ path: FilePath) throws(StorageError) -> FilePath {
    try run { () throws(FileError) in try files.readLink(path) }
  }

  /// Reads a small file; nil when it is absent.
  func readIfPresent(_ path: FilePath, limit: Int) throws(StorageError) -> [UInt8]? {
    do { return try files.readAll(path, limit: limit) } catch {
      if error.reason == .notFound { return nil }
      throw .file(error)
    }
  }

  func write(_ bytes: [UInt8], atomicallyTo path: FilePath, mode: UInt16) throws(StorageError) {
    try run { () throws(FileError) in try files.write(bytes, atomicallyTo: path, mode: mode) }
  }

  /// Writes a new file without waiting for the disk: for what a later `syncFileSystem` covers.
  func writeNew(_ bytes: [UInt8], to path: FilePath, mode: UInt16) throws(StorageError) {
    try run { () throws(FileError) in
      try files.write(bytes, creating: path, mode: mode)
    }
  }

  func makeDirectory(_ path: FilePath, mode: UInt16) throws(StorageError) {
    try run { () throws(FileError) in try files.makeDirectory(path, mode: mode) }
  }

  /// Makes a folder unless it is there; the names of its parent are synced when it was made.
  func ensureDirectory(_ path: FilePath, mode: UInt16 = 0o700) throws(StorageError) {
    if let found = try status(path) {
      guard found.kind == .directory else { throw .unexpectedKind(path: path, expected: "a folder") }
      return
    }
    do { try files.makeDirectory(path, mode: mode) } catch {
      guard error.reason == .exists else { throw .file(error) }
    }
    try sync(directory: path.removingLastComponent())
  }

  func remove(_ path: FilePath) throws(StorageError) { try run { () throws(FileError) in try files.remove(path) } }

  func removeIfPresent(_ path: FilePath) throws(StorageError) {
    do { try files.remove(path) } catch {
      if error.reason != .notFound { throw .file(error) }
    }
  }

  func rename(_ old: FilePath, to new: FilePath) throws(StorageError) {
    try run { () throws(FileError) in try files.rename(old, to: new) }
  }

  func exchange(_ one: FilePath, with other: FilePath) throws(StorageError) {
    try run { () throws(FileError) in try files.exchange(one, with: other) }
  }

  func symlink(to target: FilePath, at path: FilePath) throws(StorageError) {
    try run { () throws(FileError) in try files.symlink(to: target, at: path) }
  }

  func setMode(_ path: FilePath, to mode: UInt16) throws(StorageError) {
    try run { () throws(FileError) in try files.setMode(path, to: mode) }
  }

  func sync(directory path: FilePath) throws(StorageError) {
    try run { () throws(FileError) in try files.sync(directory: path) }
  }

  func syncFileSystem(_ path: FilePath) throws(StorageError) {
    try run { () throws(FileError) in try files.syncFileSystem(path) }
  }

  func lock(_ path: FilePath) throws(StorageError) -> FileLock {
    do { return try files.lock(path) } catch {
      switch error {
      case .locked(let path, let holder): throw .locked(path: path, holder: holder)
      case .file(let error): throw .file(error)
      }
    }
  }

  /// Removes a file or a tree, read-only folders included, never following a link; absence is no error.
  func removeTree(_ path: FilePath) throws(StorageError) {
    try run { () throws(FileError) in try files.removeTree(path) }
  }
}
