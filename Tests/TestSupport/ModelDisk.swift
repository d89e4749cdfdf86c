import Platform
import Synchronization
import SystemPackage

/// A file system in memory that remembers every change and every barrier, so that one run shows all the disks that a
/// power cut at any moment of it may leave.
///
/// Locks are granted to everybody: one thread of tests works on a disk.
package final class ModelDisk: FileSystem {
  /// What happened to a disk, in order.
  package enum Event: Sendable {
    /// A change that is on its way to the disk.
    case change(DiskChange)
    /// A node was synchronised.
    case sync(node: Int)
    /// The whole file system was.
    case syncAll
  }

  struct State {
    var image: DiskImage
    var events: [Event] = []

    mutating func make(_ change: DiskChange) {
      image.apply(change)
      events.append(.change(change))
    }

    mutating func makeNode(_ node: DiskImage.Node) -> Int {
      let number = image.nodes.count
      make(.make(node: number, node))
      return number
    }
  }

  /// The disk on which everything began; all of it is certain.
  package let base: DiskImage
  let state: Mutex<State>

  /// A file system that holds an image, all of which is on the disk.
  package init(_ image: DiskImage = .empty) {
    base = image
    state = Mutex(State(image: image))
  }

  /// What programs see now.
  package var image: DiskImage { state.withLock { $0.image } }

  /// What happened since the beginning.
  package var events: [Event] { state.withLock { $0.events } }

  func failure(_ operation: String, _ path: FilePath, _ reason: FileError.Reason) -> FileError {
    FileError(operation: operation, path: path, reason: reason)
  }
}

/// A place in an image: the folder that holds a name, and what has that name.
struct Place {
  let folder: Int
  let name: String
  let node: Int?
}

extension DiskImage {
  /// Where a path leads; nil when a folder on the way is missing.
  ///
  /// Links on the way are not followed: a host has none.
  func place(_ path: FilePath) -> Place? {
    var folder = 0
    let parts = path.string.split(separator: "/").filter { $0 != "." }.map { String($0) }
    guard let last = parts.last else { return Place(folder: 0, name: "", node: 0) }
    for part in parts.dropLast() {
      guard let next = names(folder)[part], case .folder = nodes[next].body else { return nil }
      folder = next
    }
    return Place(folder: folder, name: last, node: names(folder)[last])
  }

  /// How many names a node has.
  func links(_ node: Int) -> Int {
    nodes.reduce(0) { count, one in
      if case .folder(let names) = one.body { count + names.values.count { $0 == node } } else { count }
    }
  }

  func kind(_ node: Int) -> FileKind {
    switch nodes[node].body {
    case .file: .file
    case .folder: .directory
    case .link: .symlink
    }
  }

  func status(_ node: Int) -> FileStatus {
    var (size, names) = (0, 1)
    if case .file(let bytes) = nodes[node].body { (size, names) = (bytes.count, links(node)) }
    return FileStatus(
      kind: kind(node), size: Int64(size), mode: nodes[node].mode, inode: UInt64(node), device: 1,
      links: UInt64(names), owner: 0, modified: Instant(seconds: 0), changed: Instant(seconds: 0))
  }
}

/// A file of a model disk that is read, with the bytes it had when it was opened.
final class ModelReadableFile: ReadableFile {
  private let bytes: [UInt8]
  private let found: FileStatus
  private let position = Mutex(0)

  init(_ bytes: [UInt8], _ status: FileStatus) {
    self.bytes = bytes
    found = status
  }

  func read(into buffer: inout [UInt8]) throws(FileError) -> Int {
    let start = position.withLock { $0 }
    let count = try read(at: Int64(start), into: &buffer)
    position.withLock { $0 = start + count }
    return count
  }

  func read(at offset: Int64, into buffer: inout [UInt8]) throws(FileError) -> Int {
    let rest = bytes.dropFirst(Int(offset)).prefix(buffer.count)
    buffer.replaceSubrange(0..<rest.count, with: rest)
    return rest.count
  }

  func status() throws(FileError) -> FileStatus { found }
}

/// A file of a model disk that is written at its end.
final class ModelWritableFile: WritableFile {
  private let disk: ModelDisk
  private let node: Int

  init(_ disk: ModelDisk, _ node: Int) {
    self.disk = disk
    self.node = node
  }

  func write(_ bytes: RawSpan) throws(FileError) {
    let copy = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    disk.state.withLock { state in
      guard case .file(let content) = state.image.nodes[node].body else { return }
      state.make(.write(file: node, offset: content.count, bytes: copy))
    }
  }

  func sync() throws(FileError) { disk.state.withLock { $0.events.append(.sync(node: node)) } }

  func close() throws(FileError) {}
}
