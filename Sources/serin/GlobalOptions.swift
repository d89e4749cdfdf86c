import ArgumentParser
import SystemPackage

/// The options of every command: how it talks.
struct GlobalOptions: ParsableArguments {
  @Flag(help: "Write one JSON object to standard output instead of text.")
  var json = false

  @Flag(name: .shortAndLong, help: "Write no messages, only results and errors.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Write more messages.")
  var verbose = false

  mutating func validate() throws {
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
  }
}

/// The option of commands that work on a host.
struct HostOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The host's folder (default: $SERIN_HOME, else the data folder).", valueName: "folder"),
    completion: .directory)
  var hostFolder: String?
}

/// The option of commands that work on a workspace.
struct WorkspaceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The publisher's workspace.", valueName: "folder"), completion: .directory)
  var workspace = "."

  /// The workspace's folder.
  var folder: FilePath { FilePath(workspace) }
}
