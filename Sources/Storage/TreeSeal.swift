package import Platform
package import Signing
internal import SystemPackage

/// What the kernel says of every entry of a tree at a moment when all of it had been read and was as it was signed.
///
/// As long as the kernel still says the same, nothing needs to be read again. Size, mode, number and time of the last
/// change of content are compared at every start of the plugin, for a bounded number of entries; the hourly look
/// compares all entries and the time of change of state, too, which only the kernel sets. Another hard link to a file
/// changes that time as well: the tree is then read again, and sealed anew.
package struct TreeSeal: Equatable, Sendable {
  /// How many entries are looked at when a plugin starts.
  package static let startEntries = 512

  /// One entry: a folder, a file or a link.
  struct Mark: Equatable, Sendable {
    let path: String
    /// Kind, mode, size, number and time of the last change of content, in one number.
    let stamp: UInt64
    /// The time of the last change of state, in nanoseconds since 1970.
    let changed: UInt64
  }

  /// The SHA-256 of the bundle manifest that the tree was read against.
  package let manifest: SHA256Digest
  /// When the whole tree was read last.
  package let read: Instant
  /// All entries, by path.
  let marks: [Mark]

  /// How many entries there are.
  package var entries: Int { marks.count }

  /// Looks at every entry of a tree.
  static func marks(of root: FilePath, disk: Disk) throws(StorageError) -> [Mark] {
    var marks: [Mark] = []
    var pending = [(path: "", full: root)]
    while let (folder, full) = pending.popLast() {
      if let status = try disk.status(full) { marks.append(Mark(folder, status)) }
      for entry in try disk.list(full) {
        let path = folder.isEmpty ? entry.name : folder + "/" + entry.name
        guard marks.count < StorageLimits.treeEntries else {
          throw .damaged(path: root, reason: "it holds more than \(StorageLimits.treeEntries) entries")
        }
        if entry.kind == .directory {
          pending.append((path, full.appending(entry.component)))
        } else if let status = try disk.status(full.appending(entry.component)) {
          marks.append(Mark(path, status))
        }
      }
    }
    return marks.sorted { $0.path < $1.path }
  }
}

extension TreeSeal.Mark {
  init(_ path: String, _ status: FileStatus) {
    self.path = path
    stamp = Self.stamp(status)
    let (nanoseconds, overflow) = status.changed.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    changed = overflow ? 0 : UInt64(bitPattern: nanoseconds &+ Int64(status.changed.nanoseconds))
  }

  /// FNV-1a over the facts, eight bytes at a time: whoever could aim at a collision could write the seal as well.
  static func stamp(_ status: FileStatus) -> UInt64 {
    let kind: UInt64 =
      switch status.kind {
      case .file: 1
      case .directory: 2
      case .symlink: 3
      case .other: 4
      }
    // The size of a folder is its file system's own affair.
    let size = status.kind == .directory ? 0 : UInt64(bitPattern: status.size)
    let facts = [
      kind, UInt64(status.mode), size, status.inode, UInt64(bitPattern: status.modified.seconds),
      UInt64(status.modified.nanoseconds.magnitude),
    ]
    return facts.reduce(0xcbf2_9ce4_8422_2325) { hash, fact in
      var hash = hash
      for shift in stride(from: 0, to: 64, by: 8) {
        hash = (hash ^ (fact >> UInt64(shift) & 0xff)) &* 0x100_0000_01b3
      }
      return hash
    }
  }
}

// MARK: - The file

extension TreeSeal {
  private static let magic = Array("serinsl1".utf8)
  /// The longest path is far below this, and 24,576 entries fit.
  static let maximumBytes = 32 << 20
  private static let headBytes = 8 + 32 + 8 + 4
  private static let markBytes = 8 + 8 + 4

  /// A head, then for each entry its two numbers and where its path ends, then all paths.
  var encoded: [UInt8] {
    var bytes = Self.magic + manifest.bytes
    Self.append(UInt64(bitPattern: read.seconds), 8, &bytes)
    Self.append(UInt64(marks.count), 4, &bytes)
    var end = 0
    var paths: [UInt8] = []
    for mark in marks {
      paths += Array(mark.path.utf8)
      end = paths.count
      Self.append(mark.stamp, 8, &bytes)
      Self.append(mark.changed, 8, &bytes)
      Self.append(UInt64(end), 4, &bytes)
    }
    return bytes + paths
  }

  /// Reads what ``encoded`` wrote; nil for anything else.
  init?(_ bytes: [UInt8]) {
    guard let reader = SealReader(bytes) else { return nil }
    var marks: [Mark] = []
    marks.reserveCapacity(reader.count)
    for index in 0..<reader.count {
      guard let mark = reader.mark(index) else { return nil }
      marks.append(mark)
    }
    self.init(manifest: reader.manifest, read: reader.read, marks: marks)
  }

  private static func append(_ number: UInt64, _ width: Int, _ bytes: inout [UInt8]) {
    for shift in 0..<width { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * shift))) }
  }

  /// Reads single entries out of a seal, so that a start does not pay for those that it does not look at.
  struct SealReader {
    let manifest: SHA256Digest
    let read: Instant
    let count: Int
    private let bytes: [UInt8]
    private let paths: Int

    init?(_ bytes: [UInt8]) {
      guard bytes.count >= headBytes, Array(bytes[0..<8]) == magic, let manifest = SHA256Digest(bytes: bytes[8..<40])
      else { return nil }
      let count = Int(clamping: Self.number(bytes, 48, 4))
      guard count <= (bytes.count - headBytes) / markBytes else { return nil }
      self.manifest = manifest
      read = Instant(seconds: Int64(bitPattern: Self.number(bytes, 40, 8)))
      self.count = count
      self.bytes = bytes
      paths = headBytes + count * markBytes
    }

    /// One entry; nil where the file is damaged.
    func mark(_ index: Int) -> Mark? {
      guard (0..<count).contains(index) else { return nil }
      let place = headBytes + index * markBytes
      let start = index == 0 ? 0 : Int(clamping: Self.number(bytes, place - markBytes + 16, 4))
      let end = Int(clamping: Self.number(bytes, place + 16, 4))
      guard start <= end, end <= bytes.count - paths else { return nil }
      return Mark(
        path: String(decoding: bytes[(paths + start)..<(paths + end)], as: UTF8.self),
        stamp: Self.number(bytes, place, 8), changed: Self.number(bytes, place + 8, 8))
    }

    private static func number(_ bytes: [UInt8], _ place: Int, _ width: Int) -> UInt64 {
      (0..<width).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }
  }
}
