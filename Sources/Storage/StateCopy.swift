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
/// The copy is bounded in entries, bytes and depth, shares blocks where the file system can (`FICLONE`), and is not
/// on the disk before the caller's `syncFileSystem`. Set-user-id, set-group-id and sticky bits are dropped.
struct StateCopy {
  private let disk: Disk
  private let source: FilePath
  private let destination: FilePath
  private var report = StateCopyReport()
  private var canShare = true
  /// Folders with the mode they get at the end, when everything is in them.
  private var modes: [(path: FilePath, mode: UInt16)] = []

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
      modes.append((folder.to, before.mode & 0o777))
      for entry in try disk.list(folder.from) {
        report.entries += 1
        guard report.entries <= StorageLimits.stateEntries else {
          throw .stateTooLarge(what: "entries", limit: StorageLimits.stateEntries)
        }
        let child = folder.child(entry)
        if entry.kind == .directory { pending.append(child) } else { try copyEntry(child, entry.kind) }
      }
      // A folder that was swapped for a link while it was read could have led outside the state.
      let after = try folderStatus(folder.from)
      guard after.inode == before.inode, after.device == before.device else { throw .stateChanged(path: folder.from) }
    }
    for (path, mode) in modes.reversed() { try disk.setMode(path, to: mode) }
  }

  private func folderStatus(_ folder: FilePath) throws(StorageError) -> FileStatus {
    guard let status = try disk.status(folder), status.kind == .directory else { throw .stateChanged(path: folder) }
    return status
  }

  private mutating func copyEntry(_ place: Place, _ kind: FileKind) throws(StorageError) {
    switch kind {
    case .file: try copyFile(place.from, place.to)
    case .symlink: try disk.symlink(to: try disk.readLink(place.from), at: place.to)
    case .directory, .other: report.skipped.append(place.name)
    }
  }

  private mutating func copyFile(_ from: FilePath, _ to: FilePath) throws(StorageError) {
    guard let status = try disk.status(from), status.kind == .file else { throw .stateChanged(path: from) }
    guard report.bytes + status.size <= StorageLimits.stateBytes else {
      throw .stateTooLarge(what: "bytes", limit: StorageLimits.stateBytes)
    }
    let mode = status.mode & 0o777
    if canShare, status.size > 0 {
      canShare = try disk.run { () throws(FileError) in try disk.files.clone(from, to: to, mode: mode) }
      if canShare {
        report.shared += 1
        report.bytes += status.size
        return
      }
    }
    let limit = StorageLimits.stateBytes - report.bytes
    report.bytes += try disk.copyStateFile(from, to: to, mode: mode, status: status, limit: limit)
  }
}

extension Disk {
  /// Copies a file that a plugin may be writing to: what was opened must be what was looked at, and may not grow for
  /// ever.
  fileprivate func copyStateFile(
    _ from: FilePath, to: FilePath, mode: UInt16, status: FileStatus, limit: Int64
  ) throws(StorageError) -> Int64 {
    let input = try open(from)
    let opened = try run { () throws(FileError) in try input.status() }
    guard opened.kind == .file, opened.inode == status.inode, opened.device == status.device else {
      throw .stateChanged(path: from)
    }
    let output = try create(to, mode: mode)
    var buffer = [UInt8](repeating: 0, count: Int(min(max(status.size, 1), Int64(Self.readChunk))))
    var copied: Int64 = 0
    while true {
      let count = try run { () throws(FileError) in try input.read(into: &buffer) }
      if count == 0 { break }
      copied += Int64(count)
      guard copied <= limit else { throw .stateTooLarge(what: "bytes", limit: StorageLimits.stateBytes) }
      try run { () throws(FileError) in try output.write(buffer[..<count]) }
    }
    try run { () throws(FileError) in try output.close() }
    return copied
  }
}
