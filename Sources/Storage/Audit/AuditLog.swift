internal import Platform
internal import Signing
internal import SystemPackage

/// The audit log of a plugin, as it is read: the files from the oldest to the one that is written to.
package struct AuditLog: Sendable {
  /// What a check has found.
  package struct Verification: Hashable, Sendable {
    /// How many records follow each other without a fault.
    package var records = 0
    /// How many of them are calls.
    package var calls = 0
    /// The number of the first record that is still there: 0 unless older files went.
    package var first: Int64?
    /// The last record that is good.
    package var last: AuditHead?
    /// How many calls could not be recorded, by the log's own word.
    package var lost = 0
    /// Unfinished lines that a stopped machine left and a later session cut off.
    package var cuts = 0
    /// The first fault; nil when there is none.
    package var fault: Fault?
  }

  /// Where a log is not what was written.
  package struct Fault: Hashable, Sendable {
    /// The file, by its name in the plugin's folder.
    package let file: String
    /// The line in it, from 1; nil when it is about the file as a whole.
    package let line: Int?
    /// The number that the record should have.
    package let record: Int64?
    /// What is wrong, with both sides.
    package let reason: String
  }

  private let place: AuditPlace

  /// The log of a plugin; nothing is read.
  package init(_ plugin: PluginFolder) { place = AuditPlace(plugin) }

  /// The last record that is known to be on the disk, by the word that lies beside the log; nil before the first.
  ///
  /// Whoever keeps it elsewhere can hand it to ``verify(known:)`` later.
  package func head() throws(StorageError) -> AuditHead? { try place.head() }

  /// Whether the plugin has a log.
  package func exists() throws(StorageError) -> Bool { try place.disk.exists(place.folder) }

  /// Whether the log ends with a record; only its end is read.
  package func ends(with head: AuditHead) throws(StorageError) -> Bool {
    try place.tail(of: place.file(0))?.last == head
  }

  /// Calls a closure with every record and its line, from the oldest on, until it returns false; what is no record is
  /// passed over.
  package func forEach(_ body: (AuditRecord, [UInt8]) -> Bool) throws(StorageError) {
    for path in try files() {
      var lines = AuditLines(try place.disk.open(path))
      while let line = try next(&lines) {
        guard case .whole(let bytes) = line, let record = AuditRecord(line: bytes) else { continue }
        guard body(record, bytes) else { return }
      }
    }
  }

  /// Checks the whole chain.
  ///
  /// - Parameter known: heads that were noted elsewhere; each must still be in the chain, unless its file went.
  package func verify(known: [AuditHead] = []) throws(StorageError) -> Verification {
    var walk = AuditWalk(known: known)
    // Before the files: what is written meanwhile only makes the chain longer.
    let head = try place.head()
    if let head { walk.known.append(head) }
    let paths = try files()
    for (index, path) in paths.enumerated() {
      let name = "audit/" + (path.lastComponent?.string ?? "")
      var lines = AuditLines(try place.disk.open(path))
      walk.begin(name, isLast: index == paths.count - 1)
      while walk.result.fault == nil, let line = try next(&lines) { walk.take(line) }
    }
    walk.end()
    return walk.result
  }

  /// The files that are there, the oldest first.
  private func files() throws(StorageError) -> [FilePath] {
    var found: [FilePath] = []
    for age in stride(from: AuditPlace.olderFiles, through: 0, by: -1) where try place.disk.exists(place.file(age)) {
      found.append(place.file(age))
    }
    return found
  }

  private func next(_ lines: inout AuditLines) throws(StorageError) -> AuditLines.Line? {
    try place.disk.run { () throws(FileError) in try lines.next() }
  }
}

/// One walk along a chain.
struct AuditWalk {
  var result = AuditLog.Verification()
  var known: [AuditHead]
  private var file = "audit/log"
  private var line = 0
  private var isLastFile = true

  init(known: [AuditHead]) { self.known = known }

  mutating func begin(_ name: String, isLast: Bool) {
    file = name
    line = 0
    isLastFile = isLast
  }

  mutating func take(_ found: AuditLines.Line) {
    line += 1
    switch found {
    case .tooLong: fail("a line of more than \(AuditRecord.lineLimit) bytes is no record")
    // Whoever writes now, or was stopped while writing, leaves an unfinished line at the very end.
    case .torn: if !isLastFile { fail("the file ends in the middle of a line") }
    case .whole(let bytes):
      guard let record = AuditRecord(line: bytes) else { return fail("it is no record") }
      take(record, bytes)
    }
  }

  private mutating func take(_ record: AuditRecord, _ bytes: [UInt8]) {
    // A later session has noticed it: its own record begins where the missing ones end.
    if case .gap(let through) = record.content {
      let next = result.last.map { $0.number &+ 1 } ?? 0
      return fail("the records \(next) to \(through) are missing: the log was cut short")
    }
    if let last = result.last {
      guard record.number == last.number &+ 1 else {
        return fail("it has the number \(record.number), expected \(last.number &+ 1)")
      }
      guard record.previous == last.digest else {
        return fail(
          "it follows a record with the digest …\(record.previous.lastSix), the one before has …\(last.digest.lastSix)")
      }
    } else {
      switch record.content {
      case .chain where record.number == 0 && record.previous == AuditRecord.zeros: break
      case .rotated where line == 1: break
      default: return fail("the records before number \(record.number) are missing")
      }
      result.first = record.number
    }
    let digest = SHA256Digest.of(bytes)
    if let head = known.first(where: { $0.number == record.number }), head.digest != digest {
      return fail("its digest is …\(digest.lastSix), noted was …\(head.digest.lastSix)")
    }
    switch record.content {
    case .call: result.calls += 1
    case .lost(let count): result.lost &+= count
    case .cut: result.cuts += 1
    case .chain, .rotated, .gap: break
    }
    result.records += 1
    result.last = AuditHead(number: record.number, digest: digest)
  }

  /// Compares the end with what was noted elsewhere.
  mutating func end() {
    guard result.fault == nil, let furthest = known.max(by: { $0.number < $1.number }) else { return }
    let last = result.last?.number ?? -1
    guard furthest.number > last else { return }
    line = 0
    fail("the records \(last + 1) to \(furthest.number) are missing: the log was cut short")
  }

  private mutating func fail(_ reason: String) {
    guard result.fault == nil else { return }
    result.fault = AuditLog.Fault(
      file: file, line: line > 0 ? line : nil, record: result.last.map { $0.number &+ 1 } ?? result.first,
      reason: reason)
  }
}
