import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// The program is killed at each of its writes, and finds its way back.
  @Suite(
    .enabled(
      if: Program.canSandbox && Program.path("strace") != nil,
      "needs root, strace, an OCI runtime and /usr/bin/python3"))
  struct KillTests {
    /// What stands at the system calls by which the host's folder changes.
    static let calls = [
      "write", "pwrite64", "fsync", "fdatasync", "syncfs", "rename", "renameat", "renameat2", "symlink", "symlinkat",
      "unlink", "unlinkat", "mkdir", "mkdirat", "ftruncate",
    ]

    /// One command, killed at the `step`-th of those calls that touch the host; nil when it came to its end.
    private func kill(
      _ world: World, _ arguments: [String], at step: Int,
      paths: [String] = ["journal", "current", "state", "state.next", "state.old", "snapshots", "."]
    ) async throws -> Bool {
      let calls = Self.calls.joined(separator: ",")
      let watched = paths.flatMap { ["-P", world.installed.pushing(FilePath($0)).lexicallyNormalized().string] }
      let outcome = try await world.program.run(
        "/usr/bin/strace",
        [
          "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e", "inject=\(calls):signal=KILL:when=\(step)",
        ] + watched + [Program.serin.string] + arguments)
      if outcome.code == 0 { return false }
      try #require(outcome.code == 137, "\(outcome)")
      return true
    }

    /// Kills a command at each step of its journal, and looks at the host after each; returns how often.
    private func killEverywhere(
      _ origin: World, _ arguments: [String], check: (World, String) async throws -> Void
    ) async throws -> Int {
      for step in 1...80 {
        let world = try await origin.copy()
        let wasKilled = try await kill(world, arguments, at: step)
        try await check(world, wasKilled ? "killed at step \(step)" : "not killed")
        if !wasKilled { return step - 1 }
      }
      throw Trouble("the command has more steps than a switch can have")
    }

    /// What must hold after any cut: a whole tree is current, and the state is the one that belongs to it.
    private func check(_ world: World, old: String, new: String, counters: [String: String], _ note: String)
      async throws
    {
      let program = world.program
      let cut = try await program.expect(0, ["verify", "counter", "--json"]).json()
      #expect([old, new].contains(cut["version"]?.stringValue ?? "nothing"), "\(note)")
      // The next start finds the way back or forth, and code and state then belong together.
      let answer = try await world.call()
      let verify = try await program.expect(0, ["verify", "counter", "--json"]).json()
      let version = try #require(verify["version"]?.stringValue)
      #expect([old, new].contains(version), "\(note)")
      #expect(answer == "plain \(version) \(try #require(counters[version]))", "\(note)")
      // Whatever was left half made is known for what it is, and goes.
      let pruned = try await program.must("prune", "--json").json()
      #expect(pruned["unexplainedCount"]?.intValue == 0 && pruned["skipped"]?.arrayValue?.isEmpty == true, "\(note)")
    }

    @Test func `rollback killed at each step of its journal`() async throws {
      let origin = try await Worlds.shared.updated()
      let kills = try await killEverywhere(origin, ["rollback", "counter"]) { world, note in
        // The state of 1.0.0 had counted to 2, that of 1.1.0 to 3.
        try await check(world, old: "1.1.0", new: "1.0.0", counters: ["1.1.0": "4", "1.0.0": "3"], note)
        let list = try await world.program.must("list", "--json").json()
        let version = list["plugins"]?.arrayValue?.first?["version"]?.stringValue
        let back = version == "1.1.0" ? ["rollback", "counter"] : ["rollback", "counter", "--to", "1.1.0"]
        try await world.program.expect(0, back)
        try await world.program.expect(0, ["verify", "counter"])
      }
      #expect(kills >= 3, "a rollback writes to its journal")
      note("rollback was killed \(kills) times")
    }

    @Test func `the switch of an update killed at each step of its journal`() async throws {
      let origin = try await Worlds.shared.waiting().copy()
      try await origin.reconnect()
      // The first update is cut off right before its switch: the soak has passed, and the next one goes on at once.
      try #require(try await kill(origin, ["update", "counter", "--soak", "2s"], at: 1, paths: ["journal"]))
      let kills = try await killEverywhere(origin, ["update", "counter", "--soak", "2s"]) { world, note in
        try await check(world, old: "1.0.0", new: "1.1.0", counters: ["1.0.0": "3", "1.1.0": "3"], note)
        try await world.program.expect(0, ["update", "counter", "--soak", "2s"])
        let list = try await world.program.must("list", "--json").json()
        #expect(list["plugins"]?.arrayValue?.first?["version"]?.stringValue == "1.1.0", "\(note)")
        try await world.program.expect(0, ["rollback", "counter"])
        #expect(try await world.call().hasPrefix("plain 1.0.0 "), "\(note)")
      }
      #expect(kills >= 3, "an update writes to its journal")
      note("update was killed \(kills) times")
    }

    /// A host whose update was killed when `current` was the new release and nothing was written down yet.
    private func killedAfterSwitch(_ plugin: TestPlugin) async throws -> World {
      let world = try await Worlds.shared.installed().copy()
      try await world.publish(plugin)
      try await world.reconnect()
      let update = ["update", "counter", "--soak", "2s"]
      // The first mark that is set after a switch is made beside the old one.
      let before = world.current
      try #require(try await kill(world, update, at: 1, paths: ["last-known-good.new"]))
      try #require(world.current != before)
      return world
    }

    @Test func `an update killed after its switch is settled by the next one`() async throws {
      let world = try await killedAfterSwitch(TestPlugin(version: "1.1.0", title: "Count up"))
      try await world.program.expect(0, ["update", "counter", "--soak", "2s"])
      let list = try await world.program.must("list", "--json").json()
      #expect(list["plugins"]?.arrayValue?.first?["version"]?.stringValue == "1.1.0")
      let history = try await world.program.must("history", "counter", "--json")
      #expect(history.output.contains("\"recovery\""), "\(history)")
      #expect(try await world.call() == "plain 1.1.0 3")
    }

    @Test func `an update killed after its switch still owes the first start, and goes back where it fails`()
      async throws
    {
      let world = try await killedAfterSwitch(TestPlugin(version: "1.1.0", fault: .refusesOldData))
      try await world.program.expect(40, ["update", "counter", "--soak", "2s"])
      #expect(try await world.call() == "plain 1.0.0 3")
      // The hold keeps it away from now on.
      try await world.program.expect(0, ["update", "counter", "--soak", "2s"])
      #expect(try await world.call() == "plain 1.0.0 4")
    }

    /// Says something in the log of the test run.
    private func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
  }
}
