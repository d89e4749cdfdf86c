import ArgumentParser
import Publishing
import Releases
import StrictJSON
import TUF

/// The command `serin renew`.
struct RenewCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "renew",
    abstract: "Sign the timestamp and the snapshot role again.",
    discussion: HelpText.make(
      """
      Does nothing until half of either lifetime is over, unless --force is given, so that cron may call it often. \
      `serin serve` does the same by itself.
      """,
      codes: [.nothingToDo, .thresholdNotMet, .expired, .locked],
      examples: ["serin renew --workspace releases", "serin renew --force --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var workspace: WorkspaceOptions
  @OptionGroup var passphrase: PassphraseOptions

  @Flag(help: "Sign even when it is early.")
  var force = false

  @Flag(help: "End with code 2 when there was nothing to do.")
  var exitCode = false

  func perform(_ session: Session) async throws -> RenewOutput {
    RenewOutput(
      renewal: try Publisher.open(workspace, passphrase, session).renew(force: force), usesExitCode: exitCode)
  }
}

/// Online roles that were signed again, or need not be.
struct RenewOutput: CommandOutput {
  static let schema = "serin.renew.1"
  let renewal: Renewal
  let usesExitCode: Bool

  var exitStatus: ExitStatus { usesExitCode && renewal.renewed.isEmpty ? .nothingToDo : .ok }

  var json: JSON.Object {
    [
      "renewed": .array(renewal.renewed.map { .string($0.text) }),
      "timestampExpires": .string(renewal.timestampExpires.text),
      "snapshotExpires": .string(renewal.snapshotExpires.text),
    ]
  }

  var text: [TextLine] {
    let names = renewal.renewed.map(\.text).joined(separator: ", ")
    return [
      names.isEmpty ? .plain("nothing to renew yet") : .good("renewed \(names)"),
      .fields([
        ("timestamp expires", renewal.timestampExpires.text), ("snapshot role expires", renewal.snapshotExpires.text),
      ]),
    ]
  }
}
