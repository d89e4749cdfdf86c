import Clients
import Platform
import StrictJSON
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// The clients' own commands: called where they are installed, and believed only after a look at the file.
@Suite struct ClientCommandTests {
  private func request(_ client: AIClient, _ scope: AIClient.Scope = .user) -> ConnectionRequest {
    ConnectionRequest(client: client, scope: scope, key: "time", plugin: "io.github.acme/time")
  }

  private func install(_ name: String, on desk: Desk) throws {
    try desk.scratch.write("#!/bin/sh\nexit 1\n", to: "bin/" + name, mode: 0o755)
  }

  static let lines: [(AIClient, AIClient.Scope, String, String)] = [
    (.claudeCode, .user, "claude", "mcp add --transport stdio --scope user time -- PROGRAM run io.github.acme/time"),
    (
      .claudeCode, .project, "claude",
      "mcp add --transport stdio --scope project time -- PROGRAM run io.github.acme/time"
    ),
    (.gemini, .project, "gemini", "mcp add --scope project time PROGRAM run io.github.acme/time"),
    (.codex, .user, "codex", "mcp add time -- PROGRAM run io.github.acme/time"),
    (
      .vscode, .user, "code",
      #"--add-mcp '{"type":"stdio","command":"PROGRAM","args":["run","io.github.acme/time"],"name":"time"}'"#
    ),
  ]

  @Test(arguments: lines)
  func `the command line is the client's own`(
    client: AIClient, scope: AIClient.Scope, program: String, line: String
  ) throws {
    let desk = try Desk()
    #expect(try desk.desk.planConnecting(request(client, scope), desk.entry).command == nil)
    try install(program, on: desk)
    let plan = try desk.desk.planConnecting(request(client, scope), desk.entry)
    #expect(plan.command == program + " " + line.replacing("PROGRAM", with: desk.program.string))
    #expect(plan.difference.isEmpty)
    var edits = request(client, scope)
    edits.editsFile = true
    #expect(try desk.desk.planConnecting(edits, desk.entry).command == nil)
  }

  /// A client that does what it is told, or not.
  private func desk(_ does: @escaping @Sendable (_ file: FilePath) throws -> Void, code: Int = 0) throws -> Desk {
    var desk = try Desk()
    try install("claude", on: desk)
    let path = try desk.path(.claudeCode)
    desk.processes = ScriptedProcesses { command, _ in
      guard command.executable.lastComponent == "claude" else { return nil }
      do { try does(path) } catch { return nil }
      return ProcessOutput(status: .exited(code), stderr: Array("first\nno such scope\n".utf8))
    }
    return desk
  }

  private static func put(_ text: String, _ path: FilePath) throws {
    let files = LocalFileSystem()
    try files.removeIfPresent(path)
    try files.write(Array(text.utf8), creating: path, mode: 0o600)
  }

  @Test func `an entry that the client made is found, and its additions are the client's`() async throws {
    let entry = SharedText()
    let desk = try desk { path in
      try Self.put("{\"x\": 1, \"mcpServers\": {\"time\": \(entry.value)}}", path)
    }
    entry.value =
      "{\"type\": \"stdio\", \"command\": \"\(desk.program)\", \"args\": [\"run\", \"\(desk.plugin)\"], \"env\": {}}"
    let plan = try desk.desk.planConnecting(request(.claudeCode), desk.entry)
    let result = try await desk.desk.connect(plan)
    #expect(result.insertion == nil && result.notes.isEmpty)
    let path = try desk.path(.claudeCode)
    #expect(desk.desk.state(of: "time", in: .claudeCode, at: path, digest: result.entry) == .asWritten)
    let away = try desk.desk.planDisconnecting(request(.claudeCode), insertion: nil, byCommand: true)
    #expect(away.command == "claude mcp remove --scope user time")
  }

  @Test func `a client that fails, does nothing or does too much is not believed`() async throws {
    let failing = try desk({ _ in }, code: 3)
    let failed = await #expect(throws: ClientError.self) {
      try await failing.desk.connect(failing.desk.planConnecting(request(.claudeCode), failing.entry))
    }
    guard case .commandFailed(_, 3, "no such scope")? = failed else {
      Issue.record("\(String(describing: failed))")
      return
    }
    let idle = try desk { _ in }
    let nothing = await #expect(throws: ClientError.self) {
      try await idle.desk.connect(idle.desk.planConnecting(request(.claudeCode), idle.entry))
    }
    guard case .commandWithoutEffect? = nothing else {
      Issue.record("\(String(describing: nothing))")
      return
    }
    let text = SharedText()
    let rude = try desk { try Self.put(text.value, $0) }
    try rude.write("{\"mcpServers\": {\"a\": {\"command\": \"x\"}}}", for: .claudeCode)
    text.value =
      "{\"mcpServers\": {\"time\": {\"command\": \"\(rude.program)\", \"args\": [\"run\", \"\(rude.plugin)\"]}}}"
    let result = try await rude.desk.connect(rude.desk.planConnecting(request(.claudeCode), rude.entry))
    #expect(result.notes.count == 1)
  }

  @Test func `a file that changed before the command runs is refused`() async throws {
    let desk = try desk { _ in Issue.record("the command was run") }
    let plan = try desk.desk.planConnecting(request(.claudeCode), desk.entry)
    try desk.write("{}", for: .claudeCode)
    await #expect(throws: ClientError.changedMeanwhile(path: try desk.path(.claudeCode).string)) {
      try await desk.desk.connect(plan)
    }
  }
}

/// A text that a script and a test share.
private final class SharedText: Sendable {
  private let text = Mutex("")
  var value: String {
    get { text.withLock { $0 } }
    set { text.withLock { $0 = newValue } }
  }
}
