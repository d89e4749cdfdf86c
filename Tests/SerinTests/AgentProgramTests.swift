import Foundation
import Platform
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// The agent as a process of its own.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct AgentProgramTests {
    @Test func `one round takes what is offered, and a second agent is told who looks after the host`() async throws {
      let world = try await Worlds.shared.waiting().copy()
      try await world.reconnect()
      try await world.program.expect(1, ["agent", "status"])
      var lock: FileLock? = try LocalFileSystem().lock(world.host.appending("agent.lock"))
      let refused = try await world.program.expect(50, ["agent", "once"])
      #expect(refused.errors.contains("another agent looks after this host") && lock != nil, "\(refused)")
      lock = nil
      let once = try await world.program.expect(0, ["agent", "once", "--soak", "2s", "--json"])
      #expect(try once.json()["wentBack"]?.intValue == 0)
      #expect(try await world.call() == "plain 1.1.0 3")
      let status = try await world.program.expect(1, ["agent", "status", "--json"]).json()
      #expect(status["running"]?.boolValue == false)
      #expect(status["agent"]?["repositories"]?["acme"]?["checked"]?.stringValue != nil)
      #expect(status["agent"]?["trees"]?.intValue ?? 0 > 0)
    }

    @Test func `40: a release whose first sessions fail is left again, and an AI client is served by the one before`()
      async throws
    {
      let world = try await Worlds.shared.installed().copy()
      try await world.publish(TestPlugin(version: "1.1.0", fault: .refusesOldData))
      try await world.reconnect()
      let outcome = try await world.program.expect(40, ["agent", "once", "--soak", "2s"])
      #expect(outcome.errors.contains("1.1.0"), "\(outcome)")
      #expect(try await world.call() == "plain 1.0.0 3")
      let status = try await world.program.expect(1, ["agent", "status"])
      #expect(status.output.contains("rolled-back"), "\(status)")
    }

    @Test func `units are printed, written and taken away again`() async throws {
      let world = try World.empty()
      let shown = try await world.program.expect(0, ["agent", "install", "--print"])
      #expect(shown.output.contains("ExecStart=\"\(Program.serin)\" agent run"))
      let folder = world.scratch / "config/systemd/user"
      #expect(!Program.isThere(folder))
      try await world.program.expect(0, ["agent", "install", "--no-start", "--json"])
      #expect(Program.isThere(folder.appending("serin-agent.service")))
      #expect(Program.isThere(folder.appending("serin-agent.timer")))
      try await world.program.expect(0, ["agent", "uninstall"])
      #expect(!Program.isThere(folder.appending("serin-agent.service")))
    }

    @Test func `a changed file keeps a plugin from starting until the agent has healed it`() async throws {
      let world = try await Worlds.shared.installed().copy()
      try await world.reconnect()
      _ = try await world.call()
      let file = world.installed.appending("current/server.py")
      try await world.program.tool("/bin/sh", "-c", "chmod u+w '\(file)' && echo '#' >> '\(file)'")
      let refused = try await world.program.run(Program.serin, ["run", "counter"])
      #expect(refused.code == 24 && refused.errors.contains("is not what was signed"), "\(refused)")
      try await world.program.expect(0, ["agent", "once"])
      #expect(try await world.call() == "plain 1.0.0 4")
      let history = try await world.program.must("history", "counter").output
      #expect(history.contains("blocked") && history.contains("unblocked"))
    }
  }

  /// Two servers from PyPI, updated by the agent while a real client calls them.
  @Suite(
    .enabled(
      if: Program.canSandbox && Program.path("git") != nil, "needs root, an OCI runtime, python3 and git"))
  struct RealAgentTests {
    private static let (before, after) = ("2026.10.10", "2026.10.19")
    private let plugins = [RealPlugin.time, .git]

    @Test func `two servers from PyPI are updated by the agent, and no call of a real client fails`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let client = try await PythonPackages.shared.folder("mcp-1.30.0", ["mcp==1.30.0"])
      for plugin in plugins { try await publish(plugin, Self.before, world) }
      try await world.program.must("trust", world.serve(), "--root", world.root, "--name", "acme")
      for plugin in plugins {
        let installed = try await world.confirmed("install", plugin.name, "--channel", "canary")
        try #require(installed.code == 0, "\(installed)")
      }
      let repository = world.host.appending("plugins/io.github.modelcontextprotocol/git/state/repository").string
      try await world.program.tool("/usr/bin/git", "init", "--quiet", repository)

      let processes = Processes()
      defer { processes.stopAll() }
      for plugin in plugins {
        try processes.start(
          "/usr/bin/python3",
          [
            "-c", RealPlugin.client, Program.serin.string, plugin.name, plugin.tool, plugin.arguments,
            stop(plugin, world),
          ],
          world, adding: ["PYTHONPATH": client.string])
      }
      let agent = try processes.start(
        Program.serin, ["agent", "run", "--soak", "3s", "--every", "2s", "--json"], world)
      try await wait("calls before the switch") { try plugins.allSatisfy { try calls($0, world) > 2 } }
      for plugin in plugins { try await publish(plugin, Self.after, world) }
      try await wait("both updates") {
        try await approve(world)
        return try plugins.allSatisfy { try version($0, world) == Self.after }
      }
      let atSwitch = try plugins.map { try calls($0, world) }
      try await wait("calls after the switch") {
        try zip(plugins, atSwitch).allSatisfy { try calls($0, world) > $1 + 3 }
      }
      for plugin in plugins { try world.scratch.write("", to: "stop-" + plugin.name) }
      for plugin in plugins {
        let count = try await processes.output(of: plugin.name == "time" ? 0 : 1)
        #expect(count["failed"]?.arrayValue?.isEmpty == true, "\(plugin.name): \(count)")
        #expect(count["long"]?.intValue ?? 0 > 4 && count["short"]?.intValue ?? 0 > 4, "\(count)")
      }
      #expect(try await world.program.must("agent", "status", "--json").json()["running"]?.boolValue == true)
      #expect(processes.end(agent) == 0, "the agent leaves when it is told to")
    }

    private func publish(_ plugin: RealPlugin, _ version: String, _ world: World) async throws {
      let folder = try await plugin.write(version, into: world)
      try await world.program.must(
        "publish", folder.string, "--to", "canary", "--no-deltas", "--workspace", world.workspace.string)
    }

    private func stop(_ plugin: RealPlugin, _ world: World) -> String { (world.scratch / "stop-\(plugin.name)").string }

    private func calls(_ plugin: RealPlugin, _ world: World) throws -> Int {
      guard let bytes = FileManager.default.contents(atPath: stop(plugin, world) + ".count"),
        let count = try? JSON.parse(Array(bytes))
      else { return 0 }
      return (count["long"]?.intValue ?? 0) + (count["short"]?.intValue ?? 0)
    }

    private func version(_ plugin: RealPlugin, _ world: World) throws -> String? {
      let home = world.host.appending("plugins/io.github.modelcontextprotocol/\(plugin.name)")
      let manifest = FileManager.default.contents(atPath: home.appending("current/manifest.json").string)
      return try manifest.flatMap { try JSON.parse(Array($0))["version"]?.stringValue }
    }

    /// The user agrees to whatever the agent asks for.
    private func approve(_ world: World) async throws {
      guard let bytes = FileManager.default.contents(atPath: world.host.appending("agent.json").string),
        let notes = (try? JSON.parse(Array(bytes)))?["plugins"]?.objectValue
      else { return }
      for note in notes.members where note.value["word"]?.stringValue == "needs-approval" {
        _ = try await world.program.run(
          Program.serin, ["approve", note.key, note.value["version"]?.stringValue ?? ""])
      }
    }

    private func wait(_ what: String, until isSo: () async throws -> Bool) async throws {
      for _ in 0..<960 {
        if try await isSo() { return }
        try await Task.sleep(for: .milliseconds(250))
      }
      throw Trouble("waited in vain for \(what)")
    }
  }
}
