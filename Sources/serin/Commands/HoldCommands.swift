import ArgumentParser
import Platform
import Releases
import Storage
import StrictJSON
import Updating

/// The command `serin hold NAME`.
struct HoldCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold",
    abstract: "Keep a plugin from taking updates.",
    discussion: HelpText.make(
      "Holds every update, or one version, for a while or for ever; the reason is shown wherever the hold matters.",
      codes: [.locked],
      examples: ["serin hold time --reason 'demo on Friday' --for 7d", "serin hold time --release 2026.10.19"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Option(help: ArgumentHelp("Only this version.", valueName: "version"), completion: .keptVersion)
  var release: String?

  @Option(name: .customLong("for"), help: ArgumentHelp("For how long (default: until unhold).", valueName: "time"))
  var length: String?

  @Option(help: "Why.")
  var reason = "asked for on the command line"

  func perform(_ session: Session) async throws -> HoldOutput {
    let host = try PluginHost.open(host, session)
    let plugin = try host.plugin(named: name).plugin
    let hold = try host.hold(
      plugin, version: release.map { try ReleaseVersion($0) }, for: length.map { try DurationText($0) },
      reason: reason)
    return HoldOutput(plugin: plugin, lifted: nil, holds: try host.holds(of: plugin), placed: hold)
  }
}

/// The command `serin unhold NAME`.
struct UnholdCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "unhold",
    abstract: "Let a plugin take updates again.",
    discussion: HelpText.make(
      "Lifts every hold of a plugin, or the one on a version; the ones that rollbacks set, too.",
      codes: [.locked],
      examples: ["serin unhold time", "serin unhold time --release 2026.10.19"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  @Option(help: ArgumentHelp("Only the hold on this version.", valueName: "version"), completion: .keptVersion)
  var release: String?

  func perform(_ session: Session) async throws -> HoldOutput {
    let host = try PluginHost.open(host, session)
    let plugin = try host.plugin(named: name).plugin
    let lifted = try host.unhold(plugin, version: release.map { try ReleaseVersion($0) })
    return HoldOutput(plugin: plugin, lifted: lifted, holds: try host.holds(of: plugin), placed: nil)
  }
}

/// The holds of a plugin after one was placed or lifted.
struct HoldOutput: CommandOutput {
  static let schema = "serin.hold.1"
  let plugin: PluginName
  let lifted: Int?
  let holds: [Hold]
  let placed: Hold?

  var json: JSON.Object {
    [
      "plugin": .string(plugin.text), "lifted": lifted.map { .int($0) } ?? .null,
      "holds": .array(holds.map { .object($0.json) }),
    ]
  }

  var text: [TextLine] {
    if let placed {
      return [.good(placed.kind == .skip ? "\(plugin): \(placed.sentence)" : "\(plugin) is held: \(placed.sentence)")]
    }
    let title = TextLine.good("lifted \(lifted ?? 0) hold\(lifted == 1 ? "" : "s") of \(plugin)")
    return [title] + holds.map { .plain("still held: \($0.sentence)") }
  }
}

extension Hold {
  /// The hold in a sentence.
  var sentence: String {
    let which = version?.text ?? "every version"
    switch kind {
    case .skip: return "\(which) is skipped, \(reason)"
    case .pin: return "pinned to \(which), \(reason)"
    case .hold: break
    }
    return "\(version.map { "only \($0)" } ?? "every version")\(until.map { " until \($0.rfc3339)" } ?? ""), \(reason)"
  }

  /// The hold for programs.
  var json: JSON.Object {
    [
      "kind": .string(kind.rawValue), "version": version.map { .string($0.text) } ?? .null,
      "until": until.map { .string($0.rfc3339) } ?? .null, "reason": .string(reason),
    ]
  }
}
