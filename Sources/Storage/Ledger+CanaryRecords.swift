internal import GRDB
package import Platform
internal import Releases
package import StrictJSON

/// What is kept beside a canary's row: the figures of its verdict, what it wrote to standard error, and what people did
/// to it.
package struct CanaryNotes: Hashable, Sendable {
  /// The record of the verdict with all figures; null until there is one.
  package var record: JSON = .null
  /// The end of what the candidate wrote to standard error.
  package var errorTail = ""
  /// Who ended or extended it and why; empty when nobody did.
  package var remark = ""

  /// Nothing is noted yet.
  package init() {}
}

extension Ledger {
  /// The largest record of a verdict in bytes; a larger one is not kept.
  package static let recordLimit = 1 << 20

  /// What is kept beside a canary; empty for one of before there were notes.
  package func canaryNotes(_ id: Int64) throws(StorageError) -> CanaryNotes {
    try rows("canary_notes", "SELECT * FROM canary_notes WHERE run = ?", [id]) { row throws(StorageError) in
      var notes = CanaryNotes()
      notes.record = try row.json("record")
      notes.errorTail = try row.text("errors")
      notes.remark = try row.text("remark")
      return notes
    }.first ?? CanaryNotes()
  }

  /// Keeps the record of a verdict, and only those of the newest runs.
  package func keepRecord(_ record: JSON, of id: Int64) throws(StorageError) {
    let text = record.text()
    guard text.utf8.count <= Self.recordLimit else { return }
    try write { database in
      try Self.note(id, "record", text, database)
      let old = """
        UPDATE canary_notes SET record = 'null', errors = '' WHERE run NOT IN (
          SELECT id FROM canary_runs WHERE plugin = (SELECT plugin FROM canary_runs WHERE id = ?1)
          ORDER BY id DESC LIMIT ?2)
        AND run IN (SELECT id FROM canary_runs WHERE plugin = (SELECT plugin FROM canary_runs WHERE id = ?1))
        """
      try database.execute(sql: old, arguments: [id, Self.sampledRunLimit])
    }
  }

  /// Keeps the end of what a candidate wrote to standard error.
  package func keepErrorTail(_ text: String, of id: Int64) throws(StorageError) {
    try write { try Self.note(id, "errors", text.forLedger, $0) }
  }

  /// Ends a running canary by a person's word.
  ///
  /// Whoever observes it learns so after its round.
  ///
  /// - Returns: whether the run was still running.
  package func abortCanary(_ id: Int64, remark: String, at now: Instant) throws(StorageError) -> Bool {
    try write { database in
      let sql = "UPDATE canary_runs SET state = 'aborted', ended = ? WHERE id = ? AND state = 'running'"
      try database.execute(sql: sql, arguments: [now.rfc3339, id])
      guard database.changesCount == 1 else { return false }
      try Self.note(id, "remark", remark.forLedger, database)
      return true
    }
  }

  /// Asks for more observed time; less is never asked for this way.
  ///
  /// Whoever observes the run learns so after its next round.
  package func extendCanary(_ id: Int64, to required: Duration, remark: String) throws(StorageError) {
    try write { database in
      try database.execute(
        sql: "UPDATE canary_runs SET required_ms = max(required_ms, ?) WHERE id = ?",
        arguments: [required.milliseconds, id])
      try Self.note(id, "remark", remark.forLedger, database)
    }
  }

  /// Goes on with a canary for another time than it was begun with; nothing changes where somebody extended it.
  package func resumeCanary(
    _ run: CanaryRun, required: Duration, isShortened: Bool
  ) throws(StorageError) -> CanaryRun {
    guard try canaryNotes(run.id).remark.isEmpty else { return run }
    try write { database in
      try database.execute(
        sql: "UPDATE canary_runs SET required_ms = ?, shortened = ? WHERE id = ?",
        arguments: [required.milliseconds, isShortened ? 1 : 0, run.id])
    }
    return try canary(run.id)
  }

  /// The newest samples of a canary, oldest first.
  package func lastSamples(of id: Int64, limit: Int) throws(StorageError) -> [CanarySample] {
    let sql = "SELECT * FROM canary_samples WHERE run = ? ORDER BY id DESC LIMIT ?"
    return try rows("canary_samples", sql, [id, max(0, limit)]) { row throws(StorageError) in
      CanarySample(
        offset: try row.milliseconds("observed_ms"), probe: try row.text("probe"), outcome: try row.text("outcome"),
        latency: row.optionalInteger("latency_us"), detail: row.optionalText("detail"))
    }.reversed()
  }

  /// `column` is one of this file's own words.
  private static func note(_ id: Int64, _ column: String, _ text: String, _ database: Database) throws {
    try database.execute(
      sql: """
        INSERT INTO canary_notes (run, record, errors, remark) VALUES (?1, 'null', '', '')
        ON CONFLICT (run) DO NOTHING
        """, arguments: [id])
    try database.execute(sql: "UPDATE canary_notes SET \(column) = ?2 WHERE run = ?1", arguments: [id, text])
  }
}
