internal import Platform
package import SystemPackage

/// Where damaged files go: out of the way, still there to be looked at, and never more than a bounded amount.
///
/// A name is a number that grows and the name that the file had: `12-3fa9…`.
package struct Quarantine: Sendable {
  /// One file that was put aside.
  package struct Entry: Hashable, Sendable {
    /// Its name in the folder.
    package let name: String
    /// Its length in bytes.
    package let size: Int64
  }

  /// The most bytes that are kept; a larger file is not kept at all.
  package static let maxBytes: Int64 = 256 << 20
  /// The most files that are kept.
  package static let maxFiles = 256

  /// The folder.
  package let folder: FilePath
  private let disk: Disk

  init(_ folder: FilePath, disk: Disk) {
    self.folder = folder
    self.disk = disk
  }

  /// The files that lie here, the oldest first.
  package func entries() throws(StorageError) -> [Entry] {
    var found: [(number: Int, entry: Entry)] = []
    for entry in try disk.listIfPresent(folder) {
      guard let status = try disk.status(folder.appending(entry.component)) else { continue }
      let size = status.kind == .file ? status.size : 0
      found.append((Self.number(of: entry.name) ?? 0, Entry(name: entry.name, size: size)))
    }
    return found.sorted { ($0.number, $0.entry.name) < ($1.number, $1.entry.name) }.map(\.entry)
  }

  /// Moves a file here in one step that is on the disk when this returns; the oldest make room for it.
  func take(_ path: FilePath) throws(StorageError) {
    guard let status = try disk.status(path), let name = path.lastComponent else { return }
    let from = path.removingLastComponent()
    if status.kind == .file, status.size > Self.maxBytes {
      try disk.remove(path)
      return try disk.sync(directory: from)
    }
    try disk.ensureDirectory(folder)
    let kept = try entries()
    let number = (kept.compactMap { Self.number(of: $0.name) }.max() ?? 0) + 1
    try disk.rename(path, to: folder.appending("\(number)-\(name.string)"))
    try disk.sync(directory: folder)
    try disk.sync(directory: from)
    var (bytes, files) = (kept.reduce(status.size) { $0 + $1.size }, kept.count + 1)
    for oldest in kept where bytes > Self.maxBytes || files > Self.maxFiles {
      try disk.removeTree(folder.appending(oldest.name))
      bytes -= oldest.size
      files -= 1
    }
  }

  private static func number(of name: String) -> Int? {
    name.split(separator: "-", maxSplits: 1).first.flatMap { Int($0) }
  }
}

extension HostFolder {
  /// Where damaged files are put aside.
  package var quarantine: Quarantine { Quarantine(quarantineFolder, disk: disk) }

  var quarantineFolder: FilePath { root.appending("quarantine") }
}
