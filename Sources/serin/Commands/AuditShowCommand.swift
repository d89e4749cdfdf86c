import ArgumentParser
import Platform
import Releases
import Storage
import StrictJSON
import Updating

/// The command `serin audit show [NAME]`.
struct AuditShowCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show what was called, newest first.",
    discussion: HelpText.make(
      """
      Outcomes: ok; error (of the protocol); tool-error (the tool says that it failed); refused (Serin answered in the \
      plugin's place); asked (answered with a question); no-answer (the session ended first).
      """,
      examples: ["serin audit show time --since 24h", "serin audit show --outcome refused --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin (default: all).")
  var name: String?

  @Option(help: ArgumentHelp("Only from this time on: 30m, 24h, or 2026-11-23T05:00:00Z.", valueName: "time"))
  var since: String?

  @Option(help: "Only calls of this tool, prompt or resource.")
  var tool: String?

  @Option(help: ArgumentHelp("Only calls that came to this.", valueName: "outcome"))
  var outcome: String?

  @Option(help: "How many records at the most.")
  var limit = 50

  mutating func validate() throws {
    guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be 1 to 10000.") }
    if let outcome, CallOutcome(rawValue: outcome) == nil {
      let known = CallOutcome.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--outcome must be one of \(known).")
    }
  }

  func perform(_ session: Session) async throws -> AuditShowOutput {
    let host = try PluginHost.open(host, session)
    let filter = AuditFilter(
      since: try since.map { try session.moment($0) }, tool: tool, outcome: outcome.flatMap(CallOutcome.init(rawValue:))
    )
    return AuditShowOutput(
      records: try host.auditRecords(of: host.auditedPlugins(name), filter, limit: limit))
  }
}

extension Session {
  /// A moment that is named, or that lies a length of time back.
  func moment(_ text: String) throws -> Instant {
    if let time = Instant(rfc3339: text) { return time }
    do {
      return machine.clock.now().advanced(by: .milliseconds(-(try DurationText(text).milliseconds)))
    } catch {
      throw CommandError.badValue(
        option: "--since", value: text, reason: "it must be a length of time like 24h, or like 2026-11-23T05:00:00Z")
    }
  }
}

/// What was called.
struct AuditShowOutput: CommandOutput {
  static let schema = "serin.audit.show.1"
  let records: [AuditRecord]

  var json: JSON.Object { ["records": .array(records.map(\.json))] }

  var text: [TextLine] {
    if records.isEmpty { return [.plain("nothing was called")] }
    return [
      .table(
        Table(
          columns: [
            .left("time"), .left("plugin"), .left("version"), .left("call"), .left("outcome"), .right("ms"),
            .right("in"), .right("out"),
          ],
          rows: records.map(Self.row)))
    ]
  }

  private static func row(_ record: AuditRecord) -> [String] {
    let first = [String(record.time.rfc3339.prefix(19)) + "Z", record.plugin]
    switch record.content {
    case .call(let call):
      let what = call.method == "tools/call" ? call.name ?? "-" : "\(call.method) \(call.name ?? "-")"
      let tenths = call.microseconds / 100
      return first + [
        call.version, String(what.prefix(60)), call.outcome.rawValue, "\(tenths / 10).\(tenths % 10)",
        String(call.bytesIn), String(call.bytesOut),
      ]
    case .chain: return first + ["-", "(the log begins)"]
    case .rotated: return first + ["-", "(the log goes on in a new file)"]
    case .cut: return first + ["-", "(an unfinished record was cut off)"]
    case .gap(let through): return first + ["-", "(records up to number \(through) are missing)"]
    case .lost(let count): return first + ["-", "(\(count) calls could not be recorded)"]
    }
  }
}
