import Platform
import SystemPackage

/// What a power cut would lose: content that was not synced, and changes of names in folders that were not.
///
/// Changes of names reach the disk in order, as with a journalling file system: what is lost is always the end of the
/// list, and syncing a folder keeps everything up to the last change in that folder.
struct UnsyncedLedger: Sendable {
  private struct Content: Sendable {
    var names: Set<FilePath>
    var synced: Int64
  }

  private struct Change: Sendable {
    var folders: Set<FilePath>
    var undo: @Sendable (any FileSystem) -> Void
  }

  private var contents: [Content] = []
  private var changes: [Change] = []

  mutating func track(_ path: FilePath, synced: Int64) {
    if !contents.contains(where: { $0.names.contains(path) }) {
      contents.append(Content(names: [path], synced: synced))
    }
  }

  mutating func synced(_ path: FilePath, size: Int64) {
    for index in contents.indices where contents[index].names.contains(path) { contents[index].synced = size }
  }

  mutating func shorten(_ path: FilePath, to length: Int64) {
    for index in contents.indices where contents[index].names.contains(path) {
      contents[index].synced = min(contents[index].synced, length)
    }
  }

  mutating func alias(_ existing: FilePath, as new: FilePath) {
    for index in contents.indices where contents[index].names.contains(existing) {
      contents[index].names.insert(new)
    }
  }

  mutating func forget(_ path: FilePath) {
    for index in contents.indices { contents[index].names.remove(path) }
    contents.removeAll { $0.names.isEmpty }
  }

  mutating func move(_ old: FilePath, to new: FilePath) {
    rename { $0.replacing(prefix: old, with: new) ?? $0 }
  }

  mutating func swap(_ one: FilePath, _ other: FilePath) {
    rename { $0.replacing(prefix: one, with: other) ?? $0.replacing(prefix: other, with: one) ?? $0 }
  }

  private mutating func rename(_ change: (FilePath) -> FilePath) {
    for index in contents.indices { contents[index].names = Set(contents[index].names.map(change)) }
  }

  mutating func record(in folders: Set<FilePath>, undo: @escaping @Sendable (any FileSystem) -> Void) {
    changes.append(Change(folders: folders, undo: undo))
  }

  mutating func commit(folder: FilePath) {
    guard let last = changes.lastIndex(where: { $0.folders.contains(folder) }) else { return }
    changes.removeSubrange(...last)
  }

  /// Takes everything away that the disk has not got.
  mutating func loseEverything(in base: any FileSystem) {
    for content in contents {
      guard let name = content.names.first, let size = try? base.status(name)?.size, size > content.synced else {
        continue
      }
      // A read-only file is cut all the same.
      let mode = (try? base.status(name)?.mode) ?? 0o644
      try? base.setMode(name, to: mode | 0o200)
      try? base.truncate(name, to: content.synced)
      try? base.setMode(name, to: mode)
    }
    for change in changes.reversed() { change.undo(base) }
    self = UnsyncedLedger()
  }
}

/// What was at a path before it was removed or replaced.
enum Remains: Sendable {
  case file([UInt8], mode: UInt16)
  case symlink(FilePath)
  case directory(mode: UInt16)

  /// Larger files are not worth keeping for a test.
  private static let limit = 64 << 20

  init?(of path: FilePath, in base: any FileSystem) {
    guard let status = try? base.status(path) else { return nil }
    switch status.kind {
    case .file:
      guard let bytes = try? base.readAll(path, limit: Self.limit) else { return nil }
      self = .file(bytes, mode: status.mode)
    case .symlink:
      guard let target = try? base.readLink(path) else { return nil }
      self = .symlink(target)
    case .directory: self = .directory(mode: status.mode)
    case .other: return nil
    }
  }

  func restore(at path: FilePath, in base: any FileSystem) {
    switch self {
    case .file(let bytes, let mode): try? base.write(bytes, creating: path, mode: mode)
    case .symlink(let target): try? base.symlink(to: target, at: path)
    case .directory(let mode): try? base.makeDirectory(path, mode: mode)
    }
  }
}

extension FilePath {
  /// The path with its beginning exchanged; nil when it begins otherwise.
  fileprivate func replacing(prefix: FilePath, with new: FilePath) -> FilePath? {
    var rest = self
    guard rest.removePrefix(prefix) else { return nil }
    return new.pushing(rest)
  }
}
