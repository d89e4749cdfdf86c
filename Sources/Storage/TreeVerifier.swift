internal import Platform
package import Releases
package import Signing
internal import Synchronization
internal import SystemPackage

/// One way in which an installed tree differs from the signed manifest that describes it.
package struct TreeDifference: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// What is different.
  package enum Kind: Hashable, Sendable {
    /// The manifest lists it, the tree does not have it.
    case missing
    /// The tree has it, the manifest does not list it.
    case extra
    /// It is a file, folder or link where the manifest says otherwise.
    case kind(expected: String, found: String)
    /// A file has another size in bytes.
    case size(expected: Int64, found: Int64)
    /// A file has other content.
    case content(expected: SHA256Digest, found: SHA256Digest)
    /// A file or folder has other permission bits.
    case mode(expected: UInt16, found: UInt16)
    /// A symbolic link points elsewhere.
    case target(expected: String, found: String)
    /// It cannot be read.
    case unreadable(String)
  }

  /// The path in the tree; "." is the tree itself.
  package let path: String
  /// What is different.
  package let kind: Kind

  /// One sentence that names path and difference.
  package var description: String {
    switch kind {
    case .missing: "\(path) is missing"
    case .extra: "\(path) is not part of the release"
    case .kind(let expected, let found): "\(path) is \(found), not \(expected)"
    case .size(let expected, let found): "\(path) has \(found) bytes, not \(expected)"
    case .content(let expected, let found): "\(path) has other content: SHA-256 \(found), not \(expected)"
    case .mode(let expected, let found):
      "\(path) has mode 0\(String(found, radix: 8)), not 0\(String(expected, radix: 8))"
    case .target(let expected, let found): "\(path) points to \(found), not to \(expected)"
    case .unreadable(let reason): "\(path) cannot be read: \(reason)"
    }
  }

  /// Orders differences by path.
  package static func < (one: TreeDifference, other: TreeDifference) -> Bool { one.path < other.path }
}

extension PluginFolder {
  /// Reads a whole installed tree again and lists every difference to its signed manifest, sorted by path; none is
  /// good.
  ///
  /// The manifest's signature is the caller's to check. Files are hashed on two threads, folders must be read-only,
  /// nothing may be missing and nothing extra.
  ///
  /// - Throws: `noTree` when the tree is not here, `damaged` or `manifestMismatch` when its manifest is not usable.
  package func verify(_ tree: TreeName) throws(StorageError) -> [TreeDifference] {
    try verify(tree, against: try manifest(of: tree))
  }

  /// The same for a manifest that is in memory already: a large one should not be there twice.
  ///
  /// - Parameter objects: what is known of the store, where all of it was just read.
  package func verify(
    _ tree: TreeName, against manifest: BundleManifest, knowing objects: SoundObjects? = nil
  ) throws(StorageError) -> [TreeDifference] {
    guard manifest.tree == tree.tree else { throw .manifestMismatch(tree: tree.tree, found: manifest.tree) }
    guard try hasTree(tree) else { throw .noTree(name: tree.text) }
    return try TreeVerifier(disk: disk, root: path(of: tree), objects: objects).compare(with: manifest)
  }
}

/// Compares a folder with a manifest.
struct TreeVerifier: Sendable {
  let disk: Disk
  let root: FilePath
  /// What is known of the store, so that nothing is read twice.
  var objects: SoundObjects?

  private struct Unread: Sendable {
    let path: String
    let size: Int64
    let key: ObjectStore.Key
  }

