import ArgumentParser
import Canary
import Platform
import Releases
import Storage
import StrictJSON
import Updating

/// The command `serin canary logs NAME|FILE`.
struct CanaryLogsCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "Show the last samples of a canary and what it wrote to standard error.",
    discussion: HelpText.make(
      """
      Shows the newest probes with their outcome and latency, the events in the sandbox, and the end of what the \
      candidate wrote to standard error, with hidden and control characters written out. Workspaces and files with a \
      signed verdict keep no single samples.
      """,
      codes: [.badSignature],
      examples: ["serin canary logs time", "serin canary logs time --lines 200 --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var which: CanaryTarget

  @Option(help: "How many samples at the most.")
  var lines = 20

  mutating func validate() throws {
    guard (1...10_000).contains(lines) else { throw ValidationError("--lines must be 1 to 10000.") }
  }

  func perform(_ session: Session) async throws -> CanaryLogsOutput {
    let account = try which.account(session)
    guard try which.workspace == nil && !which.isFile(session) else {
      return CanaryLogsOutput(account: account, samples: [])
    }
    let host = try PluginHost.open(which.host, session)
    return CanaryLogsOutput(
      account: account,
      samples: try host.samples(of: host.plugin(named: which.target).plugin, run: which.run, limit: lines))
  }
}

/// The newest samples and the last words of a canary.
struct CanaryLogsOutput: CommandOutput {
  static let schema = "serin.canary.logs.1"
  let account: CanaryAccount
  let samples: [Storage.CanarySample]

  var json: JSON.Object {
    [
      "plugin": .string(account.evidence.plugin.text), "version": .string(account.evidence.version.text),
      "state": .string(account.state.rawValue),
      "samples": .array(
        samples.map { sample in
          var object: JSON.Object = [
            "observedMilliseconds": .integer(sample.offset.components.seconds &* 1000),
            "probe": .string(sample.probe), "outcome": .string(sample.outcome),
          ]
          if let latency = sample.latency { object["microseconds"] = .integer(latency) }
          if let detail = sample.detail { object["detail"] = .string(detail) }
          return .object(object)
        }),
      "events": .array(
        account.figures.events.map {
          ["kind": .string($0.kind), "subject": .string($0.subject), "count": .integer($0.count)]
        }), "stderr": .string(account.errorTail),
    ]
  }

  var text: [TextLine] {
    var lines = [CanaryText.headline(account)]
    if !samples.isEmpty {
      lines.append(
        .table(
          Table(
            columns: [.left("observed"), .left("probe"), .left("outcome"), .right("latency"), .left("detail")],
            rows: samples.map { sample in
              [
                DurationText(seconds: sample.offset.components.seconds).text, sample.probe, sample.outcome,
                sample.latency.map(MetricWords.time) ?? "", sample.detail ?? "",
              ]
            })))
    }
    let events = account.figures.events
    if !events.isEmpty {
      lines.append(.heading("events"))
      lines += events.map { .plain("  \(CanaryExplanation.event($0.kind)): \($0.subject) (\($0.count))") }
    }
    let errors = account.errorTail.split(separator: "\n")
    lines.append(.heading(errors.isEmpty ? "it wrote nothing to standard error" : "the end of standard error"))
    return lines + errors.map { .plain("  \($0)") }
  }
}
