import ArgumentParser
import Platform
import Releases
import Storage
import StrictJSON
import SystemPackage
import Updating

/// The command `serin list`.
struct ListCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show the installed plugins.",
    discussion: HelpText.make(
      "Shows what runs, where it comes from, what is held, and which snapshots can be gone back to.",
      examples: ["serin list", "serin list --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  func perform(_ session: Session) async throws -> ListOutput {
    let host = try PluginHost.open(host, session)
    return ListOutput(
      plugins: try host.ledger.installs().map { install in
        let home = try host.folder.plugin(install.plugin)
        let tree = try home.current()
        return ListOutput.Row(
          install: install, version: try tree.map { try home.summary(of: $0).version }, tree: tree,
          snapshots: try home.snapshots().map(\.version.text), holds: try host.holds(of: install.plugin),
          connections: try host.connections(of: install.plugin))
      })
  }
}

/// The installed plugins.
struct ListOutput: CommandOutput {
  static let schema = "serin.list.1"

  struct Row: Sendable {
    let install: InstallRecord
    let version: ReleaseVersion?
    let tree: TreeName?
    let snapshots: [String]
    let holds: [Hold]
    let connections: [ConnectionStatus]
  }

  let plugins: [Row]

  var json: JSON.Object {
    [
      "plugins": .array(
        plugins.map { row in
          [
            "plugin": .string(row.install.plugin.text), "version": row.version.map { .string($0.text) } ?? .null,
            "channel": .string(row.install.channel.text), "repository": .string(row.install.repository),
            "tree": row.tree.map { .string($0.text) } ?? .null, "installed": .string(row.install.installed.rfc3339),
            "changed": .string(row.install.changed.rfc3339),
            "snapshots": .array(row.snapshots.map { .string($0) }), "holds": .array(row.holds.map { .object($0.json) }),
            "clients": .array(row.connections.map { .object($0.json) }),
          ]
        })
    ]
  }

  var text: [TextLine] {
    if plugins.isEmpty {
      return [.plain("nothing is installed"), .hint("install something with `serin install NAME`")]
    }
    return [
      .table(
        Table(
          columns: [
            .left("plugin"), .left("version"), .left("channel"), .left("repository"), .left("snapshots"), .left("held"),
          ],
          rows: plugins.map { row in
            [
              row.install.plugin.text, row.version?.text ?? "-", row.install.channel.text, row.install.repository,
              row.snapshots.isEmpty ? "-" : row.snapshots.joined(separator: " "),
              row.holds.isEmpty ? "-" : row.holds.map(\.sentence).joined(separator: "; "),
            ]
          }))
    ] + plugins.flatMap { row in row.connections.map { $0.line(row.install.plugin) } }
  }
}

extension ConnectionStatus {
  /// Whether nobody touched the entry.
  private var isAsWritten: Bool { finding == nil }

  /// The entry for programs.
  var json: JSON.Object {
    [
      "client": .string(record.client), "scope": .string(record.scope), "path": .string(record.path.string),
      "entry": .string(record.key), "asWritten": .bool(isAsWritten),
      "finding": finding.map { .string($0.code) } ?? .null,
    ]
  }

  /// The entry in a line.
  func line(_ plugin: PluginName) -> TextLine {
    guard let finding else { return .plain("\(plugin) is started by \(record.client), as \(record.key)") }
    return .bad("\(finding.sentence): `\(finding.command ?? "serin doctor")`")
  }
}
