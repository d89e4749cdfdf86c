import Foundation
import Platform
import Signing
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// A publisher and a host in a folder of their own, with a server between them; it goes with the last reference.
final class World: Sendable {
  let scratch: Scratch
  let program: Program
  private let servers = Servers()

  private init(_ scratch: Scratch, adding more: [String: String] = [:]) {
    self.scratch = scratch
    var variables = [
      "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "NO_COLOR": "1",
    ]
    variables["HOME"] = (scratch / "home").string
    variables["XDG_CONFIG_HOME"] = (scratch / "config").string
    variables["XDG_STATE_HOME"] = (scratch / "state").string
    variables["XDG_CACHE_HOME"] = (scratch / "cache").string
    variables["SERIN_HOME"] = (scratch / "host").string
    variables["SERIN_PASSPHRASE_FILE"] = (scratch / "passphrase").string
    program = Program(environment: variables.merging(more) { _, new in new }, folder: scratch.path)
  }

  deinit { servers.stopAll() }

  var workspace: FilePath { scratch / "workspace" }
  var metadata: FilePath { workspace.appending("repository/metadata") }
  var host: FilePath { scratch / "host" }
  var root: String { metadata.appending("1.root.json").string }
  /// The folder of the test plugin on the host.
  var installed: FilePath { host.appending("plugins/" + TestPlugin.name) }
  /// The counter in the plugin's state, or `nil` before the first call.
  var counter: String? { try? scratch.text("host/plugins/\(TestPlugin.name)/state/counter") }
  /// What `current` points to, or `nil` where nothing is installed.
  var current: String? { try? FileManager.default.destinationOfSymbolicLink(atPath: installed.string + "/current") }

  // MARK: - Making

  /// A folder with a home and a passphrase, and nothing in it yet.
  static func empty() throws -> World {
    let scratch = try Scratch()
    try scratch.write("correct horse battery staple\n", to: "passphrase", mode: 0o600)
    try scratch.write("", to: "home/.keep")
    return World(scratch)
  }

  /// A copy of a world as it lies on the disk, without its servers.
  ///
  /// - Parameter variables: what its programs find in their environment besides.
  func copy(adding variables: [String: String] = [:]) async throws -> World {
    let other = try Scratch()
    try await program.tool("/bin/cp", "-a", "--reflink=auto", scratch.path.string + "/.", other.path.string)
    return World(other, adding: variables)
  }

  // MARK: - The publisher's side

  /// Writes a release's folder.
  @discardableResult
  func write(_ plugin: TestPlugin, to folder: String? = nil) throws -> FilePath {
    let folder = folder ?? "releases/" + plugin.version
    try scratch.write(plugin.manifest, to: folder + "/manifest.json")
    try scratch.write(plugin.program, to: folder + "/server.py")
    if plugin.ballast > 0 { try scratch.write(SecureRandom.bytes(plugin.ballast), to: folder + "/ballast") }
    return scratch / folder
  }

  /// Publishes a release to the channel canary.
  @discardableResult
  func publish(_ plugin: TestPlugin, at location: SourceLocation = #_sourceLocation) async throws -> Outcome {
    try await program.must(
      "publish", write(plugin).string, "--to", "canary", "--workspace", workspace.string, "--json", at: location)
  }

  /// Runs a command that asks for the end of a digest, and answers as a script does.
  @discardableResult
  func confirmed(
    _ arguments: String..., expecting code: Int = 0, at location: SourceLocation = #_sourceLocation
  ) async throws -> Outcome {
    let plan = try await program.run(Program.serin, arguments + ["--dry-run", "--json"])
    let digest = try plan.json()["confirm"]?.stringValue ?? "000000"
    return try await program.expect(code, arguments + ["--yes", "--confirm", digest], at: location)
  }

  // MARK: - Serving

  /// Serves the workspace until the world goes; returns the address without a slash at its end.
  func serve(_ options: String...) async throws -> String {
    try await servers.start(program, ["serve", "--workspace", workspace.string, "--port", "0"] + options, in: scratch)
  }

  /// Serves the workspace and tells the copied host, which knows the original's address, where.
  @discardableResult
  func reconnect(_ options: String...) async throws -> String {
    let url = try await servers.start(
      program, ["serve", "--workspace", workspace.string, "--port", "0"] + options, in: scratch)
    let record = "host/repositories/acme/repository.json"
    try scratch.write(
      scratch.text(record).replacing(/http:\/\/127\.0\.0\.1:[0-9]+/, with: url), to: record, mode: 0o600)
    return url
  }

  /// Ends the servers that were started.
  func stopServing() { servers.stopAll() }

  // MARK: - The host's side

  /// Trusts the served repository and installs the test plugin from the channel canary.
  func install(from url: String, at location: SourceLocation = #_sourceLocation) async throws {
    try await program.must("trust", url, "--root", root, "--name", "acme", at: location)
    try await confirmed("install", "counter", "--channel", "canary", at: location)
  }

  /// Calls the plugin's tool through `serin run` as an AI client does; returns the text of the answer.
  func call(at location: SourceLocation = #_sourceLocation) async throws -> String {
    let lines = [
      #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}}"#,
      #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
      #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"count","arguments":{}}}"#,
    ]
    let outcome = try await program.run(
      Program.serin, ["run", "counter"], input: lines.joined(separator: "\n") + "\n")
    try #require(outcome.code == 0, "\(outcome)", sourceLocation: location)
    let text = try outcome.json()["result"]?["content"]?.arrayValue?.first?["text"]?.stringValue
    return try #require(text, "\(outcome)", sourceLocation: location)
  }
}
