import Glibc
import Synchronization
import SystemPackage

extension WritableFile {
  /// Writes all the bytes at the present position.
  package func write(_ bytes: [UInt8]) throws(FileError) { try write(unsafe bytes.span.bytes) }

  /// Writes a part of a buffer at the present position.
  package func write(_ bytes: ArraySlice<UInt8>) throws(FileError) { try write(unsafe bytes.span.bytes) }
}

/// A file of this machine that is read.
final class LocalReadableFile: ReadableFile {
  private let descriptor: Descriptor
  private let path: FilePath

  init(_ descriptor: Descriptor, path: FilePath) {
    self.descriptor = descriptor
    self.path = path
  }

  func read(into buffer: inout [UInt8]) throws(FileError) -> Int {
    try descriptor.read(into: &buffer, path: path)
  }

  func read(at offset: Int64, into buffer: inout [UInt8]) throws(FileError) -> Int {
    try descriptor.read(at: offset, into: &buffer, path: path)
  }

  func status() throws(FileError) -> FileStatus { try descriptor.status(path: path) }
}

/// A file of this machine that is written.
final class LocalWritableFile: WritableFile {
  // Whoever closes takes the number out, so that no late write can land in a file that got the same number since.
  private let number: Atomic<Int32>
  private let path: FilePath

  init(taking number: Int32, path: FilePath) {
    self.number = Atomic(number)
    self.path = path
  }

  deinit {
    let last = number.exchange(-1, ordering: .acquiringAndReleasing)
    if last >= 0 { _ = Glibc.close(last) }
  }

  func write(_ bytes: RawSpan) throws(FileError) {
    let file = number.load(ordering: .acquiring)
    var done = 0
    while done < bytes.byteCount {
      let rest = bytes.extracting(done..<bytes.byteCount)
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
      if count >= 0 {
        done += count
        continue
      }
      let failure = errno
      if failure != EINTR { throw FileError("write", path, errno: failure) }
    }
  }

  func sync() throws(FileError) {
    while fsync(number.load(ordering: .acquiring)) < 0 {
      let failure = errno
      if failure != EINTR { throw FileError("write to the disk", path, errno: failure) }
    }
  }

  func close() throws(FileError) {
    let file = number.exchange(-1, ordering: .acquiringAndReleasing)
    // Linux frees the number even when close is interrupted, so it is never repeated.
    if Glibc.close(file) < 0, errno != EINTR { throw FileError("close", path, errno: errno) }
  }
}
