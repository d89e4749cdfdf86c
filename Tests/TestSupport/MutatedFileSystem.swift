package import Platform
import Synchronization
package import SystemPackage

/// A file system that does one thing wrong, to prove that a suite notices.
package final class MutatedFileSystem: FileSystem {
  /// What is wrong.
  package enum Mutation: String, CaseIterable, Sendable {
    /// `fsync` of a file does nothing.
    case swallowsFileSync
    /// `fsync` of a folder does nothing.
    case swallowsFolderSync
    /// `syncfs` does nothing.
    case swallowsFileSystemSync
    /// A rename removes what it replaces first.
    case renamesInTwoSteps
    /// What is appended to a journal is lost.
    case dropsJournalWrites
    /// Of what is appended to a journal only the first half is written.
    case tearsJournalWrites
  }

  private let base: any FileSystem
  private let mutation: Mutation
  private let uses = Atomic(0)

  /// Wraps a file system.
  package init(_ base: any FileSystem, _ mutation: Mutation) {
    self.base = base
    self.mutation = mutation
  }

  /// How often something was done wrong.
  package var count: Int { uses.load(ordering: .relaxed) }

  fileprivate func does(_ wrong: Mutation) -> Bool {
    guard mutation == wrong else { return false }
    uses.wrappingAdd(1, ordering: .relaxed)
    return true
  }

  /// Renames, or removes and renames.
  package func rename(_ old: FilePath, to new: FilePath) throws(FileError) {
    if try base.status(new) != nil, does(.renamesInTwoSteps) { try base.removeTree(new) }
    try base.rename(old, to: new)
  }

  /// Forces the names in a folder onto the disk, or not.
  package func sync(directory path: FilePath) throws(FileError) {
    if !does(.swallowsFolderSync) { try base.sync(directory: path) }
  }

  /// Forces everything onto the disk, or not.
  package func syncFileSystem(_ path: FilePath) throws(FileError) {
    if !does(.swallowsFileSystemSync) { try base.syncFileSystem(path) }
  }

  /// Creates a file whose `sync` may do nothing.
  package func create(_ path: FilePath, mode: UInt16) throws(FileError) -> any WritableFile {
    MutatedFile(try base.create(path, mode: mode), system: self, isJournal: false)
  }

  /// Opens a file whose writes may be lost.
  package func openForAppending(_ path: FilePath) throws(FileError) -> any WritableFile {
    MutatedFile(try base.openForAppending(path), system: self, isJournal: path.lastComponent?.string == "journal")
  }

  /// Opens a file for reading.
  package func open(_ path: FilePath, followingLinks: Bool) throws(FileError) -> any ReadableFile {
    try base.open(path, followingLinks: followingLinks)
  }

  /// Cuts a file.
  package func truncate(_ path: FilePath, to length: Int64) throws(FileError) { try base.truncate(path, to: length) }

  /// What is at the path.
  package func status(_ path: FilePath) throws(FileError) -> FileStatus? { try base.status(path) }

  /// The entries of a folder.
  package func list(_ path: FilePath) throws(FileError) -> [DirectoryEntry] { try base.list(path) }

  /// Where a link points.
  package func readLink(_ path: FilePath) throws(FileError) -> FilePath { try base.readLink(path) }

  /// The free space.
  package func freeSpace(_ path: FilePath) throws(FileError) -> Int64 { try base.freeSpace(path) }

  /// Makes a folder.
  package func makeDirectory(_ path: FilePath, mode: UInt16) throws(FileError) {
    try base.makeDirectory(path, mode: mode)
  }

  /// Removes one thing.
  package func remove(_ path: FilePath) throws(FileError) { try base.remove(path) }

  /// Removes a folder with everything below it.
  package func removeTree(_ path: FilePath) throws(FileError) { try base.removeTree(path) }

  /// Swaps two names.
  package func exchange(_ one: FilePath, with other: FilePath) throws(FileError) {
    try base.exchange(one, with: other)
  }

  /// Gives a file another name.
  package func link(_ existing: FilePath, at new: FilePath) throws(FileError) { try base.link(existing, at: new) }

  /// Makes a symbolic link.
  package func symlink(to target: FilePath, at path: FilePath) throws(FileError) {
    try base.symlink(to: target, at: path)
  }

  /// Sets permission bits.
  package func setMode(_ path: FilePath, to mode: UInt16) throws(FileError) { try base.setMode(path, to: mode) }

  /// Copies the owner.
  package func copyOwner(of existing: FilePath, to new: FilePath) throws(FileError) {
    try base.copyOwner(of: existing, to: new)
  }

  /// Clones a file.
  package func clone(_ existing: FilePath, to new: FilePath, mode: UInt16) throws(FileError) -> Bool {
    try base.clone(existing, to: new, mode: mode)
  }

  /// Takes a lock.
  package func lock(_ path: FilePath) throws(LockError) -> FileLock { try base.lock(path) }
}

/// A file whose writes and barriers may be lost.
private final class MutatedFile: WritableFile {
  private let base: any WritableFile
  private let system: MutatedFileSystem
  private let isJournal: Bool

  init(_ base: any WritableFile, system: MutatedFileSystem, isJournal: Bool) {
    self.base = base
    self.system = system
    self.isJournal = isJournal
  }

  func write(_ bytes: RawSpan) throws(FileError) {
    if isJournal, system.does(.dropsJournalWrites) { return }
    let isTorn = isJournal && system.does(.tearsJournalWrites)
    try base.write(isTorn ? bytes.extracting(..<(bytes.byteCount / 2)) : bytes)
  }

  func sync() throws(FileError) { if !system.does(.swallowsFileSync) { try base.sync() } }

  func close() throws(FileError) { try base.close() }
}
