import Foundation
import Platform
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// AI clients connected by the program itself, and their entries started as a client would start them.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct ClientProgramTests {
    private let settings = """
      {
        // mine
        "mcpServers": {
          "counter": { "command": "uvx", "args": ["mcp-server-counter"], "env": { "API_KEY": "s3cret-word" } },
        },
      }

      """

    /// What a client would start: the entry's own words, with the few variables that clients hand on.
    private func start(_ entry: JSON?, of world: World) async throws -> Outcome {
      let command = try #require(entry?["command"]?.stringValue)
      let words = try #require(entry?["args"]?.arrayValue).compactMap(\.stringValue)
      var bare = world.program
      bare.environment = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": (world.scratch / "home").string]
      return try await bare.run(
        FilePath(command), words, input: #"{"jsonrpc":"2.0","id":1,"method":"ping"}"# + "\n")
    }

    @Test func `connect, start as a client does, and disconnect without a trace`() async throws {
      let world = try await Worlds.shared.installed().copy()
      let program = world.program
      let before = "{\r\n\t// hello\r\n\t\"theme\": \"dark\",\r\n}\r\n"
      try world.scratch.write(before, to: "config/zed/settings.json", mode: 0o640)
      let plan = try await program.must("connect", "zed", "counter", "--dry-run", "--json").json()
      #expect(plan["schema"]?.stringValue == "serin.connection.1")
      #expect(plan["changed"]?.boolValue == false)
      #expect(try world.scratch.text("config/zed/settings.json") == before)
      try await program.expect(32, ["connect", "zed", "counter"])
      try await program.expect(32, ["connect", "zed", "counter", "--yes", "--confirm", "zzzzzz"])
      try await world.confirmed("connect", "zed", "counter")
      // Whoever agreed to other bytes agreed to nothing.
      let stale = try #require(plan["confirm"]?.stringValue)
      try await program.expect(0, ["connect", "zed", "counter", "--yes", "--confirm", stale])

      let adopted = try await program.must("adopt", "--offline", "--json").json()
      let found = try #require(adopted["entries"]?.arrayValue?.first)
      #expect(found["plugin"]?.stringValue == TestPlugin.name)
      let text = try world.scratch.text("config/zed/settings.json")
      #expect(text.hasPrefix("{\r\n\t// hello\r\n\t\"theme\": \"dark\",\r\n\t\"context_servers\": {\r\n"))
      let plain = text.replacing("// hello", with: "").replacing(/,(\s*})/) { "\($0.1)" }
      let entry = try JSON.parse(Array(plain.utf8))["context_servers"]?["counter"]
      let answer = try await start(entry, of: world)
      #expect(answer.output == #"{"jsonrpc": "2.0", "id": 1, "result": {}}"# + "\n", "\(answer)")

      let list = try await program.must("list", "--json").json()
      let client = list["plugins"]?.arrayValue?.first?["clients"]?.arrayValue?.first
      #expect(client?["client"]?.stringValue == "zed" && client?["asWritten"]?.boolValue == true)
      try await world.confirmed("disconnect", "zed", "counter")
      #expect(try world.scratch.text("config/zed/settings.json") == before)
      let left = try FileManager.default.contentsOfDirectory(atPath: (world.scratch / "config/zed").string)
      #expect(left == ["settings.json"])
      let nothing = try await program.must("disconnect", "zed", "counter", "--json").json()
      #expect(nothing["changed"]?.boolValue == false)
    }

    @Test func `adopt names what is loose and secret, and changes nothing unasked`() async throws {
      let world = try await Worlds.shared.installed().copy()
      let program = world.program
      try world.scratch.write(settings, to: "home/.cursor/mcp.json")
      try world.scratch.write("{", to: "home/.codeium/windsurf/mcp_config.json")
      let shown = try await program.must("adopt", "--offline")
      try Snapshots.check(shown.output, "adopt", of: world)
      let refused = try await program.expect(1, ["connect", "cursor", "counter"])
      let plan = try await program.must("adopt", "cursor", "counter", "--dry-run", "--offline")
      try Snapshots.check(
        plan.output.replacing(Program.serin.string, with: "PROGRAM"), "adopt-dry-run", of: world)
      let asked = try await program.expect(32, ["adopt", "cursor", "counter", "--offline"])
      for outcome in [shown, refused, plan, asked] {
        #expect(!(outcome.output + outcome.errors).contains("s3cret"), "\(outcome)")
      }
      #expect(try world.scratch.text("home/.cursor/mcp.json") == settings)

      let json = try await program.must("adopt", "cursor", "counter", "--dry-run", "--offline", "--json").json()
      let digest = try #require(json["change"]?["confirm"]?.stringValue)
      let done = try await program.expect(
        0, ["adopt", "cursor", "counter", "--offline", "--yes", "--confirm", digest])
      #expect(done.output.contains("still holds env.API_KEY in plain text"))
      let text = try world.scratch.text("home/.cursor/mcp.json")
      #expect(text.contains("// mine") && !text.contains("s3cret") && text.contains(TestPlugin.name))
      #expect(try world.scratch.text("home/.cursor/mcp.json.serin-backup") == settings)

      try world.scratch.write(
        text.replacing(Program.serin.string, with: "/tmp/other"), to: "home/.cursor/mcp.json")
      let doctor = try await program.expect(1, ["doctor", "--host-folder", world.host.string, "--json"]).json()
      let codes = doctor["findings"]?.arrayValue?.compactMap { $0["code"]?.stringValue } ?? []
      #expect(codes.contains("entry-changed"), "\(doctor)")
      #expect(try await program.must("list").output.contains("was changed behind Serin's back"))
    }
  }
}
