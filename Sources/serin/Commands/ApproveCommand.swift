import ArgumentParser
import Releases
import Storage
import StrictJSON
import Updating

/// The command `serin approve NAME VERSION`.
struct ApproveCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Agree to what an observed release changes.",
    discussion: discussion(
      examples: ["serin approve time 2026.10.19", "serin approve time 2026.10.19 --reason 'read the diff'"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var options: ApproveOptions

  func perform(_ session: Session) async throws -> ApproveOutput { try options.approve(session) }

  /// The long help of both names of the command.
  static func discussion(examples: [String]) -> String {
    HelpText.make(
      """
      A release that widens permissions, changes the texts of tools, or whose canary was inconclusive waits for a \
      person. The agreement is recorded for these very bytes; the next `serin update` goes on with it.
      """,
      codes: [.locked], examples: examples)
  }
}

/// What an agreement is about.
struct ApproveOptions: ParsableArguments {
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Argument(help: "The version that waits.")
  var version: String

  @Option(help: "Why, for the history.")
  var reason = "agreed to on the command line"

  /// Records the agreement.
  func approve(_ session: Session) throws -> ApproveOutput {
    let host = try PluginHost.open(host, session)
    let plugin = try host.plugin(named: name).plugin
    let needs = try host.approve(plugin, version: ReleaseVersion(version), by: session.who, reason: reason)
    return ApproveOutput(plugin: plugin, version: version, needs: needs)
  }
}

/// What was agreed to.
struct ApproveOutput: CommandOutput {
  static let schema = "serin.approve.1"
  let plugin: PluginName
  let version: String
  let needs: [ApprovalNeed]

  var json: JSON.Object {
    [
      "plugin": .string(plugin.text), "version": .string(version),
      "approved": .array(
        needs.map {
          [
            "kind": .string($0.kind), "sentences": .strings($0.sentences), "details": .strings($0.details),
          ]
        }),
    ]
  }

  var text: [TextLine] {
    [.good("approved \(plugin) \(version)")]
      + needs.flatMap { need in
        [TextLine.heading(need.kind)] + need.details.map { .plain("  \($0)") }
      } + [.hint("go on with `serin update \(plugin.name)`")]
  }
}
