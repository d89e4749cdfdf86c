import ArgumentParser
import Canary
import Platform
import Publishing
import Releases
import Sandbox
import StrictJSON
import SystemPackage

/// The command `serin canary run NAME`.
struct CanaryRunCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Observe a published release in a sandbox and sign the verdict.",
    discussion: HelpText.make(
      """
      Unpacks what the channel offers, runs it in a sandbox for the time that the policy of the next channel asks for, \
      compares its tools with those of the release it would replace, and keeps the signed verdict in the workspace, \
      where promotions find it. Interrupted or inconclusive, it goes on where it stopped. A shorter soak is named in \
      the verdict.
      """,
      codes: [.canaryFailed, .inconclusive, .locked],
      examples: ["serin canary run time", "serin canary run time --channel beta --soak 1h --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var workspace: WorkspaceOptions
  @OptionGroup var passphrase: PassphraseOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .publishedPlugin)
  var name: String

  @Option(help: "The channel whose release is observed.", completion: .channel)
  var channel = "canary"

  @Option(help: ArgumentHelp("Observe for this long instead of what the policy asks for.", valueName: "time"))
  var soak: String?

  @Option(help: ArgumentHelp("End after this long; too little observed by then is inconclusive.", valueName: "time"))
  var giveUpAfter: String?

  @Option(
    help: ArgumentHelp(
      "Also replay the recorded calls of this file, as far as their tools only read.", valueName: "file"),
    completion: .file())
  var replay: String?

  @Option(name: .customLong("set"), help: ArgumentHelp("A value the plugin needs.", valueName: "KEY=VALUE"))
  var settings: [String] = []

  func perform(_ session: Session) async throws -> CanaryRunOutput {
    let publisher = try Publisher.open(workspace, passphrase, session)
    let channel = try ChannelName(channel)
    let required = try soak.map { try DurationText($0) }
    let patience = try giveUpAfter.map { try DurationText($0) }
    let expected = try required ?? publisher.soak(after: channel)
    let runner = try SandboxRunner(
      machine: session.machine,
      surroundings: Surroundings.gather(
        environment: session.environment, ownFolders: [session.folders.config, session.folders.host],
        files: session.machine.files),
      workFolder: session.folders.state.appending("sandboxes"))
    let plugin = try publisher.plugin(named: name)
    let calls = try session.recordedCalls(replay)
    let verdict = try await Interruption.canEnd { [settings] in
      try await publisher.canary(
        of: plugin, in: channel, soak: required, giveUpAfter: patience, replaying: calls, runner: runner,
        setting: settings,
        notify: session.soakProgress("soak", required: expected))
    }
    return CanaryRunOutput(verdict: verdict)
  }
}

/// A verdict that was signed.
struct CanaryRunOutput: CommandOutput {
  static let schema = "serin.canary.run.1"
  let verdict: PublisherVerdict

  private var evidence: Evidence { verdict.evidence }

  var exitStatus: ExitStatus {
    switch evidence.verdict {
    case .pass: .ok
    case .fail: .canaryFailed
    case .inconclusive: .inconclusive
    }
  }

  var json: JSON.Object {
    [
      "plugin": .string(evidence.plugin.text), "version": .string(evidence.version.text),
      "verdict": .string(evidence.verdict.rawValue), "reasons": .array(evidence.reasons.map(\.json)),
      "observedSeconds": .integer(evidence.observedSeconds), "requiredSeconds": .integer(evidence.requiredSeconds),
      "shortened": .bool(evidence.shortened), "probes": .integer(evidence.probes),
      "toolChanges": .array(
        evidence.toolChanges.map {
          ["tool": .string($0.tool), "kind": .string($0.kind), "sentence": .string($0.sentence)]
        }),
      "evidence": .string(verdict.path),
    ]
  }

  var text: [TextLine] {
    let title = "\(evidence.plugin) \(evidence.version): \(evidence.verdict.rawValue)"
    let length = DurationText(seconds: evidence.observedSeconds)
    return [
      evidence.verdict == .pass ? .good(title) : .bad(title),
      .fields([
        (
          "observed",
          "\(length), \(evidence.probes) probes"
            + (evidence.shortened ? " (shortened: less than the policy asks for)" : "")
        ), ("evidence", verdict.path),
      ]),
    ] + evidence.reasons.map { .plain("  \($0.severity.rawValue): \($0.sentence)") }
      + evidence.toolChanges.map { .plain("  tools, \($0.kind): \($0.sentence)") }
  }
}
