import Glibc
import SystemPackage

/// An open file of the C library, closed when the last reference goes.
final class Descriptor: Sendable {
  /// The number that the C library knows it by.
  let number: Int32

  init(_ number: Int32) { self.number = number }

  // Linux frees the number even when close is interrupted, so it is never repeated.
  deinit { _ = Glibc.close(number) }

  private func call<Value: SignedInteger>(
    _ operation: @autoclosure () -> String, _ path: FilePath, _ body: () -> Value
  ) throws(FileError) -> Value {
    while true {
      let result = body()
      if result >= 0 { return result }
      let failure = errno
      if failure != EINTR { throw FileError(operation(), path, errno: failure) }
    }
  }

  func read(into buffer: inout [UInt8], path: FilePath) throws(FileError) -> Int {
    let number = number
    return try call("read", path) {
      unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(number, $0.baseAddress, $0.count) }
    }
  }

  func read(at offset: Int64, into buffer: inout [UInt8], path: FilePath) throws(FileError) -> Int {
    let number = number
    return try call("read", path) {
      unsafe buffer.withUnsafeMutableBytes { unsafe pread(number, $0.baseAddress, $0.count, off_t(offset)) }
    }
  }

  func write(_ bytes: RawSpan, path: FilePath) throws(FileError) {
    var done = 0
    while done < bytes.byteCount {
      let rest = bytes.extracting(done..<bytes.byteCount)
      let number = number
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
      if count >= 0 {
        done += count
        continue
      }
      let failure = errno
      if failure != EINTR { throw FileError("write", path, errno: failure) }
    }
  }

  func write(_ text: String, path: FilePath) throws(FileError) {
    try write(unsafe Array(text.utf8).span.bytes, path: path)
  }

  func truncate(to length: Int64, path: FilePath) throws(FileError) {
    _ = try call("set the length of", path) { ftruncate(number, off_t(length)) }
  }

  func sync(path: FilePath) throws(FileError) {
    _ = try call("write to the disk", path) { fsync(number) }
  }

  func setMode(_ mode: UInt16, path: FilePath) throws(FileError) {
    _ = try call("set the mode of", path) { fchmod(number, mode_t(mode)) }
  }

  func status(path: FilePath) throws(FileError) -> FileStatus {
    var raw = stat()
    _ = try call("look at", path) { unsafe fstat(number, &raw) }
    return FileStatus(raw)
  }

  /// Takes an exclusive lock without waiting; false when somebody else holds one.
  func lock(path: FilePath) throws(FileError) -> Bool {
    do {
      _ = try call("lock", path) { flock(number, LOCK_EX | LOCK_NB) }
      return true
    } catch {
      if error.reason == .other(EWOULDBLOCK) { return false }
      throw error
    }
  }
}
