import ArgumentParser
import Platform
import Publishing
import Releases
import Signing
import StrictJSON
import SystemPackage
import TUF
import Updating

/// The command `serin status`.
struct StatusCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show on one screen what a host does and waits for, or what a workspace publishes.",
    discussion: HelpText.make(
      """
      On a host: what runs, what is observed and how far it came, what waits for you and the command that answers it, \
      what was refused and why, what is held, and how old the metadata of each repository are. Nothing is asked of \
      the network, and nothing changes. --watch draws it anew as things happen.

      In a folder that holds serin.yaml, or with --workspace: what each channel offers of each plugin, and when each \
      role expires; a role whose lifetime is more than half over is marked. The repository is verified as a client \
      would while it is read. The first line says which of the two it is.
      """,
      codes: [.badSignature, .thresholdNotMet],
      examples: ["serin status", "serin status --watch", "serin status --workspace releases --json"]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions

  @Option(help: ArgumentHelp("Show this publisher's workspace.", valueName: "folder"), completion: .directory)
  var workspace: String?

  @Flag(help: "Show a host again and again, as things happen, until it is interrupted.")
  var watch = false

  @Option(help: ArgumentHelp("With --watch: how often to look.", valueName: "time"))
  var every = "2s"

  @Option(
    name: .customLong("for"), help: ArgumentHelp("With --watch: leave after this long.", valueName: "time"))
  var length: String?

  mutating func validate() throws {
    if workspace != nil && host.hostFolder != nil {
      throw ValidationError("--workspace and --host-folder exclude each other.")
    }
    if workspace != nil && watch { throw ValidationError("--watch is for hosts.") }
    if length != nil && !watch { throw ValidationError("--for belongs to --watch.") }
  }

  func perform(_ session: Session) async throws -> StatusOutput {
    let here = try FilePath(workspace ?? ".").absolute(session)
    let isWorkspace =
      try workspace != nil
      || host.hostFolder == nil && !watch && session.machine.files.exists(here.appending("serin.yaml"))
    if isWorkspace {
      let workspace = try Workspace.open(here, machine: session.machine)
      guard try session.machine.files.exists(workspace.metadata) else {
        throw CommandError.noRepository(path: here.appending("repository").string)
      }
      return StatusOutput(subject: .workspace(try Publisher(workspace: workspace, keys: NoKeys()).status()))
    }
    let folder = try host.hostFolder.map { try FilePath($0).absolute(session) } ?? session.folders.host
    guard try session.machine.files.exists(folder) else {
      // Opening a host makes its folder, and who looks makes nothing.
      return StatusOutput(subject: .noHost(folder))
    }
    let host = try PluginHost.open(host, session)
    return StatusOutput(subject: .host(try await watch ? follow(host, session) : host.status()))
  }

  /// Shows a host until the time is over: in its place on a terminal, else a line or an event for each change.
  private func follow(_ host: PluginHost, _ session: Session) async throws -> HostStatus {
    let clock = session.machine.clock
    let pause = max(.milliseconds(100), try DurationText(every).duration)
    let end = try length.map { clock.now().advanced(by: try DurationText($0).duration) }
    let isLive =
      session.terminal.outputIsTerminal && session.environment["TERM"] != "dumb" && !session.console.style.isJSON
    let view = LiveView(console: session.console)
    var shown: [String: String] = [:]
    while true {
      let status = try await host.status()
      if let end, clock.now() >= end { return status }
      let text = HostStatusText(status: status)
      if isLive {
        view.draw(text.cut(to: session.console.style.columns))
      } else {
        for (plugin, line) in text.changes where shown[plugin] != line {
          shown[plugin] = line
          session.console.event("status", ["plugin": .string(plugin), "now": .string(line)])
          if !session.console.style.isJSON { session.console.line("\(plugin): \(line)") }
        }
      }
      try await clock.sleep(for: pause)
    }
  }
}

/// What a workspace publishes, or what a host does.
struct StatusOutput: CommandOutput {
  static let schema = "serin.status.1"

  /// What was looked at.
  enum Subject: Sendable {
    case workspace(WorkspaceStatus)
    case host(HostStatus)
    case noHost(FilePath)
  }

  let subject: Subject

  var json: JSON.Object {
    switch subject {
    case .workspace(let status): WorkspaceStatusText(status: status).json
    case .host(let status): HostStatusText(status: status).json
    case .noHost(let folder):
      [
        "subject": "host", "path": .string(folder.string), "exists": false, "plugins": .array([]),
        "repositories": .array([]),
      ]
    }
  }

  var text: [TextLine] {
    switch subject {
    case .workspace(let status): WorkspaceStatusText(status: status).text
    case .host(let status): HostStatusText(status: status).text
    case .noHost(let folder):
      [.heading("there is no host in \(folder) yet"), .hint("begin with `serin trust URL --fingerprint SHA256`")]
    }
  }
}

/// No secret keys at all: what only looks needs none.
struct NoKeys: KeyRing {
  func signer(named name: String) throws -> Signer? { nil }
}
