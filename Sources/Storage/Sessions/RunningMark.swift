internal import Platform
internal import Releases
internal import SystemPackage

/// The proof that a session runs a tree of a plugin: while it lives nothing removes that tree.
///
/// It is a lock on `running/<tree>.<session>`, so that it ends with the process however that ends; what a dead one
/// leaves behind is an empty file that the next collection removes.
package final class RunningMark: Sendable {
  /// The session: 16 hexadecimal digits.
  package let id: String
  /// The tree that it runs.
  package let tree: TreeName
  private let lock: FileLock
  private let files: any FileSystem

  fileprivate init(id: String, tree: TreeName, lock: FileLock, files: any FileSystem) {
    self.id = id
    self.tree = tree
    self.lock = lock
    self.files = files
  }

  deinit { try? files.removeIfPresent(lock.path) }
}

/// A session that runs now.
package struct RunningSession: Hashable, Sendable {
  /// The session: 16 hexadecimal digits.
  package let id: String
  /// The tree that it runs, which need not be the current one any more.
  package let tree: TreeName
  /// The process of its launcher.
  package let pid: Int32
}

extension PluginFolder {
  /// Where marks of sessions lie.
  var runningFolder: FilePath { root.appending("running") }

  /// How often a switch may come between the look at `current` and the mark.
  private static let markAttempts = 16

  /// Marks the current tree as run by a new session.
  ///
  /// A collection looks at the marks before it looks at `current`, and here `current` is looked at again after the mark
  /// is there: whichever comes first, it does not remove the tree.
  /// - Throws: `nothingCurrent`, `damaged` when `current` leads nowhere, `locked` when it changes all the time, `file`.
  package func markRunning() throws(StorageError) -> RunningMark {
    for _ in 0..<Self.markAttempts {
      guard let tree = try current() else { throw .nothingCurrent(plugin: name.text) }
      try disk.ensureDirectory(runningFolder)
      let id = SecureRandom.hex(bytes: 8)
      let path = runningFolder.appending("\(tree.text).\(id)")
      let mark = RunningMark(id: id, tree: tree, lock: try disk.lock(path), files: machine.files)
      if try readTreeLink(currentLink) == tree { return mark }
    }
    throw .locked(path: currentLink, holder: "somebody who switches again and again")
  }

  /// The sessions that run now, sorted by tree.
  package func runningSessions() throws(StorageError) -> [RunningSession] {
    try disk.listIfPresent(runningFolder).compactMap { entry in
      guard let (tree, id) = Self.session(named: entry.name),
        let pid = machine.files.lockHolder(runningFolder.appending(entry.component))
      else { return nil }
      return RunningSession(id: id, tree: tree, pid: pid)
    }
  }

  static func session(named name: String) -> (tree: TreeName, id: String)? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let tree = TreeName(String(parts[0])), parts[1].utf8.count == 16 else { return nil }
    return (tree, String(parts[1]))
  }
}
