import ArgumentParser
import Releases
import Storage
import StrictJSON
import Updating

/// The command `serin rollback NAME`.
struct RollbackCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Go back to a release of before, with its data, and stay there.",
    discussion: HelpText.make(
      """
      Brings back the newest snapshot of another release: its tree and the state of that moment (--keep-state leaves \
      the present state). Needs no network. What it replaces is kept as a snapshot, and a hold keeps the version away \
      that was left, until `serin unhold`.
      """,
      codes: [.locked, .noSpace],
      examples: ["serin rollback time", "serin rollback time --to 2026.10.10 --keep-state --reason 'wrong zone'"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.")
  var name: String

  @Option(help: "The version to go back to (default: the one before).")
  var to: String?

  @Flag(help: "Leave the plugin's data as they are.")
  var keepState = false

  @Option(help: "Why, for the history.")
  var reason = ""

  func perform(_ session: Session) async throws -> RollbackOutput {
    let host = try PluginHost.open(host, session)
    let plugin = try host.plugin(named: name).plugin
    return RollbackOutput(
      result: try host.rollBack(
        plugin, to: to.map { try ReleaseVersion($0) }, keepState: keepState, reason: reason))
  }
}

/// A plugin that went back.
struct RollbackOutput: CommandOutput {
  static let schema = "serin.rollback.1"
  let result: RollbackResult

  var json: JSON.Object {
    [
      "plugin": .string(result.plugin.text), "from": .string(result.from.text), "to": .string(result.to.text),
      "tree": .string(result.tree.text), "stateRestored": .bool(result.isStateRestored),
      "snapshot": result.saved.map { .int($0) } ?? .null, "hold": .string(result.hold),
    ]
  }

  var text: [TextLine] {
    [
      .good("\(result.plugin) runs \(result.to) again, was \(result.from)"),
      .fields([
        ("state", result.isStateRestored ? "restored to that moment" : "left as it was"),
        ("hold", "\(result.from) stays away: \(result.hold)"),
      ]),
      .hint("to let it come back: serin unhold \(result.plugin.name)"),
    ]
  }
}
