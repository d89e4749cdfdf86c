import ArgumentParser
import Releases
import Storage
import StrictJSON
import SystemPackage
import Updating

/// The command `serin config show`.
struct ConfigShowCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show every setting, its value, and who set it.",
    discussion: HelpText.make(
      """
      Reads the file and the environment as every command does, so that it also checks them: an unknown key or a value \
      that is not allowed is named with its line, its column and what is allowed. With a plugin it shows what holds \
      for that one.

      SETTINGS:
      \(Self.table)
      """,
      examples: ["serin config show --origin", "serin config show io.github.acme/time --json"]))

  /// Every setting, its variable, and what it is for.
  private static var table: String {
    let width = SettingKey.allCases.map(\.rawValue.count).max() ?? 0
    return SettingKey.allCases.map { key in
      let name = key.rawValue + String(repeating: " ", count: width - key.rawValue.count)
      return "  \(name)  \(key.summary)\(key.isPerPlugin ? "" : " (whole host)")"
        + "\n  \(String(repeating: " ", count: width))  must \(key.rule); $\(key.variable)"
    }.joined(separator: "\n")
  }

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin for which it is shown (default: the whole host).", completion: .plugin)
  var name: String?

  @Flag(help: "Also say who set it: default, file and line, or variable.")
  var origin = false

  func perform(_ session: Session) async throws -> ConfigOutput {
    let host = try PluginHost.open(host, session)
    let settings = try host.settings()
    let plugin = try name.map { name in try (try? PluginName(name)) ?? host.plugin(named: name).plugin }
    for stranger in settings.strangers {
      session.console.warning(
        "$\(stranger.name) is no setting\(stranger.nearest.map { "; did you mean $\($0)?" } ?? "")")
    }
    return ConfigOutput(settings: settings, plugin: plugin, showsOrigin: origin)
  }
}

/// Every setting with its value.
struct ConfigOutput: CommandOutput {
  static let schema = "serin.config.1"
  let settings: HostSettings
  let plugin: PluginName?
  let showsOrigin: Bool

  private var keys: [SettingKey] { SettingKey.allCases.filter { plugin == nil || $0.isPerPlugin } }

  var json: JSON.Object {
    [
      "path": .string(settings.path.string), "plugin": plugin.map { .string($0.text) } ?? .null,
      "sections": .strings(settings.sections),
      "settings": .array(
        keys.map { key in
          let (texts, origin) = settings.value(of: key, for: plugin)
          var object: JSON.Object = [
            "key": .string(key.rawValue), "value": key.isList ? .strings(texts) : .string(texts.first ?? ""),
            "origin": .string(origin.word), "variable": .string(key.variable), "must": .string(key.rule),
          ]
          if case .file(_, let place, let section) = origin {
            object["line"] = .int(place.line)
            if let section { object["section"] = .string(section) }
          }
          return .object(object)
        }),
    ]
  }

  var text: [TextLine] {
    let rows = keys.map { key -> [String] in
      let (texts, origin) = settings.value(of: key, for: plugin)
      let value = texts.isEmpty ? "none" : texts.joined(separator: ", ")
      return [key.rawValue, value] + (showsOrigin ? [origin.description] : [])
    }
    let columns: [Table.Column] = [.left("setting"), .left("value")] + (showsOrigin ? [.left("from")] : [])
    let sections = settings.sections.filter { _ in plugin == nil }
    return [.table(Table(columns: columns, rows: rows))]
      + sections.map { .hint("\($0) has settings of its own: serin config show \($0)") }
  }
}
