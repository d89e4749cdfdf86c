import Glibc
package import SystemPackage

/// A file to whose end several processes write, one at a time.
package protocol SharedFile: Sendable {
  /// Takes the file for this value without waiting; false while somebody else has it.
  ///
  /// It is free again after `release`, or when the last reference or the process goes.
  func take() throws(FileError) -> Bool
  /// Lets the next one write.
  func release()
  /// What the open file is.
  func status() throws(FileError) -> FileStatus
  /// Reads from an offset in bytes; 0 means the end.
  func read(at offset: Int64, into buffer: inout [UInt8]) throws(FileError) -> Int
  /// Writes all the bytes at the end.
  func append(_ bytes: [UInt8]) throws(FileError)
  /// Cuts the file to a length in bytes.
  func truncate(to length: Int64) throws(FileError)
  /// Waits until content and size are on the disk (`fsync`).
  func sync() throws(FileError)
}

extension FileSystem {
  /// What cannot be shared is refused.
  package func openShared(_ path: FilePath, mode: UInt16) throws(FileError) -> any SharedFile {
    throw FileError("share", path, errno: ENOSYS)
  }
}

extension SharedFile {
  /// How often a file is tried that somebody else holds, and how long each waits for the other: 100 ms in all.
  private static var tries: Int { 200 }
  private static var pause: timespec { timespec(tv_sec: 0, tv_nsec: 500_000) }

  /// Takes the file, waiting for whoever writes a line to it; false when that takes too long.
  ///
  /// Everybody holds it for some microseconds, unless a process was stopped in the middle.
  package func takeSoon() throws(FileError) -> Bool {
    for attempt in 0..<Self.tries {
      if try take() { return true }
      guard attempt + 1 < Self.tries else { break }
      var pause = Self.pause
      unsafe nanosleep(&pause, nil)
    }
    return false
  }
}

/// A file of this machine that is shared.
final class LocalSharedFile: SharedFile {
  private let descriptor: Descriptor
  private let path: FilePath

  init(_ path: FilePath, mode: UInt16) throws(FileError) {
    descriptor = try SystemCalls.open(
      path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, mode: mode, operation: "open for appending")
    self.path = path
  }

  func take() throws(FileError) -> Bool { try descriptor.lock(path: path) }

  func release() { _ = flock(descriptor.number, LOCK_UN) }

  func status() throws(FileError) -> FileStatus { try descriptor.status(path: path) }

  func read(at offset: Int64, into buffer: inout [UInt8]) throws(FileError) -> Int {
    try descriptor.read(at: offset, into: &buffer, path: path)
  }

  func append(_ bytes: [UInt8]) throws(FileError) { try descriptor.write(unsafe bytes.span.bytes, path: path) }

  func truncate(to length: Int64) throws(FileError) { try descriptor.truncate(to: length, path: path) }

  func sync() throws(FileError) { try descriptor.sync(path: path) }
}
