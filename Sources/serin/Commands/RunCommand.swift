import ArgumentParser
import Platform
import Storage
import Updating

/// The command `serin run NAME`: what AI clients start.
struct RunCommand: AsyncParsableCommand {
  private static let word = "run"

  static let configuration = CommandConfiguration(
    commandName: word,
    abstract: "Run an installed plugin in its sandbox, on standard input and output.",
    discussion: HelpText.make(
      """
      Starts what `current` points to, with the permissions of its signed manifest and nothing else, and ends with the \
      plugin's own exit code (128 and the signal's number for a signal). Standard output belongs to the plugin alone; \
      messages go to standard error, as JSON lines with --json.
      """,
      examples: ["serin run time", "serin run io.github.acme/time"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Argument(help: "The plugin, by its full or short name.", completion: .plugin)
  var name: String

  func run() async throws {
    try await Self.launch(name, folder: host.hostFolder, Session.live(global))
  }

  /// The plugin's name, where that is all that was given: what stands in the configurations of AI clients.
  static func onlyName(_ arguments: [String]) -> String? {
    guard arguments.count == 2, arguments[0] == word, !arguments[1].hasPrefix("-") else {
      return nil
    }
    return arguments[1]
  }

  /// Runs a plugin of the host in a folder, or of this account's; throws its exit code where that is not 0.
  static func launch(_ name: String, folder: String? = nil, _ session: Session) async throws {
    let code: Int32
    do {
      let host = try PluginHost.open(folder, session, ledgerWhenNeeded: true)
      let (status, notes) = try await host.run(try host.runnable(name))
      for note in notes { session.console.detail(note) }
      code = Int32(clamping: status?.shellCode ?? 1)
    } catch {
      let failure = Failure(error)
      session.console.showOnStandardError(failure)
      code = failure.status.rawValue
    }
    if code != 0 { throw ExitCode(code) }
  }
}
