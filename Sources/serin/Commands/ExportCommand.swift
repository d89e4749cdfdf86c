import ArgumentParser
import Offline
import Platform
import Publishing
import Releases
import Signing
import StrictJSON
import SystemPackage
import Updating

/// The command `serin export NAME`.
struct ExportCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write one file for hosts without a network.",
    discussion: HelpText.make(
      """
      The file is an offline bundle: one plugin in one channel, with the signed metadata from the first root on, the \
      channel manifest and the bundles. `serin install` and `serin update` take it with --from, and verify it exactly \
      as they verify a server; an older file than what a host has seen is refused (23). It is a plain tar, the same \
      bytes for the same state of the repository, and good until the first of its roles expires.

      With --workspace the files come from that workspace's repository, as its publisher has it. Otherwise they come \
      from a repository that this host trusts: fetched and verified by the client that installs and updates.
      """,
      codes: [
        .badSignature, .thresholdNotMet, .expired, .rollbackAttack, .digestMismatch, .locked, .network, .noSpace,
      ],
      examples: [
        "serin export time --channel stable -o time.serin",
        "serin export time --channel beta --platform linux-aarch64 -o time.serin --workspace .",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Option(help: "The channel that the receiving hosts follow.", completion: .channel)
  var channel: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file; it is replaced in one step.", valueName: "file"),
    completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp("Take the files from this publisher's workspace.", valueName: "folder"), completion: .directory)
  var workspace: String?

  @Option(help: "The trusted repository to take it from, where several have it.", completion: .repository)
  var repository: String?

  @Option(
    help: "A platform whose bundle must be in it (default: all that there are). May be repeated.", completion: .platform
  )
  var platform: [String] = []

  mutating func validate() throws {
    if workspace != nil && (repository != nil || host.hostFolder != nil) {
      throw ValidationError("--workspace is a publisher's; --repository and --host-folder are a host's.")
    }
  }

  func perform(_ session: Session) async throws -> ExportOutput {
    let channel = try ChannelName(channel)
    let platforms = try platform.map { try TargetPlatform($0) }
    let path = try FilePath(output).absolute(session)
    if let workspace {
      let publisher = Publisher(
        workspace: try Workspace.open(FilePath(workspace).absolute(session), machine: session.machine), keys: NoKeys())
      let report = try await publisher.export(
        try publisher.plugin(named: name), in: channel, platforms: platforms, to: path)
      return ExportOutput(report: report, path: path)
    }
    let report = try await PluginHost.open(host, session).export(
      name, in: channel, platforms: platforms, repository: repository, to: path,
      progress: session.downloadProgress(name))
    return ExportOutput(report: report, path: path)
  }
}

/// An offline bundle that was written.
struct ExportOutput: CommandOutput {
  static let schema = "serin.export.1"
  let report: OfflineReport
  let path: FilePath

  private var expires: String { Timestamp(seconds: report.expires).text }
  private var platforms: [String] { report.bundles.map(\.platform.text) }

  var json: JSON.Object {
    [
      "path": .string(path.string), "plugin": .string(report.manifest.plugin.text),
      "channel": .string(report.manifest.channel.text), "version": .string(report.manifest.version.text),
      "sequence": .integer(report.manifest.sequence), "platforms": .array(platforms.map { .string($0) }),
      "length": .integer(report.length), "sha256": .string(report.sha256.hex), "expires": .string(expires),
      "files": .array(report.names.map { .string($0) }),
    ]
  }

  var text: [TextLine] {
    [
      .good("exported \(report.manifest.plugin) \(report.manifest.version) to \(path)"),
      .fields([
        ("channel", report.manifest.channel.text), ("platforms", platforms.joined(separator: ", ")),
        ("size", ByteCount.text(report.length)), ("sha256", report.sha256.hex), ("good until", expires),
      ]),
      .hint("a host takes it with `serin update \(report.manifest.plugin.name) --from FILE`, or install"),
    ]
  }
}
