internal import GRDB
internal import Platform
internal import Synchronization
package import SystemPackage

/// What this host remembers: installs, configuration values, history, canary runs, approvals and holds, in one SQLite
/// file.
///
/// Every change is on the disk when its call returns (write-ahead log, synchronous FULL). The truth about what runs
/// is never here but in each plugin's `current`.
package final class Ledger: Sendable {
  /// How many history entries stay; the oldest go first.
  package static let historyLimit = 50_000
  /// How many canary runs of one plugin stay.
  package static let runLimit = 50
  /// For how many of a plugin's canary runs the samples stay.
  package static let sampledRunLimit = 10
  /// How many samples one canary run may have; then older ones are thinned out.
  package static let sampleLimit = 100_000
  /// The longest text of one column in bytes; what is longer is cut.
  package static let textLimit = 64 << 10

  /// The file.
  package let path: FilePath
  private let queue = Mutex<DatabaseQueue?>(nil)

  /// Names a ledger that is opened when something is asked of it for the first time, and refuses what it refuses then.
  package init(whenNeeded path: FilePath) { self.path = path }

  /// Opens the ledger, making or migrating it where needed.
  ///
  /// - Throws: `ledgerUnusable` when the file is damaged or cannot be opened, `ledgerTooNew`, `locked`.
  package convenience init(_ path: FilePath) throws(StorageError) {
    self.init(whenNeeded: path)
    _ = try opened()
  }

  private func opened() throws(StorageError) -> DatabaseQueue {
    try queue.withLock { queue throws(StorageError) in
      if let queue { return queue }
      let opened = try Self.open(path)
      queue = opened
      return opened
    }
  }

  private static func open(_ path: FilePath) throws(StorageError) -> DatabaseQueue {
    var configuration = Configuration()
    configuration.label = "serin.ledger"
    configuration.busyMode = .timeout(5)
    configuration.foreignKeysEnabled = true
    // The file remembers that it has a write-ahead log; GRDB's own option would write and sync at every opening.
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    }
    _ = LedgerLog.listens
    do {
      let queue = try DatabaseQueue(path: path.string, configuration: configuration)
      let migrator = LedgerSchema.migrator
      guard try queue.read({ try !migrator.hasBeenSuperseded($0) }) else { throw StorageError.ledgerTooNew(path: path) }
      try migrator.migrate(queue)
      return queue
    } catch {
      throw refusal(error, path)
    }
  }

  /// Looks through the whole file for damage; an empty list is good.
  package func findings() throws(StorageError) -> [String] {
    let rows = try read { try String.fetchAll($0, sql: "PRAGMA quick_check(20)") }
    return rows == ["ok"] ? [] : rows
  }

  /// Moves what stands in the write-ahead log into the file itself, so that the file alone is a complete copy.
  package func checkpoint() throws(StorageError) {
    let queue = try opened()
    do { _ = try queue.writeWithoutTransaction { try $0.checkpoint(.truncate) } } catch {
      throw Self.refusal(error, path)
    }
  }

  func read<Value>(_ body: (Database) throws -> Value) throws(StorageError) -> Value {
    let queue = try opened()
    do { return try queue.read(body) } catch { throw Self.refusal(error, path) }
  }

  func write<Value>(_ body: (Database) throws -> Value) throws(StorageError) -> Value {
    let queue = try opened()
    do { return try queue.write(body) } catch { throw Self.refusal(error, path) }
  }

  static func refusal(_ error: any Error, _ path: FilePath) -> StorageError {
    if let error = error as? StorageError { return error }
    guard let error = error as? DatabaseError else { return .ledgerUnusable(path: path, reason: "\(error)") }
    if let refusal = LedgerLog.takeRefusal(of: path) { return .file(refusal) }
    switch error.resultCode {
    case .SQLITE_FULL: return .file(FileError(operation: "write", path: path, reason: .noSpace))
    case .SQLITE_IOERR: return .file(FileError(operation: "use", path: path, reason: .io))
    case .SQLITE_BUSY, .SQLITE_LOCKED: return .locked(path: path, holder: "another process")
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: return .ledgerUnusable(path: path, reason: "it is damaged or no SQLite file")
    default: return .ledgerUnusable(path: path, reason: error.message ?? error.resultCode.description)
    }
  }
}
