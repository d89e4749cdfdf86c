internal import GRDB
internal import Platform
internal import Releases
internal import StrictJSON

/// One row of the ledger, read with types; whatever does not fit is a `ledgerRow` error that names the table.
struct LedgerRow {
  let table: String
  let row: Row

  func text(_ column: String) throws(StorageError) -> String {
    guard let text = optionalText(column) else { throw wrong(column) }
    return text
  }

  func optionalText(_ column: String) -> String? { String.fromDatabaseValue(row[column] as DatabaseValue) }

  func integer(_ column: String) throws(StorageError) -> Int64 {
    guard let number = Int64.fromDatabaseValue(row[column] as DatabaseValue) else { throw wrong(column) }
    return number
  }

  func optionalInteger(_ column: String) -> Int64? { Int64.fromDatabaseValue(row[column] as DatabaseValue) }

  func flag(_ column: String) throws(StorageError) -> Bool { try integer(column) != 0 }

  func milliseconds(_ column: String) throws(StorageError) -> Duration { .milliseconds(try integer(column)) }

  func time(_ column: String) throws(StorageError) -> Instant {
    guard let time = Instant(rfc3339: try text(column)) else { throw wrong(column) }
    return time
  }

  func optionalTime(_ column: String) throws(StorageError) -> Instant? {
    optionalText(column) == nil ? nil : try time(column)
  }

  func json(_ column: String) throws(StorageError) -> JSON {
    guard let json = try? JSON.parse(Array(try text(column).utf8), limits: .own) else { throw wrong(column) }
    return json
  }

  func plugin(_ column: String = "plugin") throws(StorageError) -> PluginName {
    guard let name = try? PluginName(try text(column)) else { throw wrong(column) }
    return name
  }

  func version(_ column: String) throws(StorageError) -> ReleaseVersion {
    guard let version = try? ReleaseVersion(try text(column)) else { throw wrong(column) }
    return version
  }

  func optionalVersion(_ column: String) throws(StorageError) -> ReleaseVersion? {
    optionalText(column) == nil ? nil : try version(column)
  }

  func tree(_ column: String) throws(StorageError) -> TreeName {
    guard let tree = TreeName(try text(column)) else { throw wrong(column) }
    return tree
  }

  func optionalTree(_ column: String) throws(StorageError) -> TreeName? {
    optionalText(column) == nil ? nil : try tree(column)
  }

  func value<Value: RawRepresentable<String>>(_ column: String) throws(StorageError) -> Value {
    guard let value = Value(rawValue: try text(column)) else { throw wrong(column) }
    return value
  }

  private func wrong(_ column: String) -> StorageError {
    .ledgerRow(table: table, reason: "the column \(column) is missing or malformed")
  }
}

extension Ledger {
  /// Reads rows with their table's name for errors.
  func rows<Value>(
    _ table: String, _ sql: String, _ arguments: StatementArguments = [],
    _ make: (LedgerRow) throws(StorageError) -> Value
  ) throws(StorageError) -> [Value] {
    try read { database in
      try Row.fetchAll(database, sql: sql, arguments: arguments).map { try make(LedgerRow(table: table, row: $0)) }
    }
  }
}

extension Duration {
  /// Whole milliseconds, towards zero; what no 64 bits can hold is the nearest that they can.
  var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    let (sum, again) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
    return again ? (seconds < 0 ? .min : .max) : sum
  }
}

extension String {
  /// The text, cut to the limit of one column.
  var forLedger: String {
    utf8.count <= Ledger.textLimit ? self : String(decoding: utf8.prefix(Ledger.textLimit - 4), as: UTF8.self) + "…"
  }
}
