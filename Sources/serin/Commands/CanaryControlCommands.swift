import ArgumentParser
import Platform
import Releases
import Storage
import StrictJSON
import Updating

/// The command `serin canary abort NAME`.
struct CanaryAbortCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "abort",
    abstract: "End the canary of a plugin.",
    discussion: HelpText.make(
      """
      Ends the observation that runs, whichever process makes it (it ends with 31 after its round of probes), and \
      writes down who ended it and why. The installed release stays. What was observed is forgotten: a later canary \
      of the same release begins anew; `serin hold` keeps updates away.
      """,
      examples: ["serin canary abort time", "serin canary abort time --reason 'the machine is needed'"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Option(help: "Why, for the history.")
  var reason = "ended on the command line"

  func perform(_ session: Session) async throws -> CanaryControlOutput {
    let host = try PluginHost.open(host, session)
    let run = try host.abortCanary(of: host.plugin(named: name).plugin, by: session.who, reason: reason)
    return CanaryControlOutput(run: run, isObserved: host.isObserved(run.plugin))
  }
}

/// The command `serin canary extend NAME TIME`.
struct CanaryExtendCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "extend",
    abstract: "Ask for more observed time of a canary that runs or could not tell.",
    discussion: HelpText.make(
      """
      Adds to the observed time that a verdict needs. A process that observes takes it on after its next round; a \
      canary that was inconclusive goes on with `serin canary start` or `serin update`. Time is never taken away.
      """,
      examples: ["serin canary extend time 12h", "serin canary extend time 1h --reason 'the machine was busy' --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Argument(help: "How much more, as in 12h.")
  var time: String

  @Option(help: "Why, for the history.")
  var reason = "extended on the command line"

  func perform(_ session: Session) async throws -> CanaryControlOutput {
    let host = try PluginHost.open(host, session)
    let run = try host.extendCanary(
      of: host.plugin(named: name).plugin, by: DurationText(time), who: session.who, reason: reason)
    return CanaryControlOutput(run: run, isObserved: host.isObserved(run.plugin))
  }
}

/// The command `serin canary approve NAME VERSION`: the same as `serin approve`.
struct CanaryApproveCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Agree to what an observed release changes (the same as `serin approve`).",
    discussion: ApproveCommand.discussion(
      examples: [
        "serin canary approve time 2026.10.19", "serin canary approve time 2026.10.19 --reason 'read the report'",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var options: ApproveOptions

  func perform(_ session: Session) async throws -> ApproveOutput { try options.approve(session) }
}

/// A canary after a person's word.
struct CanaryControlOutput: CommandOutput {
  static let schema = "serin.canary.control.1"
  let run: Storage.CanaryRun
  let isObserved: Bool

  var json: JSON.Object {
    [
      "plugin": .string(run.plugin.text), "version": .string(run.version.text), "run": .integer(run.id),
      "state": .string(run.state.rawValue), "observedSeconds": .integer(run.observed.components.seconds),
      "requiredSeconds": .integer(run.required.components.seconds), "watched": .bool(isObserved),
    ]
  }

  var text: [TextLine] {
    let observed = DurationText(seconds: run.observed.components.seconds)
    let required = DurationText(seconds: run.required.components.seconds)
    switch run.state {
    case .aborted:
      return [
        .good("the canary of \(run.plugin) \(run.version) is ended after \(observed) of \(required)"),
        .hint("`serin canary start \(run.plugin.name)` begins anew"),
      ]
    case .running where isObserved:
      return [.good("\(run.plugin) \(run.version) is now observed for \(required), \(observed) are done")]
    default:
      return [
        .good("\(run.plugin) \(run.version) now needs \(required) of observed time, \(observed) are done"),
        .hint("nobody observes it now: `serin canary start \(run.plugin.name)` goes on"),
      ]
    }
  }
}
