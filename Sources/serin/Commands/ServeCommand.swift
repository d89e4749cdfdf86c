import ArgumentParser
import Platform
import Publishing
import ReleaseServer
import StrictJSON
import SystemPackage
import TUF

/// The command `serin serve`.
struct ServeCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve a repository over HTTP.",
    discussion: HelpText.make(
      """
      Serves the repository of a workspace: metadata and targets as static files, channel manifests under \
      /v1/plugins, /health for monitors and an overview page for people. It listens on loopback unless --address \
      says otherwise; put a server with TLS in front of it to serve a network. It ends on SIGTERM or SIGINT after \
      finishing what it began. The access log goes to standard error.

      It signs timestamp and snapshot role again, with the online keys, before half of their life is over, if this \
      machine holds those keys. A key with a passphrase is opened once, at the start.

      The repository is a folder of static files: any other web server can serve it instead.
      """,
      codes: [.network],
      examples: [
        "serin serve --workspace ./releases", "serin serve --repository /srv/serin --address 0.0.0.0 --port 8443",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var workspace: WorkspaceOptions
  @OptionGroup var passphrase: PassphraseOptions

  @Option(
    help: ArgumentHelp("The repository's folder (default: the workspace's).", valueName: "folder"),
    completion: .directory)
  var repository: String?

  @Option(help: "The address to listen on.")
  var address = "127.0.0.1"

  @Option(name: .shortAndLong, help: "The port to listen on; 0 takes a free one and reports it.")
  var port = 8080

  @Option(help: "Requests per second that one client address may make in the long run; 0 for no limit.")
  var rate = 50

  @Option(help: "Requests that one client address may make at once.")
  var burst = 200

  @Flag(help: "Do not sign timestamp and snapshot role again while serving.")
  var noRenew = false

  @Flag(help: "Believe X-Forwarded-For of a proxy on this machine.")
  var behindProxy = false

  mutating func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535.") }
    guard (0...1_000_000).contains(rate) else { throw ValidationError("--rate must be 0 to 1000000.") }
    guard (1...1_000_000).contains(burst) else { throw ValidationError("--burst must be 1 to 1000000.") }
  }

  func perform(_ session: Session) async throws -> ServeOutput {
    let root = repository.map { FilePath($0) } ?? workspace.folder.appending("repository")
    guard try session.machine.files.status(root.appending("metadata"))?.kind == .directory else {
      throw CommandError.noRepository(path: root.string)
    }
    let options = ServerOptions(
      hostname: address, port: port, rateLimit: RateLimit(perSecond: Double(rate), burst: Double(burst)),
      isBehindProxy: behindProxy)
    let index = StaticRepositoryIndex(root: root, files: session.machine.files)
    let started = session.machine.clock.uptime()
    try await ReleaseApplication.serve(
      root: root, options: options, files: session.machine.files, clock: session.machine.clock, index: index,
      renewal: try renewal(index, session), logger: session.logger("serin.serve")
    ) { [address] port in
      session.console.message("serving \(root) at http://\(Self.host(address)):\(port)/")
      session.console.event(
        "serving", ["address": .string(address), "port": .int(port), "repository": .string(root.string)])
    }
    return ServeOutput(seconds: (session.machine.clock.uptime() - started).components.seconds)
  }

  /// Keeps timestamp and snapshot role fresh, where this machine holds the online keys of a workspace.
  private func renewal(_ index: StaticRepositoryIndex, _ session: Session) throws -> RenewalService? {
    guard repository == nil, !noRenew else { return nil }
    let publisher = try Publisher.open(workspace, passphrase, session)
    guard try publisher.canRenew() else {
      session.console.warning("the online keys are not on this machine: run `serin renew` where they are")
      return nil
    }
    return RenewalService(
      plan: RenewalPlan(lifetimes: try publisher.onlineLifetimes()), clock: session.machine.clock,
      logger: session.logger("serin.renew"), roles: { try await index.roles() },
      renew: {
        let renewal = try publisher.renew(force: false)
        return RenewalOutcome(renewed: renewal.renewed.map(\.text), roles: try await index.roles())
      })
  }

  /// An address as it stands in a URL.
  static func host(_ address: String) -> String {
    address.contains(":") ? "[\(address)]" : address
  }
}

/// A server that has come to its end.
struct ServeOutput: CommandOutput {
  static let schema = "serin.serve.1"
  let seconds: Int64

  var json: JSON.Object { ["stopped": true, "seconds": .integer(seconds)] }
  var text: [TextLine] { [.plain("stopped after \(seconds) s")] }
}
