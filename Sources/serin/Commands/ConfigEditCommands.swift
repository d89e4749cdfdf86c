import ArgumentParser
import Platform
import StrictJSON
import SystemPackage
import Updating

/// The command `serin config set KEY VALUE`.
struct ConfigSetCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Set one setting in the file.",
    discussion: HelpText.make(
      """
      Writes the one line and leaves every other as it is, comments and all; what cannot be edited so is refused. The \
      file is replaced in one step, and the difference is shown. Several values are separated by commas. \
      `serin config show --help` lists the settings and what they may be.
      """,
      codes: [.noSpace],
      examples: ["serin config set quiet-hours 22:00-07:00", "serin config set mode ask --plugin io.github.acme/time"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var edit: ConfigEditOptions

  @Argument(help: "The setting.", completion: .setting)
  var key: String

  @Argument(help: "Its value.")
  var value: String

  func perform(_ session: Session) async throws -> ConfigEditOutput {
    try edit.change(key, to: value, host, session)
  }
}

/// The command `serin config unset KEY`.
struct ConfigUnsetCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "unset",
    abstract: "Take one setting out of the file.",
    discussion: HelpText.make(
      "What holds then is what `serin config show` says: the default, or what the whole host has.",
      codes: [.noSpace],
      examples: ["serin config unset quiet-hours", "serin config unset mode --plugin io.github.acme/time --dry-run"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var edit: ConfigEditOptions

  @Argument(help: "The setting.", completion: .setting)
  var key: String

  func perform(_ session: Session) async throws -> ConfigEditOutput {
    try edit.change(key, to: nil, host, session)
  }
}

/// The command `serin config path`.
struct ConfigPathCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "path",
    abstract: "Show where the file with the settings is.",
    discussion: HelpText.make(
      "The file need not be there. XDG_CONFIG_HOME moves it.",
      examples: ["serin config path", "serin config path --json"]))

  @OptionGroup var global: GlobalOptions

  func perform(_ session: Session) async throws -> ConfigPathOutput {
    let path = HostSettings.path(session.folders)
    return ConfigPathOutput(path: path, exists: try session.machine.files.exists(path))
  }
}

/// Where the file is.
struct ConfigPathOutput: CommandOutput {
  static let schema = "serin.config.path.1"
  let path: FilePath
  let exists: Bool

  var json: JSON.Object { ["path": .string(path.string), "exists": .bool(exists)] }
  var text: [TextLine] { [.plain(path.string)] }
}

/// What commands that edit the file have in common.
struct ConfigEditOptions: ParsableArguments {
  @Option(help: "Only for this plugin.", completion: .plugin)
  var plugin: String?

  @Flag(help: "Show what would change, and stop there.")
  var dryRun = false

  func change(
    _ key: String, to value: String?, _ options: HostOptions, _ session: Session
  ) throws -> ConfigEditOutput {
    let host = try PluginHost.open(options, session)
    let change = try host.planSetting(key, to: value, plugin: plugin)
    if !dryRun { try change.apply(session.machine) }
    return ConfigEditOutput(change: change, isDone: !dryRun)
  }
}

/// What changed in the file.
struct ConfigEditOutput: CommandOutput {
  static let schema = "serin.config.edit.1"
  let change: SettingsChange
  let isDone: Bool

  var json: JSON.Object {
    [
      "path": .string(change.path.string), "key": .string(change.key.rawValue),
      "plugin": change.section.map { .string($0) } ?? .null, "difference": .strings(change.difference),
      "changed": .bool(isDone && !change.difference.isEmpty),
      "overriddenBy": change.overriding.map { .string($0) } ?? .null,
    ]
  }

  var text: [TextLine] {
    if change.difference.isEmpty { return [.plain("\(change.path) says so already")] }
    var lines = change.difference.map { line -> TextLine in
      line.hasPrefix("+") ? .good(line) : line.hasPrefix("-") ? .bad(line) : .plain(line)
    }
    if isDone { lines.append(.good("\(change.path) changed")) }
    if let name = change.overriding { lines.append(.bad("$\(name) is set here and goes before the file")) }
    return lines
  }
}
