package import Platform
package import Signing
package import SystemPackage

/// The content of files by SHA-256, read-only and shared by all trees through hard links.
///
/// Hard links share their mode, so content that is executable in one tree and plain in another is kept twice:
/// `objects/ab/<sha256>` with mode 0444 and `objects/ab/<sha256>.x` with mode 0555. An object gets its name only
/// after its content is on the disk; a missing object is a lost saving, never a lost file.
package struct ObjectStore: Sendable {
  /// Content together with the one bit of mode that matters.
  package struct Key: Hashable, Sendable {
    /// The SHA-256 of the content.
    package let digest: SHA256Digest
    /// Whether the file can be executed.
    package let isExecutable: Bool

    /// Makes a key.
    package init(_ digest: SHA256Digest, isExecutable: Bool) {
      self.digest = digest
      self.isExecutable = isExecutable
    }

    /// The mode that every file of this content has.
    package var mode: UInt16 { isExecutable ? 0o555 : 0o444 }
  }

  /// The folder `objects`.
  package let root: FilePath
  private let rootText: String
  private let disk: Disk

  /// Names an object store without touching it.
  package init(root: FilePath, files: any FileSystem) {
    self.root = root
    rootText = root.string
    disk = Disk(files: files)
  }

  /// Where the content lies or would lie.
  package func path(_ key: Key) -> FilePath {
    let hex = key.digest.hex
    // Put together as one text, because this is asked for each file of a tree, often twice.
    return FilePath("\(rootText)/\(hex.prefix(2))/\(hex)\(key.isExecutable ? ".x" : "")")
  }

  /// Whether an object of this name is here; its content is not looked at.
  package func contains(_ key: Key) throws(StorageError) -> Bool { try disk.status(path(key)) != nil }

  /// Whether an object is here with the right mode and, read again, the right content.
  package func isSound(_ key: Key) throws(StorageError) -> Bool { try disk.holds(key, at: path(key)) }

  /// Gives an object a further name, after its content was read and hashed again.
  ///
  /// An object that is not sound is removed, so that the next sound file takes its place.
  ///
  /// - Returns: false, with nothing made, when there is no sound object or it cannot have a further name.
  func link(_ key: Key, at destination: FilePath) throws(StorageError) -> Bool {
    let object = path(key)
    guard let status = try disk.status(object) else { return false }
    guard try disk.holds(key, at: object, status) else {
      try disk.removeIfPresent(object)
      return false
    }
    return disk.linked(object, at: destination)
  }

  /// Makes an object of a file whose verified content is already on the disk; an object that exists stays.
  ///
  /// - Returns: whether a new name was made.
  func adopt(_ file: FilePath, as key: Key) -> Bool { disk.linked(file, at: path(key)) }

  /// Makes the folders that hold these objects.
  func makeShards(for keys: some Sequence<Key>) throws(StorageError) {
    let present = Set(try disk.list(root).map(\.name))
    var made = false
    for name in Set(keys.map { String($0.digest.hex.prefix(2)) }).subtracting(present).sorted() {
      try disk.makeDirectory(root.appending(name), mode: 0o700)
      made = true
    }
    if made { try disk.sync(directory: root) }
  }

  /// Every object here that no tree uses any more, with its size in bytes.
  func unused() throws(StorageError) -> [(path: FilePath, size: Int64)] {
    var found: [(path: FilePath, size: Int64)] = []
    for shard in try disk.listIfPresent(root) where shard.kind == .directory {
      let folder = root.appending(shard.name)
      for entry in try disk.list(folder) where entry.kind == .file {
        let path = folder.appending(entry.name)
        guard let status = try disk.status(path), status.links <= 1 else { continue }
        found.append((path, status.size))
      }
    }
    return found
  }
}

extension Disk {
  /// How much of a file is read in one piece.
  static let readChunk = 256 << 10

  /// Whether the path holds an ordinary file with this content and mode.
  func holds(_ key: ObjectStore.Key, at path: FilePath) throws(StorageError) -> Bool {
    guard let status = try status(path) else { return false }
    return try holds(key, at: path, status)
  }

  /// The same for a path that was looked at already.
  func holds(_ key: ObjectStore.Key, at path: FilePath, _ status: FileStatus) throws(StorageError) -> Bool {
    guard status.kind == .file, status.mode == key.mode else { return false }
    return try digest(of: path, size: status.size) == key.digest
  }

  /// The SHA-256 of a file's content, read in pieces; `size` in bytes chooses the first piece, and a piece of exactly
  /// this size with room for more in the buffer is all of it.
  func digest(of path: FilePath, size: Int64) throws(StorageError) -> SHA256Digest {
    let file = try open(path)
    var buffer = [UInt8](repeating: 0, count: Int(min(max(size, 0) + 1, Int64(Self.readChunk))))
    var hasher = SHA256Hasher()
    while true {
      let count = try run { () throws(FileError) in try file.read(into: &buffer) }
      if count == 0 { return hasher.finalize() }
      // A short read comes at the end; what is left of the buffer serves for the rest.
      let isAll = Int64(count) == size && count < buffer.count
      if count < buffer.count { buffer.removeSubrange(count...) }
      hasher.update(buffer)
      if isAll { return hasher.finalize() }
    }
  }

  /// Makes a hard link; false when the file system refuses for whatever reason, for a link is only a saving.
  func linked(_ existing: FilePath, at new: FilePath) -> Bool {
    do {
      try files.link(existing, at: new)
      return true
    } catch {
      return false
    }
  }
}
