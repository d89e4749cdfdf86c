import ArgumentParser

/// `serin key`: the keys of the person who calls.
struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Make, list, show and export signing keys.",
    discussion: HelpText.make(
      """
      Keys are minisign key files under $XDG_CONFIG_HOME/serin/keys. The secret half is encrypted with a \
      passphrase that is typed, or read from a file or a file descriptor, and never leaves that folder.
      """,
      examples: ["serin key new release", "serin key export release --output keys/release.pub"]),
    subcommands: [KeyNewCommand.self, KeyListCommand.self, KeyShowCommand.self, KeyExportCommand.self])
}
