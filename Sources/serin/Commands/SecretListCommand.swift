import ArgumentParser
import Platform
import Releases
import Storage
import StrictJSON
import Updating

/// The command `serin secret list [NAME]`.
struct SecretListCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show which secrets plugins have and where they are kept; never their values.",
    discussion: HelpText.make(
      "Also shows what a plugin needs and nobody has set, and what a store has lost, as the kernel's keyring does when "
        + "the machine starts again.",
      examples: ["serin secret list", "serin secret list weather --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin (default: all).")
  var name: String?

  func perform(_ session: Session) async throws -> SecretListOutput {
    let host = try PluginHost.open(host, session)
    var plugins = try name.map { [try host.namedPlugin($0)] } ?? host.ledger.installs().map(\.plugin)
    if name == nil {
      for record in try host.ledger.secrets() where !plugins.contains(record.plugin) { plugins.append(record.plugin) }
    }
    var entries: [SecretListOutput.Entry] = []
    for plugin in plugins {
      entries += try await host.secrets(of: plugin).map { SecretListOutput.Entry(plugin: plugin, slot: $0) }
    }
    return SecretListOutput(entries: entries)
  }
}

/// Secrets by name.
struct SecretListOutput: CommandOutput {
  static let schema = "serin.secret.list.1"

  struct Entry {
    let plugin: PluginName
    let slot: SecretSlot

    /// How it stands, in a word.
    var state: String {
      switch slot.isThere {
      case true?: "kept"
      case false?: "lost"
      case nil: slot.isRequired ? "missing" : "not set"
      }
    }
  }

  let entries: [Entry]

  var json: JSON.Object {
    [
      "secrets": .array(
        entries.map { entry in
          [
            "plugin": .string(entry.plugin.text), "key": .string(entry.slot.key), "state": .string(entry.state),
            "required": .bool(entry.slot.isRequired),
            "store": entry.slot.record.map { .string($0.store.rawValue) } ?? .null,
            "time": entry.slot.record.map { .string($0.time.rfc3339) } ?? .null,
          ]
        })
    ]
  }

  var text: [TextLine] {
    if entries.isEmpty { return [.plain("no plugin has secrets")] }
    let table = Table(
      columns: [.left("plugin"), .left("key"), .left("state"), .left("kept in")],
      rows: entries.map { [$0.plugin.text, $0.slot.key, $0.state, $0.slot.record?.store.words ?? "-"] })
    let wanting = entries.first { $0.state == "lost" || $0.state == "missing" }
    return [.table(table)]
      + (wanting.map { [.hint("set it with `serin secret set \($0.plugin.name) \($0.slot.key)`")] } ?? [])
  }
}
