import Glibc
import SystemPackage

/// Folders by descriptor: listing, and removal that no renamed or linked folder can lead astray.
enum FolderWalk {
  /// Folders nested deeper than this are not walked: each level holds an open file.
  static let maximumDepth = 256

  /// The names in a folder with their kinds, in the order of the file system.
  static func names(in folder: Descriptor, path: FilePath) throws(FileError) -> [(name: [CChar], kind: FileKind)] {
    // closedir closes the descriptor that it was given, so it gets one of its own.
    let copy = unsafe openat(folder.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { throw FileError("list", path, errno: errno) }
    guard let stream = unsafe fdopendir(copy) else {
      let failure = errno
      _ = close(copy)
      throw FileError("list", path, errno: failure)
    }
    defer { unsafe _ = closedir(stream) }
    var entries: [(name: [CChar], kind: FileKind)] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        if errno != 0 { throw FileError("list", path, errno: errno) }
        return entries
      }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { text in
          unsafe [CChar](UnsafeBufferPointer(start: text, count: strlen(text) + 1))
        }
      }
      if name == [46, 0] || name == [46, 46, 0] { continue }
      let kind: FileKind =
        switch Int(unsafe entry.pointee.d_type) {
        case Int(DT_REG): .file
        case Int(DT_DIR): .directory
        case Int(DT_LNK): .symlink
        case Int(DT_UNKNOWN): try self.kind(of: name, in: folder, path: path)
        default: .other
        }
      entries.append((name, kind))
    }
  }

  /// Removes everything in a folder; a folder that its mode protects is opened up first.
  static func empty(_ folder: Descriptor, path: FilePath, depth: Int = 0) throws(FileError) {
    guard depth < maximumDepth else { throw FileError("remove", path, errno: ELOOP) }
    let status = try folder.status(path: path)
    if status.mode & 0o700 != 0o700, status.owner == geteuid() { try folder.setMode(0o700, path: path) }
    for (name, kind) in try names(in: folder, path: path) {
      let inner = child(path, name)
      if kind == .directory {
        try empty(try openFolder(name, in: folder, path: inner), path: inner, depth: depth + 1)
        try remove(name, in: folder, flags: AT_REMOVEDIR, path: inner)
      } else {
        try remove(name, in: folder, flags: 0, path: inner)
      }
    }
  }

  private static func openFolder(
    _ name: [CChar], in folder: Descriptor, path: FilePath
  ) throws(FileError) -> Descriptor {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    var number = unsafe openat(folder.number, name, flags)
    if number < 0, errno == EACCES {
      // A folder without read permission for its owner; AT_SYMLINK_NOFOLLOW is not supported here, and the parent was
      // just taken into possession.
      unsafe _ = fchmodat(folder.number, name, 0o700, 0)
      number = unsafe openat(folder.number, name, flags)
    }
    guard number >= 0 else { throw FileError("open the folder", path, errno: errno) }
    return Descriptor(number)
  }

  private static func remove(
    _ name: [CChar], in folder: Descriptor, flags: Int32, path: FilePath
  ) throws(FileError) {
    while unsafe unlinkat(folder.number, name, flags) != 0, errno != ENOENT {
      let failure = errno
      if failure != EINTR { throw FileError("remove", path, errno: failure) }
    }
  }

  private static func kind(of name: [CChar], in folder: Descriptor, path: FilePath) throws(FileError) -> FileKind {
    var raw = stat()
    guard unsafe fstatat(folder.number, name, &raw, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw FileError("look at", child(path, name), errno: errno)
    }
    return FileStatus(raw).kind
  }

  /// A name as a path component; nil for a name that is none.
  static func component(_ name: [CChar]) -> FilePath.Component? {
    unsafe name.withUnsafeBufferPointer { text in
      guard let base = text.baseAddress else { return nil }
      return unsafe FilePath.Component(platformString: base)
    }
  }

  private static func child(_ path: FilePath, _ name: [CChar]) -> FilePath {
    component(name).map { path.appending($0) } ?? path
  }
}
