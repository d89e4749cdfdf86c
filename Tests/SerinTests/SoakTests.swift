import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// A soak that is cut off goes on; one of other bytes begins anew.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct SoakTests {
    /// What the host says of its newest canary.
    private func canary(_ world: World) async throws -> JSON {
      let status = try await world.program.must("canary", "status", "counter", "--json").json()
      return try #require(status["canaries"]?.arrayValue?.first)
    }

    @Test func `an update that is killed in its soak goes on where it stopped`() async throws {
      let world = try await Worlds.shared.waiting().copy()
      try await world.reconnect()
      let before = world.current
      let killed = try await world.program.run(
        "/usr/bin/timeout", ["-s", "KILL", "6", Program.serin.string, "update", "counter", "--soak", "10s"])
      #expect(killed.code == 137, "\(killed)")
      let first = try await canary(world)
      #expect(first["state"]?.stringValue == "running")
      let observed = try #require(first["observedSeconds"]?.intValue)
      #expect(world.current == before)

      let again = try await world.program.run(
        "/usr/bin/timeout", ["-s", "KILL", "5", Program.serin.string, "update", "counter", "--soak", "10s"])
      if again.code == 137 {
        #expect(try await canary(world)["observedSeconds"]?.intValue ?? -1 >= observed, "observed time went back")
      }
      try await world.program.expect(0, ["update", "counter", "--soak", "10s"])
      let last = try await canary(world)
      #expect(last["state"]?.stringValue == "passed")
      #expect(last["observedSeconds"]?.intValue ?? 0 >= 10)
      #expect(world.current != before)
      #expect(try await containers(of: world).isEmpty, "a container was left behind")
    }

    @Test func `a stopped update leaves no container and no process`() async throws {
      let world = try await Worlds.shared.waiting().copy()
      try await world.reconnect()
      let before = world.current
      let stopped = try await world.program.run(
        "/usr/bin/timeout", ["-s", "TERM", "5", Program.serin.string, "update", "counter", "--soak", "60s"])
      #expect([124, 130, 143].contains(stopped.code), "\(stopped)")
      #expect(world.current == before)
      // Whatever a signal left behind is gone once the program has looked again.
      try await world.program.expect(0, ["update", "counter", "--soak", "2s"])
      #expect(try await containers(of: world).isEmpty)
    }

    @Test func `a shorter soak is named by every output`() async throws {
      let world = try await Worlds.shared.waiting().copy()
      try await world.reconnect()
      let update = try await world.program.expect(0, ["update", "counter", "--soak", "2s", "--json"])
      let result = try update.json()["plugins"]?.arrayValue?.first
      #expect(result?["canary"]?["shortened"]?.boolValue == true)
      #expect(update.errors.contains("shortened"))
      let events = try update.objects().filter { $0["schema"]?.stringValue == "serin.event.1" }
      #expect(events.contains { $0["event"]?.stringValue == "soak" })
      #expect(try await world.program.must("history").output.contains("shorter than the policy's 24h"))
      #expect(try await world.program.must("canary", "status").output.contains("(shortened)"))
    }

    @Test func `a release that came meanwhile has a soak of its own`() async throws {
      let world = try await Worlds.shared.waiting().copy()
      try await world.reconnect()
      try await world.publish(TestPlugin(version: "1.2.0", title: "Count up"))
      try await world.program.expect(0, ["update", "counter", "--soak", "2s"])
      let canary = try await canary(world)
      #expect(canary["version"]?.stringValue == "1.2.0")
      #expect(try await world.call() == "plain 1.2.0 3")
    }

    /// Containers of this world's host that a runtime still knows.
    private func containers(of world: World) async throws -> [String] {
      let found = try await world.program.run(
        "/usr/bin/find", [world.host.string + "/sandboxes/running", "-mindepth", "1", "-maxdepth", "1"])
      return found.output.split(separator: "\n").map(String.init)
    }
  }
}
