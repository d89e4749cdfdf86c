import Foundation
import Platform
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// Calls through `serin run`, and what is on record of them.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct AuditCommandTests {
    /// A plugin whose answers are of every kind, and large ones too.
    private static let lines = [
      #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}}"#,
      #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"count","arguments":{"secret":"xyzzy"}}}"#,
      #"{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"file:///none"}}"#,
      #"{"jsonrpc":"2.0","id":"four","method":"tools/call","params":{"name":"count"}}"#,
    ]

    @Test func `every call is on record, and a record that is touched is named`() async throws {
      let world = try await Worlds.shared.installed().copy()
      let program = world.program
      let before = try await records(program, "--tool", "count").count
      let outcome = try await program.expect(0, ["run", "counter"], input: Self.lines.joined(separator: "\n") + "\n")
      #expect(outcome.output.split(separator: "\n").count == 4)
      let all = try await records(program)
      #expect(all.prefix(3).map { $0["outcome"]?.stringValue } == ["ok", "error", "ok"])
      #expect(all.prefix(3).map { $0["name"]?.stringValue } == ["count", "file:///none", "count"])
      #expect(all.allSatisfy { $0["arguments"] == nil })
      #expect(try await records(program, "--tool", "count").count == before + 2)
      #expect(try await records(program, "--outcome", "error", "--since", "1h").count == 1)
      try await program.expect(64, ["audit", "show", "--outcome", "nonsense"])
      try await program.expect(64, ["audit", "show", "--since", "yesterday"])
      try Snapshots.check(try await program.must("audit", "verify").output, "audit-verify", of: world)

      let export = try await program.must("audit", "export", "--output", "calls.ndjson", "--key", "build", "--json").json()
      #expect(export["records"]?.intValue == before + 4)
      #expect(try world.scratch.text("calls.ndjson").split(separator: "\n").count == before + 4)
      #expect(try world.scratch.text("calls.ndjson.minisig").contains("audit log"))

      let log = "host/plugins/\(TestPlugin.name)/audit/log"
      try world.scratch.write(
        try world.scratch.text(log).replacing(#""outcome":"error""#, with: #""outcome":"ok""#), to: log, mode: 0o600)
      let broken = try await program.expect(24, ["audit", "verify", "--json"]).json()
      let fault = broken["logs"]?.arrayValue?.first?["fault"]
      #expect(fault?["file"]?.stringValue == "audit/log")
      #expect(fault?["line"]?.intValue == before + 4)
      try await program.expect(24, ["audit", "export", "--output", "calls.ndjson"])
    }

    private func records(_ program: Program, _ more: String...) async throws -> [JSON] {
      let result = try await program.expect(0, ["audit", "show", "--json"] + more).json()
      let all = try #require(result["records"]?.arrayValue)
      return all.filter { $0["event"] == nil }
    }

    @Test func `arguments are recorded where the settings say so, and sessions end on the tree they began with`()
      async throws
    {
      let world = try await Worlds.shared.waiting().copy()
      try await world.reconnect()
      let first = world.current
      var logging = world.program
      logging.environment["SERIN_LOG_ARGUMENTS"] = "true"
      let session = try Session(logging)
      #expect(try session.ask(Self.lines[0]).contains("\"1.0.0\""))
      try await world.program.must("update", "counter", "--soak", "2s")
      #expect(world.current != first)
      try await world.program.must("prune")
      // The old release still answers, with its own name, although the new one is switched on.
      #expect(try session.ask(Self.lines[1]).contains("1.0.0"))
      session.end()
      let call = try #require(try await records(world.program, "--tool", "count").first)
      #expect(call["arguments"]?["secret"]?.stringValue == "xyzzy")
      #expect(call["version"]?.stringValue == "1.0.0")
      #expect(try await world.call().contains("1.1.0"))
    }
  }

  /// A session of `serin run` that goes on beside other commands.
  private final class Session {
    private let process = Process()
    private let (input, output) = (Pipe(), Pipe())
    private var rest = Data()

    init(_ program: Program) throws {
      process.executableURL = URL(filePath: Program.serin.string)
      process.arguments = ["run", "counter"]
      process.environment = program.environment
      process.currentDirectoryURL = URL(filePath: program.folder.string)
      (process.standardInput, process.standardOutput) = (input, output)
      process.standardError = FileHandle.nullDevice
      try process.run()
    }

    deinit { end() }

    /// Writes a line and waits for the next one.
    func ask(_ line: String) throws -> String {
      try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
      while true {
        if let end = rest.firstIndex(of: 0x0A) {
          defer { rest = Data(rest[(end + 1)...]) }
          return String(decoding: rest[..<end], as: UTF8.self)
        }
        let more = output.fileHandleForReading.availableData
        if more.isEmpty { throw Trouble("the session ended") }
        rest += more
      }
    }

    func end() {
      try? input.fileHandleForWriting.close()
      if process.isRunning { process.waitUntilExit() }
    }
  }
}