  func compare(with manifest: BundleManifest) throws(StorageError) -> [TreeDifference] {
    let entries = manifest.entries
    var isMissing = [Bool](repeating: true, count: entries.count)
    var differences: [TreeDifference] = []
    var tasks: [Unread] = []
    var pending = [""]
    var seen: Int64 = 0
    try compareFolder(".", root, &differences)
    while let folder = pending.popLast() {
      for entry in try disk.list(root.appending(folder)) {
        seen += 1
        guard seen <= StorageLimits.treeEntries else {
          throw .damaged(path: root, reason: "it holds more than \(StorageLimits.treeEntries) entries")
        }
        let path = folder.isEmpty ? entry.name : folder + "/" + entry.name
        let full = root.appending(path)
        let place = entries.sortedIndex(of: path).flatMap { isMissing[$0] ? $0 : nil }
        if entry.kind == .directory,
          place.map({ entries[$0].kind }) == .directory || entries.liesSomething(inFolder: path)
        {
          if let place { isMissing[place] = false }
          try compareFolder(path, full, &differences)
          pending.append(path)
          continue
        }
        guard let place else {
          differences.append(TreeDifference(path: path, kind: .extra))
          continue
        }
        isMissing[place] = false
        try compareEntry(path, full, entries[place].kind, &differences, &tasks)
      }
    }
    differences += zip(entries, isMissing).filter(\.1).map { TreeDifference(path: $0.0.path, kind: .missing) }
    return (differences + hashed(tasks)).sorted()
  }

  private func compareFolder(_ path: String, _ full: FilePath, _ found: inout [TreeDifference]) throws(StorageError) {
    guard let status = try disk.status(full), status.mode != 0o555 else { return }
    found.append(TreeDifference(path: path, kind: .mode(expected: 0o555, found: status.mode)))
  }

  private func compareEntry(
    _ path: String, _ full: FilePath, _ kind: TreeEntry.Kind, _ found: inout [TreeDifference], _ tasks: inout [Unread]
  ) throws(StorageError) {
    guard let status = try disk.status(full) else {
      return found.append(TreeDifference(path: path, kind: .missing))
    }
    switch (kind, status.kind) {
    case (.file(let mode, let size, let digest), .file):
      let wanted: UInt16 = mode & 0o100 != 0 ? 0o555 : 0o444
      if status.mode != wanted {
        found.append(TreeDifference(path: path, kind: .mode(expected: wanted, found: status.mode)))
      }
      let key = ObjectStore.Key(digest, isExecutable: wanted == 0o555)
      if status.size != size {
        found.append(TreeDifference(path: path, kind: .size(expected: size, found: status.size)))
      } else if objects?.vouches(for: key, status) != true {
        tasks.append(Unread(path: path, size: size, key: key))
      }
    case (.symlink(let target), .symlink):
      let actual = try disk.readLink(full).string
      if actual != FilePath(target).string {
        found.append(TreeDifference(path: path, kind: .target(expected: target, found: actual)))
      }
    default:
      found.append(TreeDifference(path: path, kind: .kind(expected: kind.noun, found: status.kind.noun)))
    }
  }

  private func hashed(_ tasks: [Unread]) -> [TreeDifference] {
    let found = Mutex<[TreeDifference]>([])
    inParallel(tasks) { part in
      for task in part {
        let difference: TreeDifference.Kind?
        do throws(StorageError) {
          let digest = try disk.digest(of: root.appending(task.path), size: task.size)
          difference = digest == task.key.digest ? nil : .content(expected: task.key.digest, found: digest)
          if difference == nil { objects?.replace(task.key, from: root.appending(task.path)) }
        } catch {
          difference = .unreadable(error.description)
        }
        guard let difference else { continue }
        found.withLock { $0.append(TreeDifference(path: task.path, kind: difference)) }
      }
    }
    return found.withLock { $0 }
  }
}

extension TreeEntry.Kind {
  fileprivate var noun: String {
    switch self {
    case .file: "a file"
    case .symlink: "a symbolic link"
    case .directory: "a folder"
    }
  }
}

extension FileKind {
  /// The kind with its article, for sentences.
  var noun: String {
    switch self {
    case .file: "a file"
    case .directory: "a folder"
    case .symlink: "a symbolic link"
    case .other: "a special file"
    }
  }
}
