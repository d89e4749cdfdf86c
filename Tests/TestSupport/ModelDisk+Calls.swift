package import Platform
import Synchronization
package import SystemPackage

extension ModelDisk {
  /// Opens a file for reading.
  package func open(_ path: FilePath, followingLinks: Bool) throws(FileError) -> any ReadableFile {
    let image = image
    guard let node = image.place(path)?.node else { throw failure("open", path, .notFound) }
    switch image.nodes[node].body {
    case .file(let bytes): return ModelReadableFile(bytes, image.status(node))
    case .link(let target):
      guard followingLinks else { throw failure("open", path, .symbolicLink) }
      return try open(path.removingLastComponent().pushing(FilePath(target)), followingLinks: true)
    case .folder: throw failure("open", path, .notFound)
    }
  }

  /// Creates a file that must not exist yet.
  package func create(_ path: FilePath, mode: UInt16) throws(FileError) -> any WritableFile {
    ModelWritableFile(self, try enter("create", path, DiskImage.Node(body: .file([]), mode: mode)))
  }

  /// Opens a file whose writes land at its end.
  package func openForAppending(_ path: FilePath) throws(FileError) -> any WritableFile {
    guard let node = image.place(path)?.node else { throw failure("open for appending", path, .notFound) }
    return ModelWritableFile(self, node)
  }

  /// Gives a file another length.
  package func truncate(_ path: FilePath, to length: Int64) throws(FileError) {
    guard let node = image.place(path)?.node else { throw failure("set the length of", path, .notFound) }
    state.withLock { $0.make(.resize(file: node, length: Int(length))) }
  }

  /// What is at the path.
  package func status(_ path: FilePath) throws(FileError) -> FileStatus? {
    let image = image
    return image.place(path)?.node.map { image.status($0) }
  }

  /// The entries of a folder.
  package func list(_ path: FilePath) throws(FileError) -> [DirectoryEntry] {
    let image = image
    guard let node = image.place(path)?.node, case .folder(let names) = image.nodes[node].body else {
      throw failure("list", path, .notFound)
    }
    return names.sorted { $0.key < $1.key }.compactMap { name, node in
      FilePath.Component(name).map { DirectoryEntry(component: $0, kind: image.kind(node)) }
    }
  }

  /// Where a symbolic link points.
  package func readLink(_ path: FilePath) throws(FileError) -> FilePath {
    let image = image
    guard let node = image.place(path)?.node, case .link(let target) = image.nodes[node].body else {
      throw failure("read the symbolic link", path, .notFound)
    }
    return FilePath(target)
  }

  /// Always plenty.
  package func freeSpace(_ path: FilePath) throws(FileError) -> Int64 { 1 << 40 }

  /// Makes a folder.
  package func makeDirectory(_ path: FilePath, mode: UInt16) throws(FileError) {
    _ = try enter("make the folder", path, DiskImage.Node(body: .folder([:]), mode: mode))
  }

  /// Removes a file, a link or an empty folder.
  package func remove(_ path: FilePath) throws(FileError) {
    let image = image
    guard let place = image.place(path), let node = place.node else { throw failure("remove", path, .notFound) }
    guard image.names(node).isEmpty else { throw failure("remove", path, .notEmpty) }
    state.withLock { $0.make(.leave(folder: place.folder, name: place.name)) }
  }

  /// Removes a folder with everything below it, name by name.
  package func removeTree(_ path: FilePath) throws(FileError) {
    let image = image
    guard let node = image.place(path)?.node else { return }
    for name in image.names(node).keys.sorted() { try removeTree(path.appending(name)) }
    try remove(path)
  }

  /// Renames, replacing what is at the new path unless that is a folder with something in it.
  package func rename(_ old: FilePath, to new: FilePath) throws(FileError) {
    let image = image
    guard let from = image.place(old), let node = from.node, let to = image.place(new) else {
      throw failure("rename", old, .notFound)
    }
    if let replaced = to.node, !image.names(replaced).isEmpty { throw failure("rename", old, .notEmpty) }
    state.withLock {
      $0.make(.move(from: from.folder, name: from.name, to: to.folder, newName: to.name, node: node))
    }
  }

  /// Swaps two names.
  package func exchange(_ one: FilePath, with other: FilePath) throws(FileError) {
    let image = image
    guard let first = image.place(one), let node = first.node, let second = image.place(other),
      let otherNode = second.node
    else { throw failure("exchange", one, .notFound) }
    state.withLock {
      $0.make(
        .swap(
          folder: first.folder, name: first.name, node: node, other: second.folder, otherName: second.name,
          otherNode: otherNode))
    }
  }

  /// Gives a node another name.
  package func link(_ existing: FilePath, at new: FilePath) throws(FileError) {
    let image = image
    guard let node = image.place(existing)?.node, let place = image.place(new) else {
      throw failure("link", new, .notFound)
    }
    guard place.node == nil else { throw failure("link", new, .exists) }
    state.withLock { $0.make(.enter(folder: place.folder, name: place.name, node: node)) }
  }

  /// Makes a symbolic link.
  package func symlink(to target: FilePath, at path: FilePath) throws(FileError) {
    _ = try enter("make the symbolic link", path, DiskImage.Node(body: .link(target.string), mode: 0o777))
  }

  /// Sets permission bits.
  package func setMode(_ path: FilePath, to mode: UInt16) throws(FileError) {
    guard let node = image.place(path)?.node else { throw failure("set the mode of", path, .notFound) }
    state.withLock { $0.make(.setMode(node: node, mode: mode)) }
  }

  /// This disk shares no blocks.
  package func clone(_ existing: FilePath, to new: FilePath, mode: UInt16) throws(FileError) -> Bool { false }

  /// A barrier for the names in a folder.
  package func sync(directory path: FilePath) throws(FileError) {
    guard let node = image.place(path)?.node else { throw failure("write to the disk", path, .notFound) }
    state.withLock { $0.events.append(.sync(node: node)) }
  }

  /// A barrier for everything.
  package func syncFileSystem(_ path: FilePath) throws(FileError) { state.withLock { $0.events.append(.syncAll) } }

  /// Granted to everybody.
  package func lock(_ path: FilePath) throws(LockError) -> FileLock { FileLock(path: path, keeping: path) }

  private func enter(_ operation: String, _ path: FilePath, _ node: DiskImage.Node) throws(FileError) -> Int {
    let image = image
    guard let place = image.place(path) else { throw failure(operation, path, .notFound) }
    guard place.node == nil else { throw failure(operation, path, .exists) }
    return state.withLock { state in
      let number = state.makeNode(node)
      state.make(.enter(folder: place.folder, name: place.name, node: number))
      return number
    }
  }
}
