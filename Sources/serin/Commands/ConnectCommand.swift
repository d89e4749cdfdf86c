import ArgumentParser
import Clients
import Releases
import Storage
import Updating

/// The command `serin connect CLIENT NAME`.
struct ConnectCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "connect",
    abstract: "Let an AI client start an installed plugin.",
    discussion: HelpText.make(
      """
      Adds one entry to the client's configuration, which starts `serin run NAME`; updates and rollbacks never touch \
      it again. Where the client has a command for that and it is installed, the client does it. Else its file is \
      edited: nothing but the entry changes, comments included, the file of before stays beside it, and the difference \
      is shown first, with secrets blanked out. A file that cannot be read is left alone, and so is an entry of the \
      same name that starts something else, without --replace.
      """,
      codes: [.needsApproval, .locked, .noSpace],
      examples: [
        "serin connect claude-code time", "serin connect vscode time --scope project --dry-run",
        "serin connect zed io.github.acme/time --as clock",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var options: ClientOptions
  @OptionGroup var confirmation: ConfirmationOptions

  @Argument(help: "The client.")
  var client: AIClient

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Flag(help: "Write over an entry of the same name that starts something else.")
  var replace = false

  func perform(_ session: Session) async throws -> ConnectionOutput {
    let host = try PluginHost.open(host, session)
    let plugin = try host.plugin(named: name).plugin
    let desk = host.clientDesk(project: try session.presentFolder())
    let request = ConnectionRequest(
      client: client, scope: options.scope, key: options.key ?? ClientEntry.name(for: plugin.text),
      plugin: plugin.text, replaces: replace, editsFile: options.editsFile)
    let plan = try desk.planConnecting(request, host.clientEntry(for: plugin, program: try OwnProgram.path(session)))
    if options.dryRun { return ConnectionOutput(deed: .connect, plan: plan, isDone: false) }
    if !plan.isDone {
      try session.agree(to: plan, what: "entry of \(plugin) for \(client.title)", confirmation)
    }
    let result = try await host.connect(plan, at: desk)
    return ConnectionOutput(deed: .connect, plan: plan, isDone: true, notes: result.notes)
  }
}
