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
      Brings back the newest snapshot of another release: its tree, its permissions and tool pins, and the state of \
      that moment (--keep-state leaves the present state, and is refused where the older release could not read it). \
      Needs no network. What it replaces is kept as a snapshot, and a hold keeps the version away that was left, until \
      `serin unhold`.

      --undo takes the last rollback back: the release that was left returns with its state of that moment, and the \
      hold is lifted. Asked for again it undoes that, too. It works until the next update.
      """,
      codes: [.locked, .noSpace],
      examples: [
        "serin rollback time", "serin rollback time --to 2026.10.10 --keep-state --reason 'wrong zone'",
        "serin rollback time --undo",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Option(help: "The version to go back to (default: the one before).", completion: .keptVersion)
  var to: String?

  @Flag(help: "Leave the plugin's data as they are.")
  var keepState = false

  @Flag(help: "Take the last rollback back, with the state of that moment, and lift its hold.")
  var undo = false

  @Option(help: "Why, for the history.")
  var reason = ""

  mutating func validate() throws {
    if undo && to != nil { throw ValidationError("--undo knows where it goes: --to cannot be given with it.") }
  }

  func perform(_ session: Session) async throws -> RollbackOutput {
    let host = try PluginHost.open(host, session)
    let plugin = try host.plugin(named: name).plugin
    if undo { return RollbackOutput(result: try host.undoRollback(plugin, keepState: keepState, reason: reason)) }
    return RollbackOutput(
      result: try host.rollBack(
        plugin, to: to.map { try ReleaseVersion($0) }, keepState: keepState, reason: reason))
  }
}

/// A plugin that went back, or forth again.
struct RollbackOutput: CommandOutput {
  static let schema = "serin.rollback.1"
  let result: RollbackResult

  var json: JSON.Object {
    [
      "plugin": .string(result.plugin.text), "from": .string(result.from.text), "to": .string(result.to.text),
      "tree": .string(result.tree.text), "undo": .bool(result.isUndo), "stateRestored": .bool(result.isStateRestored),
      "permissions": .array(result.permissions.map { .string($0.sentence) }),
      "pinnedTools": result.pinnedTools.map { .int($0) } ?? .null,
      "snapshot": result.saved.map { .int($0) } ?? .null, "hold": result.hold.map { .string($0) } ?? .null,
      "lifted": result.lifted.map { .string($0) } ?? .null,
    ]
  }

  var text: [TextLine] {
    var fields = [("state", result.isStateRestored ? "restored to that moment" : "left as it was")]
    if let hold = result.hold { fields.append(("hold", "\(result.from) stays away: \(hold)")) }
    if result.isUndo {
      fields.append(("hold", result.lifted.map { "lifted: \($0)" } ?? "none was left of that rollback"))
    }
    var lines: [TextLine] = [
      .good("\(result.plugin) runs \(result.to) again, was \(result.from)"), .fields(fields),
    ]
    lines += result.permissions.map { .plain("  \($0.direction.rawValue): \($0.sentence)") }
    if result.hold != nil { lines.append(.hint("to let it come back: serin unhold \(result.plugin.name)")) }
    return lines + [.hint("to take this back before the next update: serin rollback \(result.plugin.name) --undo")]
  }
}
