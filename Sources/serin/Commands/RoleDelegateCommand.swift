import ArgumentParser
import Publishing
import Releases

/// The command `serin role delegate ROLE`.
struct RoleDelegateCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "delegate",
    abstract: "Begin a new channel, or let another author sign paths of his own.",
    discussion: HelpText.make(
      """
      With --channel the role is a channel: it signs plugins/*/*/ROLE.json and gets a policy in channels/. Otherwise \
      name its paths, as plugins/<namespace>/*/*; it is asked before all other roles, and nobody else is asked for \
      these paths. The new role begins empty and is signed by its own keys. It asks for the last six characters of the \
      digest. KEY is as in `serin role change`.
      """,
      codes: [.thresholdNotMet, .expired, .needsApproval, .locked],
      examples: [
        "serin role delegate edge --channel --follows canary --key edge",
        "serin role delegate acme --path 'plugins/io.github.acme/*/*/*' --key acme=acme.pub --request acme.request",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var workspace: WorkspaceOptions
  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var requests: RequestOptions

  @Argument(help: "The name of the new role.")
  var role: String

  @Option(help: ArgumentHelp("A pattern of paths that it may sign. May be repeated.", valueName: "pattern"))
  var path: [String] = []

  @Option(help: ArgumentHelp("A key of the role. May be repeated.", valueName: "key"), completion: .key)
  var key: [String] = []

  @Option(help: ArgumentHelp("How many of the keys must sign.", valueName: "number"))
  var threshold = 1

  @Flag(help: "The role is a channel.")
  var channel = false

  @Option(
    help: ArgumentHelp("The channel whose releases it takes (default: a first channel).", valueName: "channel"),
    completion: .channel)
  var follows: String?

  @Option(help: ArgumentHelp("How long a release must be observed before it enters the channel.", valueName: "time"))
  var soak = "24h"

  @Flag(help: "Only show what would happen.")
  var dryRun = false

  mutating func validate() throws {
    guard !key.isEmpty else { throw ValidationError("Name at least one --key.") }
    guard channel == path.isEmpty else {
      throw ValidationError("Give --channel, or the --path of a role that is none.")
    }
    guard channel || follows == nil else { throw ValidationError("--follows is for channels.") }
  }

  func perform(_ session: Session) async throws -> RoleEditOutput {
    let delegation = NewDelegation(
      role: role, paths: path, keys: try key.map { try KeyArgument.load($0, workspace, session) }, threshold: threshold,
      follows: try follows.map { try ChannelName($0) }, soak: channel ? try DurationText(soak) : nil)
    return try RoleEditing(edit: .delegate(delegation), what: "delegation to \(role)", isConfirmed: true)
      .perform(workspace, passphrase, confirmation, requests, dryRun: dryRun, session)
  }
}
