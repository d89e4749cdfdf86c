internal import GRDB
package import Platform
package import Releases
internal import Signing

/// How far a plugin's audit log went when somebody looked.
package struct NotedAuditHead: Hashable, Sendable {
  /// The plugin.
  package let plugin: PluginName
  /// The last record that was on the disk.
  package let head: AuditHead
  /// When that was noted.
  package let time: Instant
}

extension Ledger {
  /// Notes how far a plugin's audit log goes; what was noted before is replaced unless it went further.
  package func note(_ head: AuditHead, of plugin: PluginName, at time: Instant) throws(StorageError) {
    try write { database in
      try database.execute(
        sql: """
          INSERT INTO audit_heads VALUES (?, ?, ?, ?) ON CONFLICT (plugin) DO UPDATE SET
            number = excluded.number, digest = excluded.digest, time = excluded.time
            WHERE excluded.number > number
          """,
        arguments: [plugin.text, head.number, head.digest.hex, time.rfc3339])
    }
  }

  /// How far the audit logs went when that was noted last, sorted by plugin.
  package func auditHeads() throws(StorageError) -> [NotedAuditHead] {
    try rows("audit_heads", "SELECT * FROM audit_heads ORDER BY plugin") { row throws(StorageError) in
      guard let digest = SHA256Digest(hex: try row.text("digest")) else {
        throw .ledgerRow(table: "audit_heads", reason: "its digest is none")
      }
      return NotedAuditHead(
        plugin: try row.plugin(), head: AuditHead(number: try row.integer("number"), digest: digest),
        time: try row.time("time"))
    }
  }
}
