internal import GRDB
internal import Platform
package import SystemPackage

extension Ledger {
  /// Writes a complete copy of a ledger's file as it is, changing nothing of it, whoever else uses it now.
  ///
  /// - Throws: `ledgerUnusable`, `locked`, `file`.
  package static func copy(_ path: FilePath, to copy: FilePath) throws(StorageError) {
    try look(at: path) { try $0.execute(sql: "VACUUM INTO ?", arguments: [copy.string]) }
  }

  /// Whether this program would change the tables of a ledger when it opens it; older programs could not read it then.
  ///
  /// - Throws: `ledgerUnusable`, `ledgerTooNew`, `locked`.
  package static func wouldMigrate(_ path: FilePath) throws(StorageError) -> Bool {
    let migrator = LedgerSchema.migrator
    return try look(at: path) { database in
      guard try !migrator.hasBeenSuperseded(database) else { throw StorageError.ledgerTooNew(path: path) }
      return try !migrator.hasCompletedMigrations(database)
    }
  }

  /// Opens a ledger's file without writing and asks it one thing.
  private static func look<Value>(
    at path: FilePath, _ body: (Database) throws -> Value
  ) throws(StorageError) -> Value {
    var configuration = Configuration()
    configuration.label = "serin.ledger.look"
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    _ = LedgerLog.listens
    do {
      let queue = try DatabaseQueue(path: path.string, configuration: configuration)
      return try queue.inDatabase(body)
    } catch {
      throw refusal(error, path)
    }
  }
}
