import ArgumentParser
import Clients
import StrictJSON
import Updating

/// The command `serin disconnect CLIENT NAME`.
struct DisconnectCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "disconnect",
    abstract: "Let an AI client start a plugin no more.",
    discussion: HelpText.make(
      """
      Takes the entry away that starts the plugin through Serin, and nothing else: what connect added around it goes \
      too, so that the file is byte for byte what it would be without Serin. The plugin stays installed. Entries \
      that start anything else are never touched.
      """,
      codes: [.needsApproval, .locked, .noSpace],
      examples: ["serin disconnect claude-code time", "serin disconnect vscode time --scope project --dry-run"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var options: ClientOptions
  @OptionGroup var confirmation: ConfirmationOptions

  @Argument(help: "The client.")
  var client: AIClient

  @Argument(help: "The plugin, by its full or short name; it need not be installed any more.", completion: .plugin)
  var name: String

  func perform(_ session: Session) async throws -> DisconnectOutput {
    let host = try PluginHost.open(host, session)
    let desk = host.clientDesk(project: try session.presentFolder())
    let plans = try host.planDisconnecting(
      name, from: client, options.scope, key: options.key, editsFile: options.editsFile, at: desk)
    guard let plan = plans.first else {
      return DisconnectOutput(client: client, name: name, change: nil)
    }
    guard plans.count == 1 else {
      throw CommandError.badValue(
        option: "--as", value: options.key ?? "",
        reason: "one entry must be named, of: " + plans.map(\.request.key).joined(separator: ", "))
    }
    var output = ConnectionOutput(deed: .disconnect, plan: plan, isDone: false)
    if !options.dryRun {
      try session.agree(to: plan, what: "end of \(plan.request.plugin) in \(client.title)", confirmation)
      output = ConnectionOutput(
        deed: .disconnect, plan: plan, isDone: true, notes: try await host.disconnect(plan, at: desk))
    }
    return DisconnectOutput(client: client, name: name, change: output)
  }
}

/// An entry that was taken away, or that was not there.
struct DisconnectOutput: CommandOutput {
  static let schema = "serin.connection.1"
  let client: AIClient
  let name: String
  let change: ConnectionOutput?

  var json: JSON.Object {
    change?.json
      ?? [
        "deed": .string(ConnectionOutput.Deed.disconnect.rawValue), "client": .string(client.rawValue),
        "plugin": .string(name), "done": true, "changed": false,
      ]
  }

  var text: [TextLine] {
    change?.text ?? [.plain("\(client.title) has no entry that starts \(name) through Serin")]
  }
}
