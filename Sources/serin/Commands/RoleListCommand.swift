import ArgumentParser
import Publishing
import Releases
import StrictJSON
import TUF

/// The command `serin role list`.
struct RoleListCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show every role with its keys, threshold, version, expiry and paths.",
    discussion: HelpText.make(
      """
      Shows what is signed, not what the settings say; `serin doctor` compares both. Keys have the names of their \
      files in keys/.
      """,
      codes: [.badSignature, .thresholdNotMet],
      examples: ["serin role list", "serin role list --workspace releases --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var workspace: WorkspaceOptions

  func perform(_ session: Session) async throws -> RoleListOutput {
    let publisher = Publisher(
      workspace: try Workspace.open(workspace.path(session), machine: session.machine), keys: NoKeys())
    return RoleListOutput(roles: try publisher.roles())
  }
}

/// The roles of a repository.
struct RoleListOutput: CommandOutput {
  static let schema = "serin.role.list.1"
  let roles: [RoleOverview]

  var json: JSON.Object {
    [
      "roles": .array(
        roles.map { role in
          [
            "role": .string(role.role.text), "threshold": .int(role.threshold), "version": .integer(role.version),
            "expires": .string(role.expires.text), "due": .bool(role.isDue), "paths": .strings(role.paths),
            "terminating": .bool(role.isTerminating),
            "keys": .array(role.keys.map { ["name": .string($0.name), "id": .string($0.id)] }),
          ]
        })
    ]
  }

  var text: [TextLine] {
    let rows = roles.map { role in
      [
        role.role.text, "\(role.threshold) of \(role.keys.map(\.name).joined(separator: ", "))", String(role.version),
        role.expires.text + (role.isDue ? ", more than half over" : ""),
        role.paths.isEmpty ? "-" : role.paths.joined(separator: ", "),
      ]
    }
    return [
      .table(
        Table(
          columns: [.left("role"), .left("signed by"), .right("version"), .left("expires"), .left("paths")], rows: rows)
      )
    ]
  }
}
