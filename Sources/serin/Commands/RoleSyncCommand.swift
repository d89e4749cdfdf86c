import ArgumentParser
import Publishing
import StrictJSON

/// The command `serin role sync`.
struct RoleSyncCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Write settings, keys and policies anew from what is signed.",
    discussion: HelpText.make(
      """
      For a workspace whose serin.yaml, keys/ or channels/ say something else than the signed metadata: after a copy \
      was restored, or somebody edited signers by hand. Comments in policies stay. It also finishes a publication that \
      was left half-done. Nothing is signed.
      """,
      codes: [.nothingToDo, .badSignature, .locked],
      examples: ["serin role sync", "serin role sync --workspace releases --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var workspace: WorkspaceOptions

  @Flag(help: "End with code 2 when there was nothing to do.")
  var exitCode = false

  func perform(_ session: Session) async throws -> RoleSyncOutput {
    let publisher = Publisher(
      workspace: try Workspace.open(workspace.path(session), machine: session.machine), keys: NoKeys())
    return RoleSyncOutput(written: try publisher.sync(), usesExitCode: exitCode)
  }
}

/// What was written anew.
struct RoleSyncOutput: CommandOutput {
  static let schema = "serin.role.sync.1"
  let written: [String]
  let usesExitCode: Bool

  var exitStatus: ExitStatus { usesExitCode && written.isEmpty ? .nothingToDo : .ok }
  var json: JSON.Object { ["written": .strings(written)] }

  var text: [TextLine] {
    [written.isEmpty ? .plain("settings and metadata agree") : .good("wrote \(written.joined(separator: ", "))")]
  }
}
