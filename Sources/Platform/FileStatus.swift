package import SystemPackage

/// What kind of thing a path names.
package enum FileKind: Hashable, Sendable {
  /// An ordinary file.
  case file
  /// A folder.
  case directory
  /// A symbolic link.
  case symlink
  /// A device, socket or named pipe.
  case other
}

/// What is known about a file without reading it.
package struct FileStatus: Hashable, Sendable {
  /// What kind of thing it is.
  package let kind: FileKind
  /// Its length in bytes.
  package let size: Int64
  /// Its permission bits, without the kind (at most 0o7777).
  package let mode: UInt16
  /// Its number within its file system.
  package let inode: UInt64
  /// The number of its file system.
  package let device: UInt64
  /// How many names it has.
  package let links: UInt64
  /// The number of the account that owns it.
  package let owner: UInt32
  /// When its content last changed.
  package let modified: Instant
  /// When anything of it last changed: its content, its mode, its owner, or how many names it has; only the kernel sets
  /// it.
  package let changed: Instant

  /// Makes a status from its parts.
  package init(
    kind: FileKind, size: Int64, mode: UInt16, inode: UInt64, device: UInt64, links: UInt64, owner: UInt32,
    modified: Instant, changed: Instant
  ) {
    self.kind = kind
    self.size = size
    self.mode = mode
    self.inode = inode
    self.device = device
    self.links = links
    self.owner = owner
    self.modified = modified
    self.changed = changed
  }
}

/// One name in a folder.
package struct DirectoryEntry: Hashable, Sendable {
  /// The name with exactly the bytes that the file system holds.
  package let component: FilePath.Component
  /// What kind of thing it names.
  package let kind: FileKind

  /// The name as text; bytes that are not UTF-8 are replaced, so use `component` to build paths.
  package var name: String { component.string }

  /// Makes an entry from its parts.
  package init(component: FilePath.Component, kind: FileKind) {
    self.component = component
    self.kind = kind
  }
}
