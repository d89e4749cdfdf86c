import ArgumentParser
import MCP
import Releases
import Signing
import Storage
import StrictJSON
import Updating

/// The command `serin tools NAME`.
struct ToolsCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "tools",
    abstract: "Show what an installed plugin's tools say here, and agree to it.",
    discussion: HelpText.make(
      """
      Starts the plugin once, in its sandbox and with your data and settings, and compares the tools that it lists \
      with those that its signed manifest pins or its canary saw. `serin run` leaves out of the list what differs, and \
      refuses to call it: a canary runs under a fixed environment, so that a tool may well say something else here, \
      because of a setting of yours or because it noticed that it is not watched. Read it. --accept agrees to the \
      tools as they are, after the last six characters of the list's digest, for these very texts and no others, over \
      all updates.
      """,
      codes: [.needsApproval], examples: ["serin tools time", "serin tools time --accept"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var confirmation: ConfirmationOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Flag(help: "Agree to the tools as they are here.")
  var accept = false

  @Option(help: "Why, for the history.")
  var reason = "agreed to on the command line"

  mutating func validate() throws {
    if confirmation.yes && !accept { throw ValidationError("--yes is for --accept.") }
  }

  func perform(_ session: Session) async throws -> ToolsOutput {
    let host = try PluginHost.open(host, session)
    let report = try await host.liveTools(of: try host.plugin(named: name).plugin)
    guard accept, !report.isAgreed else { return ToolsOutput(report: report, accepted: nil) }
    for line in ToolsOutput(report: report, accepted: nil).lines { session.console.message(line) }
    try Confirmation(what: "agreement to the tools of \(report.plugin) \(report.version)", digest: report.digest)
      .require(confirmation, session)
    return ToolsOutput(
      report: report, accepted: try host.accept(report, by: session.who, reason: reason).map(\.name))
  }
}

/// The tools of an installed plugin.
struct ToolsOutput: CommandOutput {
  static let schema = "serin.tools.1"
  let report: LiveToolReport
  let accepted: [String]?

  private static func word(_ tool: LiveTool) -> String {
    switch tool.fit {
    case .fits: "agreed"
    case .unknown: "unknown"
    case .differs: "differs"
    }
  }

  var json: JSON.Object {
    [
      "plugin": .string(report.plugin.text), "version": .string(report.version.text),
      "pinnedBy": report.origin.map { .string($0) } ?? .null, "digest": .string(report.digest.hex),
      "confirm": .string(report.digest.lastSix), "agreed": .bool(report.isAgreed || accepted != nil),
      "tools": .array(
        report.tools.map { tool in
          ["name": .string(tool.name), "state": .string(Self.word(tool)), "differences": .strings(tool.lines)]
        }),
      "missing": .strings(report.missing), "accepted": accepted.map { .strings($0) } ?? .null,
    ]
  }

  /// Every tool with what is to be said about it.
  var lines: [String] {
    report.tools.flatMap { tool in ["\(tool.name): \(Self.word(tool))"] + tool.lines.map { "  \($0)" } }
      + report.missing.map { "\($0): pinned, and not listed here" }
  }

  var text: [TextLine] {
    let title = "\(report.plugin) \(report.version), pinned by \(report.origin ?? "nothing")"
    let end: TextLine
    if let accepted {
      end = .good("accepted \(accepted.count) \(accepted.count == 1 ? "tool" : "tools") as they are here")
    } else if report.isAgreed {
      end = .good("every tool is what was agreed to")
    } else {
      end = .hint("agree to them as they are with `serin tools \(report.plugin.name) --accept`")
    }
    return [.heading(title)] + lines.map { .plain($0) } + [end]
  }
}
