import ArgumentParser
import Releases
import Storage
import StrictJSON
import Updating

/// The command `serin pin NAME@VERSION`.
struct PinCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "pin",
    abstract: "Keep a plugin on one version.",
    discussion: HelpText.make(
      """
      Takes no other version from now on, and protects the pinned one from pruning. A version that is not installed is \
      taken by the next update if the channel offers it; one that is kept on this host is gone back to with `serin \
      rollback --to`. Only what the channel offers can be fetched, for two parties must agree on a release; what was \
      withdrawn cannot be pinned. Without a version the one that runs is pinned.
      """,
      codes: [.locked],
      examples: ["serin pin time", "serin pin time@2026.10.19 --reason 'the next one is slow'"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(
    help: ArgumentHelp("The plugin, and the version behind an @.", valueName: "name@version"), completion: .plugin)
  var target: String

  @Option(help: "Why.")
  var reason = "asked for on the command line"

  func perform(_ session: Session) async throws -> PinOutput {
    let host = try PluginHost.open(host, session)
    let parts = target.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let install = try host.plugin(named: parts[0])
    let home = try host.folder.plugin(install.plugin)
    let running = try home.current().map { try home.summary(of: $0).version }
    guard let version = try parts.count == 2 ? ReleaseVersion(parts[1]) : running else {
      throw UpdatingError.notInstalled(plugin: install.plugin.text)
    }
    let result = try host.pin(install.plugin, to: version, reason: reason)
    return PinOutput(plugin: install.plugin, version: version, result: result)
  }
}

/// A plugin that was pinned.
struct PinOutput: CommandOutput {
  static let schema = "serin.pin.1"
  let plugin: PluginName
  let version: ReleaseVersion
  let result: PinResult

  var json: JSON.Object {
    [
      "plugin": .string(plugin.text), "version": .string(version.text), "place": .string(result.place.rawValue),
      "hold": .object(result.hold.json),
    ]
  }

  var text: [TextLine] {
    let title = TextLine.good("\(plugin) is pinned to \(version)")
    let next: TextLine =
      switch result.place {
      case .runs: .plain("it runs now, and stays")
      case .kept: .hint("it is kept here; to go to it: serin rollback \(plugin.name) --to \(version)")
      case .offered: .hint("it is offered; to take it: serin update \(plugin.name)")
      case .absent: .bad("it is neither here nor offered: nothing is taken until its channel offers it")
      }
    return [title, next]
  }
}

/// The command `serin unpin NAME`.
struct UnpinCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpin",
    abstract: "Let a plugin leave the version that it is pinned to.",
    discussion: HelpText.make(
      "Updates are taken again, unless something else holds them.", codes: [.locked],
      examples: ["serin unpin time", "serin unpin io.github.acme/time --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  func perform(_ session: Session) async throws -> HoldOutput {
    let host = try PluginHost.open(host, session)
    let plugin = try host.plugin(named: name).plugin
    let lifted = try host.unpin(plugin) ? 1 : 0
    return HoldOutput(plugin: plugin, lifted: lifted, holds: try host.holds(of: plugin), placed: nil)
  }
}

/// The command `serin skip NAME VERSION`.
struct SkipCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "skip",
    abstract: "Never take one version of a plugin.",
    discussion: HelpText.make(
      "The next version is taken as usual. The version that runs is left with `serin rollback` instead.",
      codes: [.locked],
      examples: ["serin skip time 2026.10.19", "serin skip time 2026.10.19 --reason 'breaks our zone'"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Argument(help: "The version.")
  var version: String

  @Option(help: "Why.")
  var reason = "asked for on the command line"

  func perform(_ session: Session) async throws -> HoldOutput {
    let host = try PluginHost.open(host, session)
    let plugin = try host.plugin(named: name).plugin
    let hold = try host.skip(plugin, ReleaseVersion(version), reason: reason)
    return HoldOutput(plugin: plugin, lifted: nil, holds: try host.holds(of: plugin), placed: hold)
  }
}

/// The command `serin unskip NAME [VERSION]`.
struct UnskipCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "unskip",
    abstract: "Take a version that was skipped.",
    discussion: HelpText.make(
      "Without a version, all that were skipped.", codes: [.locked],
      examples: ["serin unskip time 2026.10.19", "serin unskip time"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Argument(help: "The version.")
  var version: String?

  func perform(_ session: Session) async throws -> HoldOutput {
    let host = try PluginHost.open(host, session)
    let plugin = try host.plugin(named: name).plugin
    let lifted = try host.unskip(plugin, version.map { try ReleaseVersion($0) })
    return HoldOutput(plugin: plugin, lifted: lifted, holds: try host.holds(of: plugin), placed: nil)
  }
}
