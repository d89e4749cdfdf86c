import ArgumentParser

/// `serin role`: who may sign what.
struct RoleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "role",
    abstract: "Show and change who may sign what.",
    discussion: HelpText.make(
      """
      Roles are TUF's: root, targets, snapshot, timestamp, bundles, the channels, and roles of other authors. Signed \
      metadata are the truth; serin.yaml, keys/ and channels/ follow them.
      """,
      examples: ["serin role list", "serin role change root --add root-4 --remove root-1"]),
    subcommands: [
      RoleListCommand.self, RoleChangeCommand.self, RoleRenewCommand.self, RoleDelegateCommand.self,
      RoleRevokeCommand.self, RoleSyncCommand.self,
    ])
}
