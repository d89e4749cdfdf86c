import ArgumentParser
import Platform
import Storage
import Updating

/// The command `serin run NAME`: what AI clients start.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
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
    let session = Session.live(global)
    let code: Int32
    do {
      let host = try PluginHost.open(host, session)
      let (status, notes) = try await host.run(try host.plugin(named: name).plugin)
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
