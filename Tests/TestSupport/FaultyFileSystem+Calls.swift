package import Platform
package import SystemPackage

extension FaultyFileSystem {
  /// Opens a file for reading.
  package func open(_ path: FilePath, followingLinks: Bool) throws(FileError) -> any ReadableFile {
    try live("open", path)
    return try base.open(path, followingLinks: followingLinks)
  }

  /// Creates a file; a step, as is every write to it.
  package func create(_ path: FilePath, mode: UInt16) throws(FileError) -> any WritableFile {
    try step("create", path)
    let file = try base.create(path, mode: mode)
    note { ledger in
      ledger.track(path, synced: 0)
      ledger.record(in: [path.parent]) { try? $0.remove(path) }
    }
    return FaultyFile(file, path: path, system: self)
  }

  /// Opens a file for appending; every write to it is a step.
  package func openForAppending(_ path: FilePath) throws(FileError) -> any WritableFile {
    try live("open for appending", path)
    let file = try base.openForAppending(path)
    let size = try base.status(path)?.size ?? 0
    note { $0.track(path, synced: size) }
    return FaultyFile(file, path: path, system: self)
  }

  /// Cuts a file; a step.
  package func truncate(_ path: FilePath, to length: Int64) throws(FileError) {
    try step("set the length of", path)
    try base.truncate(path, to: length)
    note { $0.shorten(path, to: length) }
  }

  /// What is at the path.
  package func status(_ path: FilePath) throws(FileError) -> FileStatus? {
    try live("look at", path)
    return try base.status(path)
  }

  /// The entries of a folder.
  package func list(_ path: FilePath) throws(FileError) -> [DirectoryEntry] {
    try live("list", path)
    return try base.list(path)
  }

  /// Where a symbolic link points.
  package func readLink(_ path: FilePath) throws(FileError) -> FilePath {
    try live("read the symbolic link", path)
    return try base.readLink(path)
  }

  /// The free space.
  package func freeSpace(_ path: FilePath) throws(FileError) -> Int64 {
    try live("ask for the free space of", path)
    return try base.freeSpace(path)
  }

  /// Makes a folder; a step.
  package func makeDirectory(_ path: FilePath, mode: UInt16) throws(FileError) {
    try step("make the folder", path)
    try base.makeDirectory(path, mode: mode)
    note { $0.record(in: [path.parent]) { try? $0.removeTree(path) } }
  }

  /// Removes one thing; a step.
  package func remove(_ path: FilePath) throws(FileError) {
    try step("remove", path)
    let remains = keepsLedger ? Remains(of: path, in: base) : nil
    try base.remove(path)
    note { ledger in
      ledger.forget(path)
      ledger.record(in: [path.parent]) { remains?.restore(at: path, in: $0) }
    }
  }

  /// Removes a folder with everything below it; every removal is a step.
  package func removeTree(_ path: FilePath) throws(FileError) {
    guard let status = try status(path) else { return }
    if status.kind == .directory {
      if status.mode & 0o700 != 0o700 { try base.setMode(path, to: 0o700) }
      for entry in try list(path) { try removeTree(path.appending(entry.component)) }
    }
    try remove(path)
  }

  /// Renames; a step.
  package func rename(_ old: FilePath, to new: FilePath) throws(FileError) {
    try step("rename", old)
    let replaced = keepsLedger ? Remains(of: new, in: base) : nil
    try base.rename(old, to: new)
    note { ledger in
      ledger.forget(new)
      ledger.move(old, to: new)
      ledger.record(in: [old.parent, new.parent]) { base in
        try? base.rename(new, to: old)
        replaced?.restore(at: new, in: base)
      }
    }
  }

  /// Swaps two paths; a step.
  package func exchange(_ one: FilePath, with other: FilePath) throws(FileError) {
    try step("exchange", one)
    try base.exchange(one, with: other)
    note { ledger in
      ledger.swap(one, other)
      ledger.record(in: [one.parent, other.parent]) { try? $0.exchange(one, with: other) }
    }
  }

  /// Gives a file a second name; a step.
  package func link(_ existing: FilePath, at new: FilePath) throws(FileError) {
    try step("link", new)
    try base.link(existing, at: new)
    note { ledger in
      ledger.alias(existing, as: new)
      ledger.record(in: [new.parent]) { try? $0.remove(new) }
    }
  }

  /// Makes a symbolic link; a step.
  package func symlink(to target: FilePath, at path: FilePath) throws(FileError) {
    try step("make the symbolic link", path)
    try base.symlink(to: target, at: path)
    note { $0.record(in: [path.parent]) { try? $0.remove(path) } }
  }

  /// Sets a mode; a step, taken to be on the disk at once.
  package func setMode(_ path: FilePath, to mode: UInt16) throws(FileError) {
    try step("set the mode of", path)
    try base.setMode(path, to: mode)
  }

  /// Copies the owner; a step.
  package func copyOwner(of existing: FilePath, to new: FilePath) throws(FileError) {
    try step("copy the owner to", new)
    try base.copyOwner(of: existing, to: new)
  }

  /// Clones a file; a step.
  package func clone(_ existing: FilePath, to new: FilePath, mode: UInt16) throws(FileError) -> Bool {
    try step("clone", new)
    guard try base.clone(existing, to: new, mode: mode) else { return false }
    note { ledger in
      ledger.track(new, synced: 0)
      ledger.record(in: [new.parent]) { try? $0.remove(new) }
    }
    return true
  }

  /// Forces the names in a folder onto the disk; a step.
  package func sync(directory path: FilePath) throws(FileError) {
    try step("write to the disk", path)
    try base.sync(directory: path)
    note { $0.commit(folder: path) }
  }

  /// Forces everything onto the disk; a step.
  package func syncFileSystem(_ path: FilePath) throws(FileError) {
    try step("write to the disk the file system of", path)
    try base.syncFileSystem(path)
    note { $0 = UnsyncedLedger() }
  }

  /// Takes a lock, which the machine lets go of when the process dies.
  package func lock(_ path: FilePath) throws(LockError) -> FileLock {
    if isDead { throw .file(FileError(killedBefore: "lock", path)) }
    return try base.lock(path)
  }
}

/// A file whose every write and sync is a step.
private final class FaultyFile: WritableFile {
  private let base: any WritableFile
  private let path: FilePath
  private let system: FaultyFileSystem

  init(_ base: any WritableFile, path: FilePath, system: FaultyFileSystem) {
    self.base = base
    self.path = path
    self.system = system
  }

  func write(_ bytes: RawSpan) throws(FileError) {
    var isCut = false
    do throws(FileError) {
      try system.step("write", path) { isCut = true }
    } catch {
      // A process that dies in a long write leaves a part of it behind.
      if isCut, !system.keepsLedger { try? base.write(bytes.extracting(..<(bytes.byteCount / 2))) }
      throw error
    }
    try base.write(bytes)
  }

  func sync() throws(FileError) {
    try system.step("write to the disk", path)
    try base.sync()
    let size = try system.base.status(path)?.size ?? 0
    system.note { $0.synced(path, size: size) }
  }

  func close() throws(FileError) {
    try system.live("close", path)
    try base.close()
  }
}

extension FilePath {
  fileprivate var parent: FilePath { removingLastComponent() }
}
