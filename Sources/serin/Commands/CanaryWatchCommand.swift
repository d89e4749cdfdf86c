import ArgumentParser
import Canary
import Platform
import Releases
import Storage
import StrictJSON
import Updating

/// The command `serin canary watch NAME`.
struct CanaryWatchCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Follow a canary of this host until it ends.",
    discussion: HelpText.make(
      """
      Shows the observed time, the gates, each metric of the candidate beside that of the installed release, and the \
      last events, drawn anew as the observation goes on, and leaves with its verdict. Only looks: stopping it stops \
      nothing. Without a terminal it writes a line for each change, with --json an event. It leaves with 31 when \
      nobody observes any more and there is no verdict.
      """,
      codes: [.canaryFailed, .inconclusive],
      examples: ["serin canary watch time", "serin canary watch time --every 10s --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Option(help: ArgumentHelp("How often to look.", valueName: "time"))
  var every = "1s"

  func perform(_ session: Session) async throws -> CanaryWatchOutput {
    let host = try PluginHost.open(host, session)
    let plugin = try host.plugin(named: name).plugin
    let pause = max(.milliseconds(100), try DurationText(every).duration)
    let isLive =
      session.terminal.outputIsTerminal && session.environment["TERM"] != "dumb" && !session.console.style.isJSON
    let view = LiveView(console: session.console)
    var shown: String?
    while true {
      let account = try host.account(of: plugin)
      if isLive {
        view.draw(CanaryFrame(account, columns: session.console.style.columns).lines)
      } else if account.change != shown {
        shown = account.change
        session.console.event("canary", account.event)
        if !session.console.style.isJSON { session.console.line(account.change) }
      }
      if account.state != .running || !account.isWatched { return CanaryWatchOutput(account: account) }
      try await session.machine.clock.sleep(for: pause)
    }
  }
}

extension CanaryAccount {
  /// What a line without a terminal says; a new one is written when it changes.
  fileprivate var change: String {
    let reason = evidence.reasons.first { $0.severity == .refusal }.map { "; \($0.sentence)" } ?? ""
    return "\(headline); \(evidence.probes) probes\(reason)"
  }

  /// The same for programs.
  fileprivate var event: JSON.Object {
    [
      "plugin": .string(evidence.plugin.text), "version": .string(evidence.version.text),
      "state": .string(state.rawValue), "watched": .bool(isWatched),
      "observedSeconds": .integer(evidence.observedSeconds), "requiredSeconds": .integer(evidence.requiredSeconds),
      "probes": .integer(evidence.probes), "blocks": .int(figures.blocks.count), "events": .int(figures.events.count),
      "failures": .integer(figures.count("failures")),
    ]
  }
}

/// How a watched canary ended.
struct CanaryWatchOutput: CommandOutput {
  static let schema = "serin.canary.watch.1"
  let account: CanaryAccount

  var exitStatus: ExitStatus { CanaryText.exitStatus(of: account) }

  var json: JSON.Object { CanaryText.json(account) }

  var text: [TextLine] {
    [CanaryText.headline(account)]
      + account.evidence.reasons.filter { $0.severity != .notice }.map {
        .plain("  \($0.severity.rawValue): \($0.sentence)")
      } + account.next.map { .hint($0) }
  }
}
