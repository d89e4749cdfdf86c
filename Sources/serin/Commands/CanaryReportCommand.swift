import ArgumentParser
import Canary
import Platform
import ReleaseServer
import Releases
import StrictJSON
import SystemPackage

/// The command `serin canary report NAME|FILE`.
struct CanaryReportCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a canary as one HTML page with plots.",
    discussion: HelpText.make(
      """
      The page shows the verdict with its reasons, the gates, each metric of both releases block by block, errors, \
      events, changed tools, the machine, and the digest of the record. It needs no network and no script, has texts \
      in the place of its plots, and everything that a plugin wrote is shown as text. It works for a canary of this \
      host, running or over, for the newest verdict of a workspace, and for a file with a signed verdict.
      """,
      codes: [.badSignature, .noSpace],
      examples: [
        "serin canary report time", "serin canary report evidence.json --key keys/canary.pub -o report.html",
        "serin canary report time --workspace . --json",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var which: CanaryTarget

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to (default: NAME-VERSION-canary.html).", valueName: "file"),
    completion: .file())
  var output: String?

  func perform(_ session: Session) async throws -> CanaryReportOutput {
    let account = try which.account(session)
    let name = "\(account.evidence.plugin.name)-\(account.evidence.version)-canary.html"
    let path = try FilePath(output ?? name).absolute(session)
    let page = Array(CanaryPage(account: account).html.markup.utf8)
    try session.machine.files.write(page, atomicallyTo: path, mode: 0o644)
    return CanaryReportOutput(account: account, path: output ?? name, bytes: page.count)
  }
}

/// A page that was written.
struct CanaryReportOutput: CommandOutput {
  static let schema = "serin.canary.report.1"
  let account: CanaryAccount
  let path: String
  let bytes: Int

  var json: JSON.Object {
    [
      "plugin": .string(account.evidence.plugin.text), "version": .string(account.evidence.version.text),
      "state": .string(account.state.rawValue), "report": .string(path), "length": .int(bytes),
    ]
  }

  var text: [TextLine] {
    [CanaryText.headline(account), .fields([("report", path), ("length", ByteCount.text(Int64(bytes)))])]
  }
}
