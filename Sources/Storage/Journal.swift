internal import Platform
internal import Signing
internal import StrictJSON
internal import SystemPackage

/// What a switch was about to do, in a file that survives everything.
///
/// One record a line: 16 hexadecimal digits of the SHA-256 of the text, its length in bytes, the text (JSON). Every
/// record carries the whole intent, so the last readable one says all there is to know. A torn tail is ignored, and
/// cut off before the next record is written; every record is on the disk before the step that follows it.
struct Journal {
  private let path: FilePath
  private let disk: Disk
  /// The last readable record; nil when nothing was ever begun.
  private(set) var last: JournalRecord?
  /// The length in bytes up to which the file can be read.
  private var validLength: Int64
  private var length: Int64
  private var exists: Bool

  /// Reads a journal; one that is absent is empty.
  init(_ path: FilePath, disk: Disk) throws(StorageError) {
    self.path = path
    self.disk = disk
    let bytes = try disk.readIfPresent(path, limit: StorageLimits.journalBytes)
    exists = bytes != nil
    length = Int64(bytes?.count ?? 0)
    (last, validLength) = Self.read(bytes ?? [])
  }

  /// The record of a switch that was begun and neither finished nor undone.
  var open: JournalRecord? {
    guard let last, last.step.isOpen else { return nil }
    return last
  }

  /// Writes a record and waits until it is on the disk.
  mutating func append(_ record: JournalRecord) throws(StorageError) {
    if !exists {
      try disk.writeNew([], to: path, mode: 0o600)
      try disk.sync(directory: path.removingLastComponent())
      exists = true
    }
    let isQuiet = open == nil && validLength > Int64(StorageLimits.journalBytes / 4)
    if isQuiet || validLength < length { try cut(to: isQuiet ? 0 : validLength) }
    let line = Self.line(for: record)
    try disk.run { () throws(FileError) in
      let file = try disk.files.openForAppending(path)
      try file.write(line)
      try file.sync()
      try file.close()
    }
    length += Int64(line.count)
    validLength = length
    last = record
  }

  private mutating func cut(to length: Int64) throws(StorageError) {
    try disk.run { () throws(FileError) in try disk.files.truncate(path, to: length) }
    self.length = length
    validLength = length
  }

  /// One record as it stands in the file.
  static func line(for record: JournalRecord) -> [UInt8] {
    let text = record.json.serialized(pretty: false)
    return Array("\(checksum(text)) \(text.count) ".utf8) + text + [UInt8(ascii: "\n")]
  }

  /// The last readable record, and the length in bytes up to the end of it.
  ///
  /// A line that is damaged is passed over.
  static func read(_ bytes: [UInt8]) -> (last: JournalRecord?, validLength: Int64) {
    var last: JournalRecord?
    var validLength: Int64 = 0
    var start = 0
    while start < bytes.count, let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      if let record = record(in: bytes[start..<end]) {
        last = record
        validLength = Int64(end + 1)
      }
      start = end + 1
    }
    return (last, validLength)
  }

  private static func record(in line: ArraySlice<UInt8>) -> JournalRecord? {
    let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    let text = Array(parts[2])
    guard parts[0].elementsEqual(checksum(text).utf8), parts[1].elementsEqual(String(text.count).utf8),
      let json = try? JSON.parse(text)
    else { return nil }
    return JournalRecord(json: json)
  }

  private static func checksum(_ text: [UInt8]) -> String { String(SHA256Digest.of(text).hex.prefix(16)) }
}

/// One record: the whole intent, and how far it got.
struct JournalRecord: Hashable {
  /// How far a switch got.
  enum Step: String {
    /// It is wanted; copies may be half made.
    case intended
    /// Snapshot and copies are complete and on the disk; nothing has changed for the plugin.
    case prepared
    /// `current` (and the state, for a rollback) are the new ones.
    case switched
    /// Everything is done.
    case finished
    /// Everything is as it was before.
    case undone

    /// Whether something is left to do.
    var isOpen: Bool { self != .finished && self != .undone }
  }

  /// What is wanted.
  enum Intent: String {
    /// Another tree, the state stays.
    case activate
    /// A tree of before, with its state or with the present one.
    case rollback
  }

  let intent: Intent
  let from: TreeName?
  let to: TreeName
  /// The number of the snapshot that keeps what is replaced; nil when there is nothing to keep.
  let saves: Int?
  /// The number of the snapshot whose state comes back; nil when the present state stays.
  let restores: Int?
  var step: Step
  /// How many times recovery has tried to end this switch.
  var attempts = 0

  /// The same switch, further on.
  func reached(_ step: Step) -> JournalRecord {
    var record = self
    record.step = step
    return record
  }
}

extension JournalRecord {
  init?(json: JSON) {
    guard json["format"]?.intValue == 1, let intent = json["intent"]?.stringValue.flatMap(Intent.init(rawValue:)),
      let to = json["to"]?.stringValue.flatMap({ TreeName($0) }),
      let step = json["step"]?.stringValue.flatMap(Step.init(rawValue:)), let attempts = json["attempts"]?.intValue
    else { return nil }
    self.intent = intent
    self.to = to
    self.step = step
    self.attempts = attempts
    from = json["from"]?.stringValue.flatMap { TreeName($0) }
    saves = json["saves"]?.intValue
    restores = json["restores"]?.intValue
  }

  var json: JSON {
    [
      "format": 1, "step": .string(step.rawValue), "intent": .string(intent.rawValue), "to": .string(to.text),
      "from": from.map { .string($0.text) } ?? .null, "saves": saves.map { .int($0) } ?? .null,
      "restores": restores.map { .int($0) } ?? .null, "attempts": .int(attempts),
    ]
  }
}
