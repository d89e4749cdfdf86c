import ArgumentParser

/// `serin permissions`: what a plugin may do.
struct PermissionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "permissions",
    abstract: "Find out what a plugin needs to be allowed.",
    discussion: HelpText.make(
      """
      A plugin may do nothing beyond its own tree but what its permissions name: read, write, net.allow, env, run, \
      limits, runtime. They lie in its manifest.json under _meta, or are given to `serin pack --permissions`.
      """,
      examples: [
        "serin permissions draft ./my-plugin > permissions.json",
        "serin pack ./my-plugin --permissions permissions.json",
      ]),
    subcommands: [PermissionsDraftCommand.self])
}
