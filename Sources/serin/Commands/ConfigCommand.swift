import ArgumentParser

/// The command `serin config` and its verbs.
struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Show and change the settings of this host.",
    discussion: HelpText.make(
      """
      The settings stand in $XDG_CONFIG_HOME/serin/config.yaml. What holds, from the weakest to the strongest: the \
      default, the file, a plugin's section below `plugins` in it, an environment variable, an option of a command.
      """,
      examples: ["serin config show --origin", "serin config set mode ask --plugin io.github.acme/time"]),
    subcommands: [
      ConfigShowCommand.self, ConfigSetCommand.self, ConfigUnsetCommand.self, ConfigPathCommand.self,
    ])
}
