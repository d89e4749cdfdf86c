import Updating

/// Files and variables of the environment that commands read, for the manual.
///
/// Which of them concern a command follows from the options that it takes.
enum ManualPlaces {
  /// A file or a variable, and what it is for.
  struct Place: Sendable, Hashable {
    let name: String
    let meaning: String
    /// An option whose presence says that a command uses it; nil for what every command uses.
    var option: String?
  }

  /// The variables.
  static let variables: [Place] =
    places
    + SettingKey.allCases.map { key in
      Place(name: key.variable, meaning: "The setting \(key.rawValue): \(key.summary).", option: "--host-folder")
    }

  private static let places: [Place] = [
    Place(
      name: "SERIN_HOME", meaning: "The host's folder, in the place of the data folder.", option: "--host-folder"),
    Place(
      name: "SERIN_PASSPHRASE_FILE", meaning: "A file whose first line is the passphrase of the keys.",
      option: "--passphrase-file"),
    Place(name: "XDG_CONFIG_HOME", meaning: "Where settings and keys lie (default: `~/.config`)."),
    Place(
      name: "XDG_DATA_HOME", meaning: "Where the host's folder lies (default: `~/.local/share`).",
      option: "--host-folder"),
    Place(name: "NO_COLOR", meaning: "With any value but an empty one nothing is coloured."),
  ]

  /// The files.
  static let files: [Place] = [
    Place(
      name: "~/.config/serin/config.yaml", meaning: "The settings; `serin config show` says what holds and why.",
      option: "--host-folder"),
    Place(
      name: "~/.local/share/serin", meaning: "The host's folder: plugins, trusted metadata, and the ledger.",
      option: "--host-folder"),
    Place(
      name: "~/.local/share/serin/plugins/NAMESPACE/NAME/current",
      meaning: "The link that says which release of a plugin runs.", option: "--host-folder"),
    Place(
      name: "~/.config/serin/keys", meaning: "The keys of this account, in minisign's formats.",
      option: "--passphrase-file"),
    Place(
      name: "~/.local/bin/serin", meaning: "The link to the release of this program that is switched on.",
      option: "--adopt"),
    Place(
      name: "~/.local/share/serin/self/plugins/io.github.serin/serin/serin-rescue",
      meaning: "The script that goes back to a kept release without this program.", option: "--rescue-path"),
    Place(
      name: "serin.yaml", meaning: "What makes a folder a workspace: its repository's name and its roles.",
      option: "--workspace"),
    Place(name: "channels/CHANNEL.yaml", meaning: "The policy of a channel.", option: "--workspace"),
    Place(name: "repository", meaning: "What hosts fetch, as static files.", option: "--workspace"),
  ]

  /// The variables that concern a command; all of them for the program itself.
  static func variables(of command: ToolCommand) -> [Place] { variables.filter { $0.concerns(command) } }

  /// The files that concern a command.
  static func files(of command: ToolCommand) -> [Place] { files.filter { $0.concerns(command) } }
}

extension ManualPlaces.Place {
  fileprivate func concerns(_ command: ToolCommand) -> Bool {
    command.words.count == 1 || (option.map(command.takes) ?? command.subcommands.isEmpty)
  }
}
