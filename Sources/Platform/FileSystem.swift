package import SystemPackage

/// The files of this machine, one call per durable step, so that a double can fail or drop any of them.
///
/// No call follows a symbolic link in the last part of its path unless it says so. Every call throws `FileError`.
package protocol FileSystem: Sendable {
  /// Opens a file for reading, following a symbolic link at the path or refusing it with `.symbolicLink`.
  func open(_ path: FilePath, followingLinks: Bool) throws(FileError) -> any ReadableFile
  /// Creates a file that must not exist yet; the mode is set exactly, whatever the umask says.
  func create(_ path: FilePath, mode: UInt16) throws(FileError) -> any WritableFile
  /// Opens an existing file so that every write lands at its end.
  func openForAppending(_ path: FilePath) throws(FileError) -> any WritableFile
  /// Opens a file that several processes write to, making it when there is none.
  func openShared(_ path: FilePath, mode: UInt16) throws(FileError) -> any SharedFile
  /// Cuts a file to the given length in bytes, or fills it with zeros up to there.
  func truncate(_ path: FilePath, to length: Int64) throws(FileError)
  /// What is at the path itself; nil when nothing is there.
  func status(_ path: FilePath) throws(FileError) -> FileStatus?
  /// The entries of a folder, without "." and "..", sorted by the bytes of their names.
  func list(_ path: FilePath) throws(FileError) -> [DirectoryEntry]
  /// Where a symbolic link points.
  func readLink(_ path: FilePath) throws(FileError) -> FilePath
  /// Bytes that this account can still write to the file system that holds the path.
  func freeSpace(_ path: FilePath) throws(FileError) -> Int64

  /// Makes one folder that must not exist yet, with exactly this mode.
  func makeDirectory(_ path: FilePath, mode: UInt16) throws(FileError)
  /// Removes one file, symbolic link or empty folder.
  func remove(_ path: FilePath) throws(FileError)
  /// Removes a folder with everything below it, never following a link; absence is no error.
  func removeTree(_ path: FilePath) throws(FileError)
  /// Renames in one step, replacing what is at the new path.
  func rename(_ old: FilePath, to new: FilePath) throws(FileError)
  /// Swaps two existing paths in one step (`renameat2` with `RENAME_EXCHANGE`).
  func exchange(_ one: FilePath, with other: FilePath) throws(FileError)
  /// Gives an existing file a second name; a symbolic link is linked itself, not what it points to.
  func link(_ existing: FilePath, at new: FilePath) throws(FileError)
  /// Makes a symbolic link that holds the target as it is written.
  func symlink(to target: FilePath, at path: FilePath) throws(FileError)
  /// Sets the permission bits of a file or folder; a symbolic link at the path is followed.
  func setMode(_ path: FilePath, to mode: UInt16) throws(FileError)
  /// Gives a new file the account and the group of an existing one, where they differ.
  func copyOwner(of existing: FilePath, to new: FilePath) throws(FileError)
  /// Makes a new file that shares its blocks with an existing one (`FICLONE`).
  ///
  /// - Returns: false, with nothing left at the new path, where the file system cannot share blocks.
  func clone(_ existing: FilePath, to new: FilePath, mode: UInt16) throws(FileError) -> Bool

  /// Waits until the names in a folder are on the disk (`fsync` of the folder).
  func sync(directory path: FilePath) throws(FileError)
  /// Waits until the whole file system that holds the path is on the disk (`syncfs`).
  func syncFileSystem(_ path: FilePath) throws(FileError)

  /// Takes the exclusive lock file at the path without waiting, making the file when there is none.
  ///
  /// The lock ends when the value is released or the process dies; a lock file that is left behind means nothing.
  func lock(_ path: FilePath) throws(LockError) -> FileLock
}

/// An open file that is read; closed when the last reference goes.
package protocol ReadableFile: Sendable {
  /// Reads on from the last position into the front of the buffer; 0 means the end.
  func read(into buffer: inout [UInt8]) throws(FileError) -> Int
  /// Reads from an offset in bytes without moving the position; 0 means the end.
  func read(at offset: Int64, into buffer: inout [UInt8]) throws(FileError) -> Int
  /// What the open file is.
  func status() throws(FileError) -> FileStatus
}

extension ReadableFile {
  /// Reads on from the last position, at most `count` bytes; empty means the end.
  package func read(upTo count: Int) throws(FileError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    let filled = try read(into: &buffer)
    if filled < buffer.count { buffer.removeSubrange(filled...) }
    return buffer
  }

  /// The size of the open file in bytes.
  package func size() throws(FileError) -> Int64 { try status().size }
}

/// An open file that is written; `close` reports late errors, letting go of the value closes silently.
package protocol WritableFile: Sendable {
  /// Writes all the bytes at the present position.
  func write(_ bytes: RawSpan) throws(FileError)
  /// Waits until content and size are on the disk (`fsync`).
  func sync() throws(FileError)
  /// Closes the file; every later call throws.
  func close() throws(FileError)
}
