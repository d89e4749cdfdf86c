import Glibc
package import SystemPackage

/// The files of this machine through the calls of the C library.
package struct LocalFileSystem: FileSystem {
  /// Makes the file system.
  package init() {}

  /// Opens a file for reading, following a symbolic link at the path or refusing it.
  package func open(_ path: FilePath, followingLinks: Bool) throws(FileError) -> any ReadableFile {
    let flags = followingLinks ? O_RDONLY : O_RDONLY | O_NOFOLLOW
    return LocalReadableFile(try SystemCalls.open(path, flags, operation: "open"), path: path)
  }

  /// Creates a file that must not exist yet.
  package func create(_ path: FilePath, mode: UInt16) throws(FileError) -> any WritableFile {
    let number = try SystemCalls.openNumber(
      path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode, operation: "create")
    let file = LocalWritableFile(taking: number, path: path)
    if mode & SystemCalls.umask != 0 { try setMode(path, to: mode) }
    return file
  }

  /// Opens an existing file so that every write lands at its end.
  package func openForAppending(_ path: FilePath) throws(FileError) -> any WritableFile {
    let number = try SystemCalls.openNumber(
      path, O_WRONLY | O_APPEND | O_NOFOLLOW, mode: 0, operation: "open for appending")
    return LocalWritableFile(taking: number, path: path)
  }

  /// Opens a file that several processes write to, making it when there is none.
  package func openShared(_ path: FilePath, mode: UInt16) throws(FileError) -> any SharedFile {
    try LocalSharedFile(path, mode: mode)
  }

  /// Cuts a file to the given length in bytes, or fills it with zeros up to there.
  package func truncate(_ path: FilePath, to length: Int64) throws(FileError) {
    let file = try SystemCalls.open(path, O_WRONLY | O_NOFOLLOW, operation: "open")
    try file.truncate(to: length, path: path)
  }

  /// What is at the path itself; nil when nothing is there.
  package func status(_ path: FilePath) throws(FileError) -> FileStatus? { try SystemCalls.status(path) }

  /// The entries of a folder, sorted by the bytes of their names.
  package func list(_ path: FilePath) throws(FileError) -> [DirectoryEntry] {
    let folder = try SystemCalls.open(path, O_RDONLY | O_DIRECTORY, operation: "list")
    var names = try FolderWalk.names(in: folder, path: path)
    names.sort { one, other in
      one.name.lexicographicallyPrecedes(other.name) { UInt8(bitPattern: $0) < UInt8(bitPattern: $1) }
    }
    return names.compactMap { name, kind in
      FolderWalk.component(name).map { DirectoryEntry(component: $0, kind: kind) }
    }
  }

  /// Where a symbolic link points.
  package func readLink(_ path: FilePath) throws(FileError) -> FilePath { try SystemCalls.readLink(path) }

  /// Bytes that this account can still write to the file system that holds the path.
  package func freeSpace(_ path: FilePath) throws(FileError) -> Int64 { try SystemCalls.freeSpace(path) }

  /// Makes one folder that must not exist yet.
  package func makeDirectory(_ path: FilePath, mode: UInt16) throws(FileError) {
    try SystemCalls.makeDirectory(path, mode: mode)
    if mode & SystemCalls.umask != 0 { try setMode(path, to: mode) }
  }

  /// Removes one file, symbolic link or empty folder.
  package func remove(_ path: FilePath) throws(FileError) {
    do {
      try SystemCalls.unlink(path)
    } catch {
      // Linux answers EISDIR for a folder; POSIX allows EPERM.
      guard error.reason == .other(EISDIR) || error.reason == .denied,
        try status(path)?.kind == .directory
      else { throw error }
      try SystemCalls.removeDirectory(path)
    }
  }

  /// Removes a folder with everything below it, never following a link; absence is no error.
  package func removeTree(_ path: FilePath) throws(FileError) {
    guard let status = try status(path) else { return }
    guard status.kind == .directory else { return try remove(path) }
    if status.mode & 0o700 != 0o700, status.owner == geteuid() { try setMode(path, to: 0o700) }
    let folder = try SystemCalls.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, operation: "open the folder")
    try FolderWalk.empty(folder, path: path)
    try SystemCalls.removeDirectory(path)
  }

  /// Renames in one step, replacing what is at the new path.
  package func rename(_ old: FilePath, to new: FilePath) throws(FileError) { try SystemCalls.rename(old, to: new) }

  /// Swaps two existing paths in one step.
  package func exchange(_ one: FilePath, with other: FilePath) throws(FileError) {
    try LinuxCalls.exchange(one, with: other)
  }

  /// Gives an existing file a second name.
  package func link(_ existing: FilePath, at new: FilePath) throws(FileError) {
    try SystemCalls.link(existing, at: new)
  }

  /// Makes a symbolic link that holds the target as it is written.
  package func symlink(to target: FilePath, at path: FilePath) throws(FileError) {
    try SystemCalls.symlink(to: target, at: path)
  }

  /// Sets the permission bits of a file or folder.
  package func setMode(_ path: FilePath, to mode: UInt16) throws(FileError) {
    try SystemCalls.setMode(path, to: mode)
  }

  /// Gives a new file the account and the group of an existing one, where they differ.
  package func copyOwner(of existing: FilePath, to new: FilePath) throws(FileError) {
    try SystemCalls.copyOwner(of: existing, to: new)
  }

  /// Makes a new file that shares its blocks with an existing one; false where the file system cannot.
  package func clone(_ existing: FilePath, to new: FilePath, mode: UInt16) throws(FileError) -> Bool {
    let source = try SystemCalls.open(existing, O_RDONLY | O_NOFOLLOW, operation: "open")
    let copy = try SystemCalls.open(
      new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode, operation: "create")
    do throws(FileError) {
      if mode & SystemCalls.umask != 0 { try copy.setMode(mode, path: new) }
      if try LinuxCalls.clone(source, to: copy, path: new) { return true }
    } catch {
      try? SystemCalls.unlink(new)
      throw error
    }
    try SystemCalls.unlink(new)
    return false
  }

  /// Waits until the names in a folder are on the disk.
  package func sync(directory path: FilePath) throws(FileError) {
    try SystemCalls.open(path, O_RDONLY | O_DIRECTORY, operation: "open the folder").sync(path: path)
  }

  /// Waits until the whole file system that holds the path is on the disk.
  package func syncFileSystem(_ path: FilePath) throws(FileError) {
    try LinuxCalls.syncFileSystem(try SystemCalls.open(path, O_RDONLY, operation: "open"), path: path)
  }

  /// Takes the exclusive lock file at the path without waiting.
  package func lock(_ path: FilePath) throws(LockError) -> FileLock {
    do throws(FileError) {
      return try FileLock.take(path)
    } catch {
      if error.reason == .busy { throw .locked(path: path, holder: FileLock.holder(path, in: self)) }
      throw .file(error)
    }
  }
}
