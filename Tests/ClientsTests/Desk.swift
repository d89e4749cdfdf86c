import Clients
import Platform
import Signing
import StrictJSON
import SystemPackage
import TestSupport
import Testing

/// An account's home in a folder of its own, with the files of its clients.
struct Desk {
  let scratch: Scratch
  let plugin = "io.github.acme/time"
  var files: any FileSystem = LocalFileSystem()
  var processes: any ProcessRunner = ScriptedProcesses()
  var program: FilePath { scratch / "bin/serin" }

  init() throws {
    // In memory where that can be had: every edit waits for the disk several times.
    let memory: FilePath = "/dev/shm"
    let isUsable = (try? LocalFileSystem().status(memory))?.kind == .directory
    scratch = try (isUsable ? try? Scratch(in: memory) : nil) ?? Scratch()
    // Something to start, so that entries lead somewhere.
    try scratch.write("#!/bin/sh\n", to: "bin/serin", mode: 0o755)
    try LocalFileSystem().makeDirectories(scratch / "home")
    try LocalFileSystem().makeDirectories(scratch / "project")
  }

  var desk: ClientDesk {
    ClientDesk(
      machine: Machine(
        files: files, clock: ManualClock(), transport: ScriptedTransport(), processes: processes),
      places: ClientPlaces(
        environment: ["HOME": (scratch / "home").string, "PATH": (scratch / "bin").string],
        project: scratch / "project"))
  }

  var entry: ClientEntry { ClientEntry(program: program, plugin: plugin, hostFolder: nil) }

  func path(_ client: AIClient, _ scope: AIClient.Scope = .user) throws -> FilePath {
    try desk.file(of: client, scope)
  }

  /// The file's name below the scratch folder.
  func name(_ client: AIClient, _ scope: AIClient.Scope = .user) throws -> String {
    String(try path(client, scope).string.dropFirst(scratch.path.string.count + 1))
  }

  /// Writes a client's file.
  func write(_ bytes: [UInt8], for client: AIClient, mode: UInt16 = 0o644) throws {
    try scratch.write(bytes, to: try name(client), mode: mode)
  }

  func write(_ text: String, for client: AIClient, mode: UInt16 = 0o644) throws {
    try write(Array(text.utf8), for: client, mode: mode)
  }

  /// What a client's file holds; nil where there is none.
  func read(_ client: AIClient) throws -> [UInt8]? {
    try LocalFileSystem().exists(path(client)) ? try scratch.read(try name(client)) : nil
  }

  func text(_ client: AIClient) throws -> String { String(decoding: try #require(try read(client)), as: UTF8.self) }

  func request(_ client: AIClient, replaces: Bool = false, key: String = "time") -> ConnectionRequest {
    ConnectionRequest(client: client, scope: .user, key: key, plugin: plugin, replaces: replaces, editsFile: true)
  }

  @discardableResult
  func connect(_ client: AIClient, replaces: Bool = false) async throws -> ConnectionResult {
    try await desk.connect(try desk.planConnecting(request(client, replaces: replaces), entry))
  }

  func disconnect(_ client: AIClient, _ insertion: Insertion?) async throws {
    let plan = try desk.planDisconnecting(request(client), insertion: insertion, byCommand: false)
    _ = try await desk.disconnect(plan)
  }
}
