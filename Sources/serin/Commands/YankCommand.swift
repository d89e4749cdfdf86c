import ArgumentParser
import Publishing
import Releases
import Signing
import StrictJSON

/// The command `serin yank NAME VERSION`.
struct YankCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "yank",
    abstract: "Withdraw a version from every channel.",
    discussion: HelpText.make(
      """
      Every channel that ever offered the version says so, with the reason, to all hosts. A channel that offers it now \
      goes back to the newest release before it that is not yanked. It asks for the last six characters of the digest. \
      Where keys are elsewhere, --request writes one file for all channels, for `serin sign`.
      """,
      codes: [.thresholdNotMet, .expired, .needsApproval, .locked],
      examples: [
        "serin yank time 2026.10.19 --reason 'loses the time zone'",
        "serin yank time 2026.10.19 --reason 'data loss' --dry-run --json",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var workspace: WorkspaceOptions
  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var requests: RequestOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .publishedPlugin)
  var name: String

  @Argument(help: "The version to withdraw.")
  var version: String

  @Option(help: "Why, in a sentence that users will read.")
  var reason: String

  @Flag(help: "Only show what would happen.")
  var dryRun = false

  func perform(_ session: Session) async throws -> YankOutput {
    let publisher = try Publisher.open(workspace, passphrase, session)
    let plugin = try publisher.plugin(named: name)
    let version = try ReleaseVersion(version)
    let plan = try publisher.planYank(of: plugin, version: version, reason: reason)
    // What is typed belongs to the state that would be published: another state has another digest.
    let digest = SHA256Digest.of(plan.flatMap { $0.manifest.encodedWithoutTime() })
    let steps = plan.map(\.step)
    let request =
      dryRun
      ? nil
      : try requests.write(session) { try publisher.requestYank(plugin, version: version, reason: reason) }
    if dryRun || request != nil {
      return YankOutput(
        plugin: plugin, version: version, reason: reason, steps: steps, confirm: digest, done: false, request: request)
    }
    try Confirmation(what: "yank of \(plugin) \(version)", digest: digest).require(confirmation, session)
    return YankOutput(
      plugin: plugin, version: version, reason: reason,
      steps: try publisher.yank(plugin, version: version, reason: reason), confirm: digest, done: true)
  }
}

/// A yank that was made, or only looked at.
struct YankOutput: CommandOutput {
  static let schema = "serin.yank.1"
  let plugin: PluginName
  let version: ReleaseVersion
  let reason: String
  let steps: [YankStep]
  let confirm: SHA256Digest
  let done: Bool
  /// What was written for others to sign.
  var request: WrittenRequest?

  var json: JSON.Object {
    var object: JSON.Object = [
      "plugin": .string(plugin.text), "version": .string(version.text), "reason": .string(reason),
      "yanked": .bool(done), "confirm": .string(confirm.lastSix),
      "channels": .array(
        steps.map { step in
          [
            "channel": .string(step.channel.text), "before": .string(step.before.text),
            "after": .string(step.after.text), "sequence": .integer(step.sequence),
          ]
        }),
    ]
    if let request { object["request"] = .object(request.json) }
    return object
  }

  var text: [TextLine] {
    [
      .heading("\(done ? "yanked" : "would yank") \(plugin) \(version): \(reason)"),
      .table(
        Table(
          columns: [.left("channel"), .left("offered"), .left("offers now"), .right("sequence")],
          rows: steps.map { [$0.channel.text, $0.before.text, $0.after.text, String($0.sequence)] })),
    ] + (request?.writtenText ?? [])
  }
}

extension ChannelManifest {
  /// The manifest's content but for the moment of its making.
  func encodedWithoutTime() -> [UInt8] {
    Array("\(plugin) \(channel) \(sequence) \(version) \(yanked.map { "\($0.version) \($0.reason)" })".utf8)
  }
}
