import Glibc
import SystemPackage

/// The calls of the C library on paths: interrupted calls are repeated, error numbers become `FileError`.
enum SystemCalls {
  /// Runs one call on a path; the call returns a negative value and sets `errno` when it fails.
  @discardableResult
  private static func call(
    _ operation: @autoclosure () -> String, _ path: FilePath, _ body: (UnsafePointer<CChar>) -> Int32
  ) throws(FileError) -> Int32 {
    while true {
      var number: Int32 = 0
      let result = unsafe path.withPlatformString { pointer -> Int32 in
        let result = unsafe body(pointer)
        if result < 0 { number = errno }
        return result
      }
      if result >= 0 { return result }
      if number != EINTR { throw FileError(operation(), path, errno: number) }
    }
  }

  /// Opens a file; the caller owns the number and must close it.
  static func openNumber(
    _ path: FilePath, _ flags: Int32, mode: UInt16, operation: @autoclosure () -> String
  ) throws(FileError) -> Int32 {
    try unsafe call(operation(), path) { unsafe Glibc.open($0, flags | O_CLOEXEC, mode_t(mode)) }
  }

  /// Opens a file, closed when the last reference goes.
  static func open(
    _ path: FilePath, _ flags: Int32, mode: UInt16 = 0, operation: @autoclosure () -> String
  ) throws(FileError) -> Descriptor {
    Descriptor(try openNumber(path, flags, mode: mode, operation: operation()))
  }

  /// What is at the path itself; nil when nothing is there.
  static func status(_ path: FilePath) throws(FileError) -> FileStatus? {
    var raw = stat()
    do {
      try unsafe call("look at", path) { unsafe lstat($0, &raw) }
    } catch {
      if error.reason == .notFound { return nil }
      throw error
    }
    return FileStatus(raw)
  }

  static func copyOwner(of existing: FilePath, to new: FilePath) throws(FileError) {
    var (old, own) = (stat(), stat())
    try unsafe call("look at", existing) { unsafe lstat($0, &old) }
    try unsafe call("look at", new) { unsafe lstat($0, &own) }
    let (account, group) = (old.st_uid, old.st_gid)
    guard account != own.st_uid || group != own.st_gid else { return }
    try unsafe call("keep the owner of \(existing) for", new) { unsafe lchown($0, account, group) }
    // Changing the owner takes special bits away, which is what an ordinary file wants.
  }

  static func makeDirectory(_ path: FilePath, mode: UInt16) throws(FileError) {
    try unsafe call("make the folder", path) { unsafe mkdir($0, mode_t(mode)) }
  }

  static func unlink(_ path: FilePath) throws(FileError) {
    try unsafe call("remove", path) { unsafe Glibc.unlink($0) }
  }

  static func removeDirectory(_ path: FilePath) throws(FileError) {
    try unsafe call("remove the folder", path) { unsafe rmdir($0) }
  }

  static func setMode(_ path: FilePath, to mode: UInt16) throws(FileError) {
    try unsafe call("set the mode of", path) { unsafe chmod($0, mode_t(mode)) }
  }

  static func rename(_ old: FilePath, to new: FilePath) throws(FileError) {
    try unsafe call("rename to \(new) the path", old) { source in
      unsafe new.withPlatformString { unsafe Glibc.rename(source, $0) }
    }
  }

  static func link(_ existing: FilePath, at new: FilePath) throws(FileError) {
    // The new path goes into the error: that it exists already is the common case.
    try unsafe call("link \(existing) as", new) { target in
      unsafe existing.withPlatformString { unsafe linkat(AT_FDCWD, $0, AT_FDCWD, target, 0) }
    }
  }

  static func symlink(to target: FilePath, at path: FilePath) throws(FileError) {
    try unsafe call("make the symbolic link", path) { place in
      unsafe target.withPlatformString { unsafe Glibc.symlink($0, place) }
    }
  }

  static func readLink(_ path: FilePath) throws(FileError) -> FilePath {
    // One byte more than the longest target, so that the text is always terminated.
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let room = Int(PATH_MAX)
    try unsafe call("read the symbolic link", path) { pointer in
      unsafe buffer.withUnsafeMutableBufferPointer { target -> Int32 in
        guard let base = target.baseAddress else { return -1 }
        return unsafe Int32(truncatingIfNeeded: readlink(pointer, base, room))
      }
    }
    return unsafe buffer.withUnsafeBufferPointer { text in
      guard let base = text.baseAddress else { return FilePath() }
      return unsafe FilePath(platformString: base)
    }
  }

  /// Bytes that this account can still write to the file system that holds the path.
  static func freeSpace(_ path: FilePath) throws(FileError) -> Int64 {
    var raw = statvfs()
    try unsafe call("ask for the free space of", path) { unsafe statvfs($0, &raw) }
    let (bytes, overflow) = UInt64(raw.f_bavail).multipliedReportingOverflow(by: UInt64(raw.f_frsize))
    return overflow ? .max : Int64(clamping: bytes)
  }

  /// The bits that this process leaves out of every mode; read without changing it, which other threads would notice.
  static let umask: UInt16 = {
    guard let file = try? open("/proc/self/status", O_RDONLY, operation: "open") else { return 0o777 }
    var buffer = [UInt8](repeating: 0, count: 4096)
    guard let count = try? file.read(into: &buffer, path: "/proc/self/status") else { return 0o777 }
    let lines = buffer[..<count].split(separator: UInt8(ascii: "\n"))
    let prefix = Array("Umask:\t".utf8)
    guard let line = lines.first(where: { $0.starts(with: prefix) }) else { return 0o777 }
    return UInt16(String(decoding: line.dropFirst(prefix.count), as: UTF8.self), radix: 8) ?? 0o777
  }()
}

extension FileStatus {
  init(_ raw: stat) {
    let kind: FileKind =
      switch raw.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      case S_IFLNK: .symlink
      default: .other
      }
    self.init(
      kind: kind, size: Int64(raw.st_size), mode: UInt16(truncatingIfNeeded: raw.st_mode & 0o7777),
      inode: UInt64(raw.st_ino), device: UInt64(raw.st_dev), links: UInt64(raw.st_nlink), owner: raw.st_uid,
      modified: Instant(
        seconds: Int64(raw.st_mtim.tv_sec), nanoseconds: Int32(truncatingIfNeeded: raw.st_mtim.tv_nsec)),
      changed: Instant(
        seconds: Int64(raw.st_ctim.tv_sec), nanoseconds: Int32(truncatingIfNeeded: raw.st_ctim.tv_nsec)))
  }
}
