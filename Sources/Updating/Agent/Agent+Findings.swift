import Platform
import Releases
import Storage

/// What an agent looks at besides releases and trees: entries of AI clients, and logs of calls.
extension Agent {
  /// Something that is not as this host left it.
  private struct Notice {
    /// What it is about, the same each time.
    let name: String
    let plugin: PluginName
    let finding: HealthFinding
  }

  /// Looks at everything that somebody may have changed behind this host's back; each change is told once.
  func lookAround() {
    var notices: [Notice] = []
    do { notices += try clientNotices() } catch {
      problem("the entries of AI clients could not be looked at: \(host.words(of: error))")
    }
    do { notices += try auditNotices() } catch {
      problem("the logs of calls could not be looked at: \(host.words(of: error))")
    }
    var found: [String: String] = [:]
    for notice in notices.prefix(AgentMemory.limit) {
      let sentence = notice.finding.sentence
      found[notice.name] = sentence
      if report.memory.findings[notice.name] != sentence { tell(notice) }
    }
    report.memory.findings = found
  }

  private func tell(_ notice: Notice) {
    let finding = notice.finding
    tell(AgentNews(.warning, notice.plugin, finding.sentence + (finding.command.map { "; next: \($0)" } ?? "")))
    do {
      _ = try host.ledger.record(
        HistoryEntry(time: now, plugin: notice.plugin, event: finding.code, reason: finding.sentence))
    } catch {
      problem("the history cannot be written: \(host.words(of: error))")
    }
  }

  private func clientNotices() throws -> [Notice] {
    try host.connections().compactMap { entry in
      entry.finding.map {
        Notice(name: "\(entry.record.path) \(entry.record.key)", plugin: entry.record.plugin, finding: $0)
      }
    }
  }

  /// Notes in the ledger how far the logs go, which is what a log that is cut short later is compared with.
  private func auditNotices() throws -> [Notice] {
    try host.noteAuditHeads().compactMap { check in
      check.found.fault.map { fault in
        Notice(
          name: "audit \(check.plugin)", plugin: check.plugin,
          finding: HealthFinding(
            .problem, code: "audit-changed",
            "the log of the calls of \(check.plugin) is not what was written: \(fault.reason)",
            command: "serin audit verify \(check.plugin.name)"))
      }
    }
  }
}
