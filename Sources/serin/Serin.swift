import ArgumentParser
import Platform
import StrictJSON

/// The `serin` command: a list of verbs, and the way out for what cannot be parsed.
@main
struct Serin: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serin",
    abstract: "Publish, soak, install and roll back MCP plugins.",
    discussion: """
      A publisher packs a plugin, signs it, lets it soak in a canary sandbox and promotes it from channel to channel. \
      A host installs plugins, updates them, runs them in a sandbox and rolls them back in one command.

      Every command takes --json and documents its exit codes.

      EXAMPLES:
        serin key new release
        serin pack ./my-plugin
      """,
    version: SerinVersion.current,
    groupedSubcommands: CommandList.groups)

  /// Parses and runs; everything else happens in the commands, so that `--version` and `--help` cost nothing.
  static func main() async {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments == ["--version"] {
      // Scripts ask this often, and building the tree of commands costs more than all the rest.
      Console.standard.line(SerinVersion.current)
      return
    }
    ProcessMemory.giveBackLargeBlocks()
    do {
      // Clients wait for this one, and reading the arguments by all the rules would be a fifth of what its start costs.
      if let plugin = RunCommand.onlyName(arguments) { return try await RunCommand.launch(plugin, Session.live()) }
      var command = try parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      // An ExitCode comes from a command that has already said what was wrong.
      let isUsage = !(error is ExitCode) && exitCode(for: error).rawValue == ExitStatus.usage.rawValue
      if isUsage, arguments.contains("--json") {
        let message = Self.message(for: error)
        Console.standard.show(Failure(.usage, message: message, help: "see `serin help`"), asJSON: true)
        exit(withError: ExitCode(ExitStatus.usage.rawValue))
      }
      exit(withError: error)
    }
  }
}
