import ArgumentParser
import Platform
import Releases
import Storage
import StrictJSON
import Updating

/// The command `serin history [NAME]`.
struct HistoryCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Show what happened to plugins, and why.",
    discussion: HelpText.make(
      "Every install, update, rollback, hold, approval and removal with its reason, newest first.",
      examples: ["serin history time", "serin history --limit 5 --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin (default: all).", completion: .plugin)
  var name: String?

  @Option(help: "How many entries at the most.")
  var limit = 50

  mutating func validate() throws {
    guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be 1 to 10000.") }
  }

  func perform(_ session: Session) async throws -> HistoryOutput {
    let host = try PluginHost.open(host, session)
    return HistoryOutput(
      entries: try host.ledger.history(of: try name.map { try host.pluginWithHistory(named: $0) }, limit: limit))
  }
}

/// What happened.
struct HistoryOutput: CommandOutput {
  static let schema = "serin.history.1"
  let entries: [HistoryEntry]

  var json: JSON.Object {
    [
      "entries": .array(
        entries.map { entry in
          [
            "time": .string(entry.time.rfc3339), "plugin": .string(entry.plugin.text), "event": .string(entry.event),
            "from": entry.fromVersion.map { .string($0.text) } ?? .null,
            "to": entry.toVersion.map { .string($0.text) } ?? .null, "reason": .string(entry.reason),
            "details": entry.details,
          ]
        })
    ]
  }

  var text: [TextLine] {
    if entries.isEmpty { return [.plain("nothing happened yet")] }
    return [
      .table(
        Table(
          columns: [.left("time"), .left("plugin"), .left("event"), .left("from"), .left("to"), .left("why")],
          rows: entries.map { entry in
            [
              String(entry.time.rfc3339.prefix(19)) + "Z", entry.plugin.text, entry.event,
              entry.fromVersion?.text ?? "-", entry.toVersion?.text ?? "-", entry.reason,
            ]
          }))
    ]
  }
}
