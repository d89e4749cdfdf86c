package import SystemPackage

extension FileSystem {
  /// Opens a file for reading, following a symbolic link at the path.
  package func open(_ path: FilePath) throws(FileError) -> any ReadableFile {
    try open(path, followingLinks: true)
  }

  /// Reads a whole file of at most `limit` bytes; a larger one throws `.tooLarge`.
  package func readAll(_ path: FilePath, limit: Int) throws(FileError) -> [UInt8] {
    let file = try open(path)
    let expected = try file.size()
    guard expected <= Int64(limit) else {
      throw FileError(operation: "read", path: path, reason: .tooLarge(limit: limit))
    }
    // Files of /proc claim to be empty and others may grow: read until the end, one byte beyond the claim.
    var bytes = [UInt8](repeating: 0, count: Int(expected) + 1)
    var filled = try file.read(into: &bytes)
    if filled == 0 { return [] }
    bytes.removeSubrange(filled...)
    while true {
      let more = try file.read(upTo: min(64 * 1024, limit - filled + 1))
      if more.isEmpty { return bytes }
      bytes += more
      filled = bytes.count
      guard filled <= limit else {
        throw FileError(operation: "read", path: path, reason: .tooLarge(limit: limit))
      }
    }
  }

  /// Whether something is at the path itself, even a symbolic link that leads nowhere.
  package func exists(_ path: FilePath) throws(FileError) -> Bool { try status(path) != nil }

  /// Removes one file, symbolic link or empty folder if it is there.
  package func removeIfPresent(_ path: FilePath) throws(FileError) {
    do {
      try remove(path)
    } catch {
      if error.reason != .notFound { throw error }
    }
  }

  /// Makes a folder and every missing one above it.
  package func makeDirectories(_ path: FilePath, mode: UInt16 = 0o755) throws(FileError) {
    do {
      try makeDirectory(path, mode: mode)
    } catch {
      switch error.reason {
      case .exists: try requireDirectory(path, or: error)
      case .notFound:
        let parent = path.removingLastComponent()
        guard !parent.isEmpty, parent != path else { throw error }
        try makeDirectories(parent, mode: mode)
        do {
          try makeDirectory(path, mode: mode)
        } catch {
          // Somebody else may have made it in between.
          if error.reason != .exists { throw error }
          try requireDirectory(path, or: error)
        }
      default: throw error
      }
    }
  }

  private func requireDirectory(_ path: FilePath, or error: FileError) throws(FileError) {
    // "path/." resolves a link, so that a linked folder counts as one.
    if try status(path)?.kind == .directory { return }
    guard try status(path.appending("."))?.kind == .directory else { throw error }
  }

  /// What has no accounts has no owners to copy.
  package func copyOwner(of existing: FilePath, to new: FilePath) throws(FileError) {}

  /// Creates a file that must not exist yet and fills it; nothing is forced onto the disk.
  package func write(_ bytes: [UInt8], creating path: FilePath, mode: UInt16) throws(FileError) {
    let file = try create(path, mode: mode)
    try file.write(bytes)
    try file.close()
  }

  /// Replaces a file in one step, durably: temporary file, `fsync`, rename, `fsync` of the folder.
  ///
  /// After an error or a power cut the path holds the old content or the new, never a mixture.
  package func write(_ bytes: [UInt8], atomicallyTo path: FilePath, mode: UInt16) throws(FileError) {
    try replace(path, with: bytes, mode: mode)
    let folder = path.removingLastComponent()
    try sync(directory: folder.isEmpty ? "." : folder)
  }

  /// The same without the last step: until the folder is synchronised a power cut may bring the old content back.
  package func replace(_ path: FilePath, with bytes: [UInt8], mode: UInt16) throws(FileError) {
    guard let name = path.lastComponent else { throw FileError(operation: "write", path: path, reason: .notFound) }
    let folder = path.removingLastComponent()
    let temporary = folder.appending(Self.beginning(of: name) + SecureRandom.hex(bytes: 6) + Self.ending)
    do throws(FileError) {
      let file = try create(temporary, mode: mode)
      try file.write(bytes)
      try file.sync()
      try file.close()
      try rename(temporary, to: path)
    } catch {
      try? remove(temporary)
      throw error
    }
  }

  /// Removes what somebody left who was killed while replacing a file; nobody else may be replacing it now.
  package func removeUnfinished(replacing path: FilePath) throws(FileError) {
    guard let name = path.lastComponent else { return }
    let folder = path.removingLastComponent()
    for entry in try list(folder.isEmpty ? "." : folder)
    where entry.kind == .file && entry.name.hasPrefix(Self.beginning(of: name)) && entry.name.hasSuffix(Self.ending) {
      try removeIfPresent(folder.appending(entry.name))
    }
  }

  private static func beginning(of name: FilePath.Component) -> String { ".\(name.string)." }
  private static var ending: String { ".new" }
}
