internal import Platform
internal import Signing
internal import SystemPackage

extension PluginFolder {
  /// The files of the audit log: `log`, the older `log.1` to `log.4`, and `head`.
  var auditFolder: FilePath { root.appending("audit") }
}

/// Where a plugin's audit log lies, and how its end is found.
struct AuditPlace: Sendable {
  /// How large one file may grow, in bytes.
  static let fileLimit: Int64 = 8 << 20
  /// How many older files stay.
  static let olderFiles = 4
  static let headName = "head"

  let folder: FilePath
  let disk: Disk

  init(_ plugin: PluginFolder) {
    folder = plugin.auditFolder
    disk = plugin.disk
  }

  /// A file by its age: 0 is the one that is written to.
  func file(_ age: Int) -> FilePath { folder.appending(Self.name(age)) }

  static func name(_ age: Int) -> String { age == 0 ? "log" : "log.\(age)" }

  static func isName(_ name: String) -> Bool { name == headName || (0...olderFiles).contains { Self.name($0) == name } }

  var headPath: FilePath { folder.appending(Self.headName) }

  /// The last record that was known to be on the disk.
  func head() throws(StorageError) -> AuditHead? {
    try disk.readIfPresent(headPath, limit: 4096).flatMap(AuditHead.init(bytes:))
  }

  /// Makes room for a new file: each older one moves on, and the oldest goes.
  func rotate() throws(StorageError) {
    for age in stride(from: Self.olderFiles - 1, through: 0, by: -1) where try disk.exists(file(age)) {
      try disk.rename(file(age), to: file(age + 1))
    }
  }

  /// Where a file ends.
  struct Tail: Hashable {
    /// The last whole line; nil when there is none, or when it is no record.
    var last: AuditHead?
    /// Whether there is a whole line at all.
    var hasLines = false
    /// How many bytes follow the last whole line.
    var torn: Int64 = 0
  }

  /// Looks at the end of a file.
  func tail(size: Int64, _ read: (Int64, inout [UInt8]) throws(FileError) -> Int) throws(FileError) -> Tail {
    let start = max(0, size - Int64(2 * AuditRecord.lineLimit))
    var bytes: [UInt8] = []
    while Int64(bytes.count) < size - start {
      var part = [UInt8](repeating: 0, count: Int(size - start) - bytes.count)
      let count = try read(start + Int64(bytes.count), &part)
      if count == 0 { break }
      bytes += part[..<count]
    }
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return Tail(torn: Int64(bytes.count)) }
    let begin = bytes[..<end].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let line = Array(bytes[begin..<end])
    let last = AuditRecord(line: line).map { AuditHead(number: $0.number, digest: .of(line)) }
    return Tail(last: last, hasLines: true, torn: Int64(bytes.count - end - 1))
  }

  /// The end of a file that is not written to any more.
  func tail(of path: FilePath) throws(StorageError) -> Tail? {
    guard try disk.exists(path) else { return nil }
    let file = try disk.open(path)
    return try disk.run { () throws(FileError) in
      try tail(size: try file.size()) { offset, buffer throws(FileError) in try file.read(at: offset, into: &buffer) }
    }
  }
}
