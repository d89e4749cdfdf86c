internal import Platform
package import Releases
internal import StrictJSON
internal import SystemPackage

/// What became of a plugin's sessions: an append-only file that several launchers write to at the same time.
///
/// One JSON object a line; a session has a line for its beginning, one when the plugin has answered `initialize`, and
/// one for its end. The file is `sessions`; when it is full it becomes `sessions.1`, and the one before that goes.
package struct SessionLog: Sendable {
  /// How large one of the two files may grow, in bytes.
  static let fileLimit: Int64 = 256 << 10
  static let name = "sessions"
  static let formerName = "sessions.1"

  private let plugin: PluginFolder

  /// The log of a plugin; nothing is made or read.
  package init(_ plugin: PluginFolder) { self.plugin = plugin }

  private var disk: Disk { plugin.disk }
  private var path: FilePath { plugin.root.appending(Self.name) }
  private var formerPath: FilePath { plugin.root.appending(Self.formerName) }

  /// Notes that a session begins, under the name of its mark.
  ///
  /// - Returns: the record as it was written.
  package func begin(_ mark: RunningMark, version: ReleaseVersion, pid: Int32) throws(StorageError) -> SessionRecord {
    let record = SessionRecord(
      id: mark.id, started: plugin.machine.clock.now(), tree: mark.tree, version: version, pid: pid)
    try append(.begin(record))
    return record
  }

  /// Notes that the plugin has answered `initialize` with a result.
  package func noteAnswer(_ id: String) throws(StorageError) {
    try append(.answered(id: id, plugin.machine.clock.now()))
  }

  /// Notes how a session ended.
  package func noteEnd(_ id: String, _ end: SessionEnd) throws(StorageError) { try append(.end(id: id, end)) }

  /// The sessions that are still known, oldest first: what a damaged line says is passed over.
  ///
  /// A session without an end whose launcher is gone counts as lost, from now on.
  package func records() throws(StorageError) -> [SessionRecord] {
    var order: [String] = []
    var records: [String: SessionRecord] = [:]
    for path in [formerPath, path] {
      let bytes = try disk.readIfPresent(path, limit: Int(2 * Self.fileLimit)) ?? []
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        guard let json = try? JSON.parse(Array(line)), let event = SessionEvent(json: json) else { continue }
        switch event {
        case .begin(let record):
          if records.updateValue(record, forKey: record.id) == nil { order.append(record.id) }
        case .answered(let id, let time): records[id]?.answered = time
        case .end(let id, let end): records[id]?.end = end
        }
      }
    }
    let running = Set(try plugin.runningSessions().map(\.id))
    let now = plugin.machine.clock.now()
    return order.compactMap { id in
      guard var record = records[id] else { return nil }
      if record.end == nil, !running.contains(id) { record.end = SessionEnd(time: now, cause: .lost) }
      return record
    }
  }

  private func append(_ event: SessionEvent) throws(StorageError) {
    let line = event.json.serialized(pretty: false) + [UInt8(ascii: "\n")]
    try disk.run { () throws(FileError) in
      // Whoever holds the file may have moved it away: then the one that is there now is meant.
      for _ in 0..<8 {
        let file = try disk.files.openShared(path, mode: 0o600)
        guard try file.takeSoon() else { throw FileError(operation: "append to", path: path, reason: .busy) }
        defer { file.release() }
        let held = try file.status()
        guard let visible = try disk.files.status(path), visible.inode == held.inode else { continue }
        guard held.size < Self.fileLimit else {
          try disk.files.rename(path, to: formerPath)
          continue
        }
        return try file.append(line)
      }
      throw FileError(operation: "append to", path: path, reason: .busy)
    }
  }
}
