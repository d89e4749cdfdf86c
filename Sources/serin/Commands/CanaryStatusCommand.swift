import ArgumentParser
import Platform
import Releases
import Storage
import StrictJSON
import Updating

/// The command `serin canary status [NAME]`.
struct CanaryStatusCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the canaries of this host.",
    discussion: HelpText.make(
      "Shows each observed release, newest first: how long it was watched of how much, how often it answered, and the "
        + "verdict with its reasons. What runs and is observed by no process now stands still; `canary start` goes on.",
      examples: ["serin canary status", "serin canary status time --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin (default: all).", completion: .plugin)
  var name: String?

  @Option(help: "How many at the most.")
  var limit = 10

  mutating func validate() throws {
    guard (1...1000).contains(limit) else { throw ValidationError("--limit must be 1 to 1000.") }
  }

  func perform(_ session: Session) async throws -> CanaryStatusOutput {
    let host = try PluginHost.open(host, session)
    return CanaryStatusOutput(
      reports: try host.canaries(of: try name.map { try host.plugin(named: $0).plugin }, limit: limit),
      watched: Set(try host.ledger.installs().map(\.plugin).filter(host.isObserved)))
  }
}

/// The canaries of a host.
struct CanaryStatusOutput: CommandOutput {
  static let schema = "serin.canary.status.1"
  let reports: [CanaryReport]
  /// The plugins that a process observes at this moment.
  let watched: Set<PluginName>

  private func isWatched(_ run: CanaryRun) -> Bool { run.state == .running && watched.contains(run.plugin) }

  var json: JSON.Object {
    [
      "canaries": .array(
        reports.map { report in
          var object: JSON.Object = [
            "run": .integer(report.run.id), "plugin": .string(report.run.plugin.text),
            "version": .string(report.run.version.text), "state": .string(report.run.state.rawValue),
            "watched": .bool(isWatched(report.run)), "started": .string(report.run.started.rfc3339),
            "observedSeconds": .integer(report.run.observed.components.seconds),
            "requiredSeconds": .integer(report.run.required.components.seconds),
            "probes": .int(report.run.probes), "shortened": .bool(report.run.isShortened),
          ]
          if let result = report.result { object["result"] = result.json }
          return .object(object)
        })
    ]
  }

  var text: [TextLine] {
    if reports.isEmpty { return [.plain("nothing was observed yet")] }
    let table = Table(
      columns: [
        .right("run"), .left("plugin"), .left("version"), .left("state"), .left("observed"), .right("probes"),
        .left("started"),
      ],
      rows: reports.map { report in
        let run = report.run
        let observed = DurationText(seconds: run.observed.components.seconds)
        let required = DurationText(seconds: run.required.components.seconds)
        return [
          String(run.id), run.plugin.text, run.version.text,
          run.state == .running && !isWatched(run) ? "stands still" : run.state.rawValue,
          "\(observed) of \(required)\(run.isShortened ? " (shortened)" : "")", String(run.probes),
          String(run.started.rfc3339.prefix(19)) + "Z",
        ]
      })
    let reasons = reports.flatMap { report in
      (report.result?.findings ?? []).map {
        TextLine.plain("  \(report.run.plugin.name) \(report.run.version), \($0.severity.rawValue): \($0.sentence)")
      }
    }
    return [.table(table)] + reasons
  }
}
