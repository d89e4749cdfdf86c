import ArgumentParser
import Clients
import Releases
import Signing
import Storage
import StrictJSON
import SystemPackage
import Updating

/// The command `serin remove NAME`.
struct RemoveCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Take a plugin off this host.",
    discussion: HelpText.make(
      """
      Removes its trees and its snapshots. Its data and settings stay for whoever installs it again, or go with \
      --purge, which asks for the last six characters of a digest. While AI clients start it, or it runs in sessions \
      of theirs, it is refused: --disconnect takes their entries away first (and asks), --force does it all the same. \
      The history keeps what happened, and without --purge the call log stays, too. Killed at any point it is \
      finished by the next call, or by `serin prune`.
      """,
      codes: [.needsApproval, .locked, .noSpace],
      examples: ["serin remove time --disconnect", "serin remove time --purge --dry-run"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var confirmation: ConfirmationOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Flag(help: "Leave its data where they are; that is what happens without --purge, too.")
  var keepState = false

  @Flag(help: "Its data, settings and snapshots go for ever.")
  var purge = false

  @Flag(help: "Take the entries of AI clients away that start it.")
  var disconnect = false

  @Flag(help: "Remove it although AI clients start it, or it runs now.")
  var force = false

  @Flag(help: "Show what would go, and stop there.")
  var dryRun = false

  mutating func validate() throws {
    if keepState && purge { throw ValidationError("--keep-state and --purge exclude each other.") }
  }

  func perform(_ session: Session) async throws -> RemoveOutput {
    let host = try PluginHost.open(host, session)
    let plan = try host.planRemoval(of: name, purging: purge)
    if dryRun { return RemoveOutput(plan: plan, disconnects: disconnect, isDone: false) }
    for sentence in plan.unreadable { session.console.warning("cannot be looked at: \(sentence)") }
    if plan.isDestructive || disconnect && !plan.entries.isEmpty {
      for line in RemoveOutput.lines(of: plan, disconnects: disconnect) { session.console.message(line) }
      try Confirmation(what: "removal of \(plan.plugin)", digest: plan.digest).require(confirmation, session)
    }
    let notes = try await host.remove(plan, disconnecting: disconnect, force: force, by: session.who)
    return RemoveOutput(plan: plan, disconnects: disconnect, isDone: true, notes: notes)
  }
}

/// A plugin that is gone, or would be.
struct RemoveOutput: CommandOutput {
  static let schema = "serin.remove.1"
  let plan: RemovalPlan
  let disconnects: Bool
  let isDone: Bool
  var notes: [String] = []

  var json: JSON.Object {
    [
      "plugin": .string(plan.plugin.text), "version": plan.version.map { .string($0.text) } ?? .null,
      "tree": plan.tree.map { .string($0.text) } ?? .null, "state": .string(state),
      "clients": .array(
        plan.entries.map { entry in
          [
            "client": .string(entry.request.client.rawValue), "entry": .string(entry.request.key),
            "path": .string(entry.path.string), "difference": .strings(entry.difference),
          ]
        }),
      "disconnected": .bool(isDone && disconnects), "removed": .bool(isDone),
      "digest": .string(plan.digest.hex), "confirm": .string(plan.digest.lastSix),
      "unreadable": .strings(plan.unreadable), "notes": .strings(notes),
    ]
  }

  private var state: String { !plan.hasState ? "none" : plan.purges ? "removed" : "kept" }

  /// What goes, for people.
  static func lines(of plan: RemovalPlan, disconnects: Bool) -> [String] {
    var lines = ["\(plan.plugin) \(plan.version?.text ?? "(not switched on)") goes, with its snapshots"]
    if plan.hasState { lines.append(plan.purges ? "its data and settings go for ever" : "its data and settings stay") }
    for (entry, name) in zip(plan.entries, plan.entryNames) {
      lines.append(disconnects ? "\(name) goes" : "\(name) still starts it")
      if disconnects { lines += entry.difference }
    }
    return lines
  }

  var text: [TextLine] {
    guard isDone else {
      return Self.lines(of: plan, disconnects: disconnects).map { .plain($0) }
        + [.fields([("digest", plan.digest.hex)])]
    }
    var lines: [TextLine] = [.good("\(plan.plugin) is removed")] + notes.map { .bad($0) }
    if !disconnects { lines += plan.entryNames.map { .bad("\($0) still starts it, and will fail") } }
    if plan.hasState, !plan.purges {
      lines.append(.hint("its data stay; to remove them, too: serin remove \(plan.plugin) --purge"))
    }
    return lines + [.hint("to free the space of its files: serin prune")]
  }
}
