internal import Platform
internal import Releases
internal import Signing
internal import StrictJSON
internal import Synchronization

/// Writes the calls of one session to its plugin's audit log, beside other sessions that do the same.
///
/// A record is on its way to the disk when its call returns; it is waited for now and then, and at the end. Nothing
/// here fails a call: what cannot be written now is kept, within bounds, and what does not fit any more is counted.
package final class AuditWriter: Sendable {
  /// How many calls wait at the most when the log cannot be written.
  static let mostWaiting = 1024
  /// After how many records the disk is waited for, aside from the calls.
  static let syncInterval = 64
  /// How long calls only wait after the log could not be written: each try may take its time.
  private static let pause = Duration.seconds(1)
  /// How often the file may be moved away while it is being taken.
  private static let attempts = 8

  private struct State {
    var file: (any SharedFile)?
    var inode: UInt64 = 0
    /// The end of the file as it was left, which is still true while the size is the same.
    var size: Int64 = -1
    var last: AuditHead?
    var waiting: [(AuditCall, Instant)] = []
    var lost = 0
    var unsynced = 0
    var hasWritten = false
    /// When it is tried again after it could not be written.
    var nextTry = Duration.zero
  }

  private let plugin: String
  private let place: AuditPlace
  private let clock: any WallClock
  private let fileLimit: Int64
  private let state = Mutex(State())

  /// Prepares to write; nothing is made before there is something to write.
  package convenience init(_ plugin: PluginFolder) { self.init(plugin, fileLimit: AuditPlace.fileLimit) }

  init(_ plugin: PluginFolder, fileLimit: Int64) {
    self.fileLimit = fileLimit
    self.plugin = plugin.name.text
    place = AuditPlace(plugin)
    clock = plugin.machine.clock
  }

  /// Records a call.
  package func append(_ call: AuditCall) {
    let due = state.withLock { state -> (any SharedFile, AuditHead)? in
      if state.waiting.count < Self.mostWaiting {
        state.waiting.append((call, clock.now()))
      } else {
        state.lost += 1
      }
      guard clock.uptime() >= state.nextTry else { return nil }
      guard (try? writeWaiting(&state)) != nil else {
        state.nextTry = clock.uptime() + Self.pause
        return nil
      }
      guard state.unsynced >= Self.syncInterval, let file = state.file,
        let last = state.last
      else { return nil }
      state.unsynced = 0
      return (file, last)
    }
    guard let due else { return }
    Task { [place] in try? Self.settle(due.0, due.1, place) }
  }

  /// Ends the session's records: everything is on the disk when this returns.
  ///
  /// - Returns: how many calls could not be recorded.
  /// - Throws: `file` when the disk refuses.
  @discardableResult
  package func close() throws(StorageError) -> Int {
    let (due, lost, failure) = state.withLock { state -> ((any SharedFile, AuditHead)?, Int, StorageError?) in
      var failure: StorageError?
      do throws(StorageError) { try writeWaiting(&state) } catch { failure = error }
      let lost = state.lost + state.waiting.count
      guard state.hasWritten, let file = state.file, let last = state.last else { return (nil, lost, failure) }
      return ((file, last), lost, failure)
    }
    if let due { try Self.settle(due.0, due.1, place) }
    if let failure { throw failure }
    return lost
  }

  /// Waits for the disk, and only then says beside the log how far it goes: a power cut must not look like tampering.
  private static func settle(_ file: any SharedFile, _ last: AuditHead, _ place: AuditPlace) throws(StorageError) {
    try place.disk.run { () throws(FileError) in try file.sync() }
    try place.disk.run { () throws(FileError) in
      try place.disk.files.replace(place.headPath, with: last.bytes, mode: 0o600)
    }
  }

  private func writeWaiting(_ state: inout State) throws(StorageError) {
    for _ in 0..<Self.attempts {
      guard !state.waiting.isEmpty || state.lost > 0 else { return }
      let file = try open(&state)
      let taken = try place.disk.run { () throws(FileError) in try file.takeSoon() }
      guard taken else { throw .locked(path: place.file(0), holder: "another session") }
      defer { file.release() }
      let held = try place.disk.run { () throws(FileError) in try file.status() }
      guard let visible = try place.disk.status(place.file(0)), visible.inode == held.inode else {
        state.file = nil
        continue
      }
      if held.size >= fileLimit {
        // What comes after must not be on the disk before what came before.
        try place.disk.run { () throws(FileError) in try file.sync() }
        try place.rotate()
        state.file = nil
        continue
      }
      var lines = try beginning(&state, file, size: held.size)
      if state.lost > 0 { add(.lost(state.lost), clock.now(), &state, &lines) }
      for (call, time) in state.waiting { add(.call(call), time, &state, &lines) }
      let end = held.size
      state.size = -1
      try place.disk.run { () throws(FileError) in try file.append(lines) }
      state.size = end + Int64(lines.count)
      state.unsynced += state.waiting.count
      state.hasWritten = true
      state.waiting = []
      state.lost = 0
      return
    }
    throw .locked(path: place.file(0), holder: "another session")
  }

  private func open(_ state: inout State) throws(StorageError) -> any SharedFile {
    if let file = state.file { return file }
    try place.disk.ensureDirectory(place.folder)
    let file = try place.disk.run { () throws(FileError) in
      try place.disk.files.openShared(place.file(0), mode: 0o600)
    }
    state.file = file
    state.size = -1
    return file
  }

  /// Finds the end of the chain unless it is known, and says what is the matter with it.
  private func beginning(_ state: inout State, _ file: any SharedFile, size: Int64) throws(StorageError) -> [UInt8] {
    if size == state.size, size > 0 { return [] }
    var lines: [UInt8] = []
    let tail = try place.disk.run { () throws(FileError) in
      let tail = try place.tail(size: size) { offset, buffer throws(FileError) in
        try file.read(at: offset, into: &buffer)
      }
      if tail.torn > 0 { try file.truncate(to: size - tail.torn) }
      return tail
    }
    let head = try place.head()
    let now = clock.now()
    if tail.hasLines {
      state.last = tail.last
      // A last line that is no record breaks the chain where it stands; the next ones go on after what was known.
      if tail.last == nil { state.last = head }
    } else {
      state.last = try place.tail(of: place.file(1))?.last
      if state.last != nil { add(.rotated, now, &state, &lines) }
    }
    if let head, state.last.map({ $0.number < head.number }) ?? true {
      state.last = head
      add(.gap(through: head.number), now, &state, &lines)
    }
    if state.last == nil { add(.chain(SecureRandom.hex(bytes: 16)), now, &state, &lines) }
    if tail.torn > 0 { add(.cut(bytes: tail.torn), now, &state, &lines) }
    return lines
  }

  private func add(_ content: AuditRecord.Content, _ time: Instant, _ state: inout State, _ lines: inout [UInt8]) {
    guard let zeros = AuditRecord.zeros else { return }
    let record = AuditRecord(
      plugin: plugin, number: state.last.map { $0.number &+ 1 } ?? 0, previous: state.last?.digest ?? zeros, time: time,
      content: content)
    let line = record.json.serialized()
    state.last = AuditHead(number: record.number, digest: .of(line))
    lines += line
    lines.append(UInt8(ascii: "\n"))
  }
}
