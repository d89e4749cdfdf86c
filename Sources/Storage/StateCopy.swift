internal import Platform
internal import SystemPackage

/// What a copy of state held.
package struct StateCopyReport: Hashable, Sendable {
  /// How many files, folders and links were copied.
  package var entries: Int64 = 0
  /// The sum of the copied files' sizes in bytes.
  package var bytes: Int64 = 0
  /// How many files share their blocks with the original.
  package var shared: Int64 = 0
  /// Sockets, pipes and devices that were left out, by their path in the state.
  package var skipped: [String] = []
}

/// Copies a plugin's state: files, folders and links with their modes; never follows a link, leaves special files out.
///
/// The copy is bounded in entries, bytes and depth, shares blocks where the file system can (`FICLONE`), else copies on
/// several threads, and is not on the disk before the caller's `syncFileSystem`. Set-user-id, set-group-id and sticky
/// bits are dropped.
struct StateCopy {
  /// How many files are handed to the threads at once.
  private static let batch = 512

  private let disk: Disk
  private let source: FilePath
  private let destination: FilePath
  private let files: StateFiles
  private var report = StateCopyReport()
  private var waiting: [StateFiles.Job] = []
  /// Every folder as it was when it was listed, with the mode that its copy gets when everything is in it.
  private var folders: [Folder] = []
  /// How many of the folders were looked at again after their files were copied.
  private var settled = 0

  private struct Folder {
    let from: FilePath
    let to: FilePath
    let before: FileStatus
  }

  /// One entry on both sides, with its path in the state for people.
  private struct Place {
    let from: FilePath
    let to: FilePath
    let name: String
    let depth: Int64

    func child(_ entry: DirectoryEntry) -> Place {
      Place(
        from: from.appending(entry.component), to: to.appending(entry.component),
        name: name.isEmpty ? entry.name : name + "/" + entry.name, depth: depth + 1)
    }
  }

  private init(disk: Disk, source: FilePath, destination: FilePath) {
    self.disk = disk
    self.source = source
    self.destination = destination
    files = StateFiles(disk: disk)
  }

  /// Copies a folder to a path where nothing is.
  ///
  /// - Throws: `stateTooLarge` beyond the limits, `stateChanged` when something is replaced meanwhile, `file`.
  static func copy(_ source: FilePath, to destination: FilePath, disk: Disk) throws(StorageError) -> StateCopyReport {
    var copy = StateCopy(disk: disk, source: source, destination: destination)
    try copy.run()
    return copy.report
  }

  private mutating func run() throws(StorageError) {
    var pending = [Place(from: source, to: destination, name: "", depth: 0)]
    while let folder = pending.popLast() {
      guard folder.depth <= StorageLimits.stateDepth else {
        throw .stateTooLarge(what: "levels of folders", limit: StorageLimits.stateDepth)
      }
      let before = try folderStatus(folder.from)
      try disk.makeDirectory(folder.to, mode: 0o700)
      folders.append(Folder(from: folder.from, to: folder.to, before: before))
      for entry in try disk.list(folder.from) {
        report.entries += 1
        guard report.entries <= StorageLimits.stateEntries else {
          throw .stateTooLarge(what: "entries", limit: StorageLimits.stateEntries)
        }
        let child = folder.child(entry)
        if entry.kind == .directory { pending.append(child) } else { try copyEntry(child, entry.kind) }
      }
      if waiting.isEmpty || waiting.count >= Self.batch { try settle() }
    }
    try settle()
    // A folder further out that was swapped for a link meanwhile led everything below it astray, so all are looked at
    // once more at the end.
    for folder in folders { try requireUnchanged(folder) }
    for folder in folders.reversed() { try disk.setMode(folder.to, to: folder.before.mode & 0o777) }
    (report.bytes, report.shared) = (files.bytes, files.shared)
  }

  /// Copies what waits, and looks at the folders that it came from once more.
  private mutating func settle() throws(StorageError) {
    try files.copy(waiting)
    waiting.removeAll(keepingCapacity: true)
    // A folder that was swapped for a link while it was read could have led outside the state.
    for folder in folders[settled...] { try requireUnchanged(folder) }
    settled = folders.count
  }

  private func requireUnchanged(_ folder: Folder) throws(StorageError) {
    let after = try folderStatus(folder.from)
    guard after.inode == folder.before.inode, after.device == folder.before.device else {
      throw .stateChanged(path: folder.from)
    }
  }

  private func folderStatus(_ folder: FilePath) throws(StorageError) -> FileStatus {
    guard let status = try disk.status(folder), status.kind == .directory else { throw .stateChanged(path: folder) }
    return status
  }

  private mutating func copyEntry(_ place: Place, _ kind: FileKind) throws(StorageError) {
    switch kind {
    case .file:
      waiting.append(StateFiles.Job(from: place.from, to: place.to))
      if waiting.count >= Self.batch { try settle() }
    case .symlink: try disk.symlink(to: try disk.readLink(place.from), at: place.to)
    case .directory, .other: report.skipped.append(place.name)
    }
  }
}
