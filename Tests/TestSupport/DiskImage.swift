/// What a disk holds at one moment: files, folders and links as numbered nodes, node 0 being the root.
package struct DiskImage: Sendable {
  /// One file, folder or link; how many names it has is for the folders to say.
  package struct Node: Hashable, Sendable {
    /// What a node holds.
    package enum Body: Hashable, Sendable {
      /// A file's bytes.
      case file([UInt8])
      /// A folder's names, each with its node.
      case folder([String: Int])
      /// Where a symbolic link points.
      case link(String)
    }

    /// What it holds.
    package var body: Body
    /// Its permission bits.
    package var mode: UInt16
  }

  /// All nodes ever made, also those that no folder names any more.
  package var nodes: [Node]

  /// A disk with nothing on it.
  package static let empty = DiskImage(nodes: [Node(body: .folder([:]), mode: 0o755)])

  /// The names in a folder; none for anything else.
  package func names(_ node: Int) -> [String: Int] {
    if case .folder(let names) = nodes[node].body { names } else { [:] }
  }

  /// Everything that can be reached from the root, sorted by path: the same for disks that no program can tell apart.
  package var listing: [Entry] {
    var entries: [Entry] = []
    var first: [Int: String] = [:]
    func walk(_ folder: Int, _ path: String) {
      for (name, node) in names(folder).sorted(by: { $0.key < $1.key }) {
        let place = path + "/" + name
        let original = first[node]
        if original == nil { first[node] = place }
        var shown = nodes[node]
        if case .folder = shown.body { shown.body = .folder([:]) }
        entries.append(Entry(path: place, node: shown, sameAs: original))
        // A folder with two names cannot be; should a model make one, it is walked once.
        if original == nil { walk(node, place) }
      }
    }
    walk(0, "")
    return entries
  }

  /// One line of a listing.
  package struct Entry: Hashable, Sendable {
    /// The path from the root.
    package let path: String
    /// What is there; a folder without its names.
    package let node: Node
    /// The path under which the same node was met before, for hard links.
    package let sameAs: String?
  }
}

/// One change of a disk, and how it may reach it.
package enum DiskChange: Sendable {
  /// A node is made; nothing names it yet.
  case make(node: Int, DiskImage.Node)
  /// A name is entered into a folder.
  case enter(folder: Int, name: String, node: Int)
  /// A name is taken out of a folder.
  case leave(folder: Int, name: String)
  /// A name is moved, in one step and replacing what was there.
  case move(from: Int, name: String, to: Int, newName: String, node: Int)
  /// Two names trade their nodes, in one step.
  case swap(folder: Int, name: String, node: Int, other: Int, otherName: String, otherNode: Int)
  /// Bytes are written into a file.
  case write(file: Int, offset: Int, bytes: [UInt8])
  /// A file gets another length.
  case resize(file: Int, length: Int)
  /// Permission bits are set.
  case setMode(node: Int, mode: UInt16)

  /// How much of a change has reached the disk.
  package enum Part: Hashable, Sendable, CaseIterable {
    /// Nothing.
    case nothing
    /// All of it.
    case whole
    /// The first half of a write.
    case half
    /// The length that a write gives the file, with zeros in place of the bytes.
    case zeros
  }

  /// The nodes that must be synchronised, all of them, before the change is certain to be on the disk.
  ///
  /// A move between two folders needs both: no standard says that one is enough.
  var barriers: Set<Int> {
    switch self {
    case .make: []
    case .enter(let folder, _, _), .leave(let folder, _): [folder]
    case .move(let from, _, let to, _, _): [from, to]
    case .swap(let folder, _, _, let other, _, _): [folder, other]
    case .write(let file, _, _), .resize(let file, _): [file]
    case .setMode(let node, _): [node]
    }
  }

  /// What of the change a disk may hold when it was not synchronised.
  var parts: [Part] {
    if case .write(_, _, let bytes) = self, !bytes.isEmpty {
      return bytes.count > 1 ? Part.allCases : [.nothing, .whole]
    }
    return [.nothing, .whole]
  }
}

extension DiskImage {
  /// Makes a change, or a part of it; a change whose predecessors are missing does what it can.
  mutating func apply(_ change: DiskChange, _ part: DiskChange.Part = .whole) {
    if part == .nothing { return }
    switch change {
    case .make(let node, let value):
      while nodes.count <= node { nodes.append(Node(body: .file([]), mode: 0)) }
      nodes[node] = value
    case .enter(let folder, let name, let node): setName(folder, name, node)
    case .leave(let folder, let name): setName(folder, name, nil)
    case .move(let from, let name, let to, let newName, let node):
      setName(from, name, nil)
      setName(to, newName, node)
    case .swap(let folder, let name, let node, let other, let otherName, let otherNode):
      setName(folder, name, otherNode)
      setName(other, otherName, node)
    case .write(let file, let offset, let bytes): write(file, offset, bytes, part)
    case .resize(let file, let length):
      guard case .file(let old) = nodes[file].body else { return }
      nodes[file].body = .file(
        Array(old.prefix(length)) + [UInt8](repeating: 0, count: max(0, length - old.count)))
    case .setMode(let node, let mode): nodes[node].mode = mode
    }
  }

  private mutating func setName(_ folder: Int, _ name: String, _ node: Int?) {
    guard case .folder(var names) = nodes[folder].body else { return }
    names[name] = node
    nodes[folder].body = .folder(names)
  }

  private mutating func write(_ file: Int, _ offset: Int, _ bytes: [UInt8], _ part: DiskChange.Part) {
    guard case .file(var content) = nodes[file].body else { return }
    let written =
      switch part {
      case .zeros: [UInt8](repeating: 0, count: bytes.count)
      case .half: Array(bytes.prefix(bytes.count / 2))
      case .whole, .nothing: bytes
      }
    let end = offset + written.count
    if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
    content.replaceSubrange(offset..<end, with: written)
    nodes[file].body = .file(content)
  }
}
