import Platform
import Releases
import Storage

/// What an agent sees of the entries that AI clients have for plugins of this host.
extension Agent {
  /// Looks at every entry that this host made; what somebody changed or removed behind its back is told once.
  func lookAtClients() {
    let entries: [ConnectionStatus]
    do { entries = try host.connections() } catch {
      return problem("the entries of AI clients could not be looked at: \(host.words(of: error))")
    }
    var found: [String: String] = [:]
    for entry in entries.prefix(AgentMemory.limit) {
      guard let finding = entry.finding else { continue }
      let name = "\(entry.record.path) \(entry.record.key)"
      found[name] = finding.sentence
      guard report.memory.entries[name] != finding.sentence else { continue }
      let mend = finding.command.map { "; to write it again: \($0)" } ?? ""
      tell(AgentNews(.warning, entry.record.plugin, finding.sentence + mend))
      do {
        _ = try host.ledger.record(
          HistoryEntry(time: now, plugin: entry.record.plugin, event: finding.code, reason: finding.sentence))
      } catch {
        problem("the history cannot be written: \(host.words(of: error))")
      }
    }
    report.memory.entries = found
  }
}
