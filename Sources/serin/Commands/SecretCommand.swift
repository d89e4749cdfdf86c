import ArgumentParser

/// `serin secret`: the secrets of installed plugins.
struct SecretCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "secret",
    abstract: "Keep the secrets of plugins: tokens, keys, passwords.",
    discussion: HelpText.make(
      """
      Values of settings that a plugin declares sensitive, and of variables that it declares secret, are kept in the \
      Secret Service of your session where `secret-tool` and a session bus are there, else in the kernel's keyring, \
      which is never on a disk and is empty after the machine has started again. The setting secret-store names a \
      store (secret-service, keyring, file); a file is never chosen otherwise. `serin run` hands them to the \
      plugin; an observed release sees stand-ins for its secret variables.
      """,
      examples: ["serin secret set weather token", "serin secret list"]),
    subcommands: [SecretSetCommand.self, SecretListCommand.self, SecretRemoveCommand.self])
}
