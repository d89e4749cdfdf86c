import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// `serin permissions draft`: data on standard output, remarks on standard error.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct PermissionsCommandTests {
    @Test func `a draft can be packed with, and what was packed can be drafted again`() async throws {
      let world = try World.empty()
      var plugin = TestPlugin(version: "1.0.0")
      plugin.permissions = #""version": 1"#
      let folder = try world.write(plugin).string
      let program = world.program
      let drafted = try await program.must("permissions", "draft", folder, "--call", "count={}")
      let block = try JSON.parse(Array(drafted.output.utf8))
      #expect(block["write"] == ["@state"])
      #expect(block["read"] == nil)
      #expect(drafted.errors.contains("note: "))
      try world.scratch.write(drafted.output, to: "permissions.json")

      try await program.must("key", "new", "build", "--no-passphrase")
      try await program.must("pack", folder, "--permissions", "permissions.json", "--key", "build", "-o", "out")
      let name = try #require(
        try await program.tool("/bin/ls", "out").output.split(separator: "\n").first { $0.hasSuffix(".zst") })
      let again = try await program.expect(
        0, ["permissions", "draft", "out/\(name)", "--call", "count={}", "--json", "--quiet"]
      ).json()
      #expect(again["schema"]?.stringValue == "serin.permissions.draft.1")
      #expect(again["permissions"]?["write"] == ["@state"])
      #expect(again["answers"]?.boolValue == true)
      #expect(again["rounds"]?.intValue ?? 0 >= 2)
    }

    @Test func `what cannot be drafted is said, with its code`() async throws {
      let world = try World.empty()
      var plugin = TestPlugin(version: "1.0.0")
      plugin.fault = .crash
      let folder = try world.write(plugin).string
      let silent = try await world.program.expect(1, ["permissions", "draft", folder])
      #expect(silent.output.isEmpty)
      #expect(silent.errors.contains("gave no answer in its sandbox"))
      try await world.program.expect(64, ["permissions", "draft", folder, "--call", "count"])
      try await world.program.expect(64, ["permissions", "draft", folder, "--call", "count=[]"])
      try await world.program.expect(1, ["permissions", "draft", "nowhere"])
    }
  }
}
