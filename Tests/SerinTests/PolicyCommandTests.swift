import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// Settings, marks and removal as a person and a script meet them.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct PolicyCommandTests {
    private func decision(_ world: World) async throws -> String? {
      let result = try await world.program.expect(0, ["update", "--check", "--json"]).json()
      return result["plugins"]?.arrayValue?.first?["decision"]?.stringValue
    }

    @Test func `a setting is set, shown with its origin, and taken out, and a mistake is named with its place`()
      async throws
    {
      let world = try World.empty()
      let program = world.program
      let path = try await program.must("config", "path").output.split(separator: "\n").joined()
      try await program.must("config", "set", "mode", "ask")
      let edit = try await program.must("config", "set", "minimum-age", "3d", "--plugin", "io.github.acme/time")
      #expect(edit.output.contains("+    minimum-age: 3d"))
      let shown = try await program.must("config", "show", "io.github.acme/time", "--origin", "--json").json()
      let settings = try #require(shown["settings"]?.arrayValue)
      func member(_ key: String) -> JSON? { settings.first { $0["key"]?.stringValue == key } }
      #expect(member("mode")?["value"]?.stringValue == "ask" && member("mode")?["line"]?.intValue == 1)
      #expect(member("minimum-age")?["section"]?.stringValue == "io.github.acme/time")
      #expect(member("soak")?["origin"]?.stringValue == "default")
      try await program.must("config", "unset", "mode")
      #expect(try await program.must("config", "unset", "mode").output.contains("says so already"))

      let wrong = try await program.expect(64, ["config", "set", "soka", "1h"])
      #expect(wrong.errors.contains("did you mean soak?") && wrong.output.isEmpty)
      try world.scratch.write("mode: ask\nmodus: ask\n", to: relative(path, in: world))
      let broken = try await program.expect(64, ["config", "show"])
      #expect(broken.errors.contains("line 2, column 1: there is no setting “modus”"))
      #expect(try await program.expect(64, ["update"]).errors.contains("line 2, column 1"))
    }

    /// A path below the world's folder.
    private func relative(_ path: String, in world: World) -> String {
      String(path.dropFirst(world.scratch.path.string.count + 1))
    }

    @Test
    func `a pinned plugin stays, a skipped version is passed over, and what is set decides how young is too young`()
      async throws
    {
      let world = try await Worlds.shared.waiting().copy()
      let program = world.program
      try await world.reconnect()
      #expect(try await decision(world) == "available")
      let pin = try await program.must("pin", "counter", "--reason", "it works", "--json").json()
      #expect(pin["place"]?.stringValue == "runs" && pin["version"]?.stringValue == "1.0.0")
      #expect(try await decision(world) == "held")
      #expect(try await program.must("list").output.contains("pinned to 1.0.0, it works"))
      #expect(try await program.must("unpin", "counter").output.contains("lifted 1"))
      #expect(try await program.must("pin", "counter@1.1.0").output.contains("serin update counter"))
      try await program.must("unpin", "counter")
      try await program.must("skip", "counter", "1.1.0")
      #expect(try await decision(world) == "skipped")
      try await program.must("unskip", "counter")
      try await program.must("config", "set", "minimum-age", "3d")
      #expect(try await decision(world) == "too-young")
      try await program.must("config", "set", "soak-skip", "nobody", "--plugin", "counter")
      try await program.must("config", "unset", "minimum-age")
      let short = try await program.expect(64, ["update", "counter", "--soak", "2s"])
      #expect(short.errors.contains("soak-skip lets nobody shorten it"))
    }

    @Test func `a plugin is removed, its data stay until a purge that is confirmed, and its history stays`()
      async throws
    {
      let world = try await Worlds.shared.installed().copy()
      let program = world.program
      let removed = try await program.must("remove", "counter")
      #expect(removed.output.contains("its data stay"))
      #expect(try await program.must("list").output.contains("nothing is installed"))
      #expect(try await program.must("history", "counter").output.contains("removed by"))
      let refused = try await program.expect(32, ["remove", "counter", "--purge"])
      #expect(refused.errors.contains("--confirm"))
      try await world.confirmed("remove", "counter", "--purge")
      try await program.expect(1, ["remove", "counter"])
    }
  }
}
