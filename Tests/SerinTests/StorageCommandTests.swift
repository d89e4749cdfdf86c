import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// What a host keeps, how it mends itself, and how it goes back and forth: through the program.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct StorageCommandTests {
    @Test func `a rollback is taken back with its data and its hold, until the next update`() async throws {
      let world = try await Worlds.shared.updated().copy()
      let program = world.program
      try await world.reconnect()
      let new = world.current
      let none = try await program.expect(1, ["rollback", "counter", "--undo"])
      #expect(none.errors.contains("no rollback of io.github.acme/counter to undo any more, since the update to 1.1.0"))
      try await program.must("rollback", "counter", "--reason", "wrong zone")
      #expect(world.counter == "2")
      #expect(try await world.call() == "plain 1.0.0 3")
      let undo = try await program.must("rollback", "counter", "--undo")
      try Snapshots.check(undo.output, "rollback-undo", of: world)
      #expect(world.current == new && world.counter == "3")
      #expect(try await program.must("unhold", "counter").output.contains("lifted 0 holds"))
      let redo = try await program.must("rollback", "counter", "--undo", "--json").json()
      #expect(redo["undo"]?.boolValue == false && redo["hold"]?.stringValue == "rolled back to 1.0.0: wrong zone")
      #expect(world.counter == "3", "what 1.0.0 had counted to since")
      try await program.must("rollback", "counter", "--undo")
      try await program.expect(64, ["rollback", "counter", "--undo", "--to", "1.0.0"])
      let history = try await program.must("history", "counter", "--json").json()["entries"]?.arrayValue
      #expect(history?.prefix(4).map { $0["event"]?.stringValue } == ["undo", "rollback", "undo", "rollback"])

      try await world.publish(TestPlugin(version: "1.2.0"))
      try await program.must("update", "counter", "--soak", "2s")
      try await program.expect(1, ["rollback", "counter", "--undo"])
      #expect(try await world.call() == "plain 1.2.0 4")
    }

    @Test func `a release that older ones cannot follow says so before, and data are never left to one of those`()
      async throws
    {
      let world = try await Worlds.shared.installed().copy()
      let program = world.program
      try await world.reconnect()
      try await world.publish(TestPlugin(version: "2.0.0", state: #"{"epoch": 1, "reads": [0, 1]}"#))
      let check = try await program.must("update", "--check")
      #expect(check.output.contains("older releases cannot read the plugin's data (epoch 1 instead of 0)"))
      let json = try await program.must("update", "--check", "--json").json()["plugins"]?.arrayValue?.first
      #expect(json?["state"]?["oneWay"]?.boolValue == true && json?["state"]?["to"]?.intValue == 1)
      let update = try await program.must("update", "counter", "--soak", "2s")
      let said = try #require(update.errors.firstRange(of: "older releases cannot read"))
      #expect(said.lowerBound < (try #require(update.errors.firstRange(of: "observing"))).lowerBound)
      #expect(try await world.call() == "plain 2.0.0 3")
      let kept = try await program.expect(1, ["rollback", "counter", "--keep-state"])
      #expect(kept.errors.contains("1.0.0 could not read the present data, which are of epoch 1"))
      #expect(world.counter == "3")

      try await world.publish(TestPlugin(version: "4.0.0", state: #"{"epoch": 3}"#))
      let refused = try await program.expect(1, ["update", "counter", "--soak", "2s"])
      #expect(refused.errors.contains("4.0.0 cannot read the plugin's data, which are of epoch 1"))
      #expect(try await program.must("update", "--check").output.contains("refused: it cannot read"))
      #expect(world.counter == "3")
      let bundle = try await program.tool(
        "/usr/bin/find", world.workspace.string, "-name", "*.counter-2.0.0-*.tar.zst")
      let file = try #require(bundle.output.split(separator: "\n").first.map(String.init))
      let shown = try await program.must("inspect", file, "--key", world.workspace.appending("keys/build.pub").string)
      #expect(shown.output.contains("writes epoch 1, reads 0 and 1"))
    }

    @Test func `a damaged host is read, named, mended and cleared`() async throws {
      let world = try await Worlds.shared.updated().copy()
      let program = world.program
      try await world.reconnect()
      try Snapshots.check(try await program.must("verify", "--all").output, "verify-all", of: world)
      let tree = world.installed.pushing(FilePath(try #require(world.current)))
      let file = tree.appending("server.py").string
      try await program.tool("/bin/chmod", "u+w", file)
      let before = try String(contentsOfFile: file, encoding: .utf8)
      // Copied worlds keep their hard links: the object and every tree that has it are damaged at once.
      let handle = try #require(FileHandle(forWritingAtPath: file))
      handle.write(Data("#".utf8))
      try handle.close()
      try await program.tool("/bin/chmod", "0444", file)
      let named = try await program.expect(24, ["verify", "--all"])
      try Snapshots.check(named.output, "verify-all-damaged", of: world)
      let found = try await program.expect(24, ["verify", "--all", "--json"]).json()
      #expect(found["damagedObjects"]?.arrayValue?.first?["usedBy"]?.arrayValue?.isEmpty == false)

      let mended = try await program.must("verify", "--all", "--repair")
      try Snapshots.check(mended.output, "verify-all-repair", of: world)
      #expect(try String(contentsOfFile: file, encoding: .utf8) == before)
      #expect(try await world.call() == "plain 1.1.0 4")
      let doctor = try await program.run(Program.serin, ["doctor", "--json"]).json()["findings"]?.arrayValue ?? []
      #expect(doctor.contains { $0["code"]?.stringValue == "quarantine" })
      let dry = try await program.must("prune", "--dry-run")
      try Snapshots.check(dry.output, "prune-dry-run", of: world)
      let done = try await program.must("prune", "--json").json()
      #expect(done["removed"]?.arrayValue?.map { $0["why"]?.stringValue } == ["quarantine"])
      #expect(try await program.must("prune").output.contains("there is nothing to remove"))
      #expect(try await program.must("verify", "--all", "--json").json()["quarantine"]?.arrayValue?.isEmpty == true)
      try await program.expect(64, ["verify", "counter", "--all"])
      try await program.expect(64, ["verify", "counter", "--repair"])
      try await program.expect(64, ["verify"])
    }

    @Test func `what cannot be mended says so, and what to do`() async throws {
      let world = try await Worlds.shared.updated().copy()
      let tree = world.installed.pushing(FilePath(try #require(world.current)))
      try await world.program.tool("/bin/chmod", "-R", "u+w", tree.string)
      try await world.program.tool("/bin/rm", tree.appending("server.py").string)
      try await world.program.tool("/usr/bin/find", world.host.string + "/objects", "-type", "f", "-delete")
      // Nothing serves.
      let outcome = try await world.program.expect(24, ["verify", "--all", "--repair"])
      #expect(outcome.output.contains("it cannot be repaired now: "))
      #expect(outcome.output.contains("go back with `serin rollback counter`"))
      try await world.program.must("rollback", "counter")
      #expect(try await world.call() == "plain 1.0.0 3")
    }

    @Test func `an unknown path is named by doctor and prune, and stays`() async throws {
      let world = try await Worlds.shared.installed().copy()
      try world.scratch.write("x", to: "host/plugins/\(TestPlugin.name)/notes")
      let doctor = try await world.program.run(Program.serin, ["doctor"])
      #expect(doctor.output.contains("warning: nothing explains what"))
      #expect(
        try await world.program.must("prune").output.contains("nothing explains plugins/\(TestPlugin.name)/notes"))
      #expect(try world.scratch.text("host/plugins/\(TestPlugin.name)/notes") == "x")
    }
  }
}
