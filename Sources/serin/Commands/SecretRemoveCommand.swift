import ArgumentParser
import Releases
import StrictJSON
import Updating

/// The command `serin secret remove NAME KEY`.
struct SecretRemoveCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove a secret of a plugin from the store that keeps it.",
    discussion: HelpText.make(
      "A plugin that needs the secret does not start any more until it is set again.",
      examples: ["serin secret remove weather token", "serin secret remove io.github.acme/weather token --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Argument(help: "The key of the setting, or the name of the variable.")
  var key: String

  func perform(_ session: Session) async throws -> SecretRemoveOutput {
    let host = try PluginHost.open(host, session)
    let plugin = try host.namedPlugin(name)
    try await host.removeSecret(key, of: plugin)
    return SecretRemoveOutput(plugin: plugin, key: key)
  }
}

/// A secret that is gone.
struct SecretRemoveOutput: CommandOutput {
  static let schema = "serin.secret.remove.1"
  let plugin: PluginName
  let key: String

  var json: JSON.Object { ["plugin": .string(plugin.text), "key": .string(key), "removed": true] }

  var text: [TextLine] { [.good("removed the secret \(key) of \(plugin)")] }
}
