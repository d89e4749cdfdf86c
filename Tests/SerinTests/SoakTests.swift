import Foundation
import Platform
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
        "/usr/bin/timeout", ["-s", "TERM", "5", Program.serin.string, "update", "counter", "--soak", "1h"])
      #expect([124, 130, 143].contains(stopped.code), "\(stopped)")
      #expect(world.current == before)
      // Whatever a signal left behind is gone once the program has looked again; and it goes on for the time asked now.
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

    @Test func `killed at random moments while the clock jumps, it gives no verdict without the observed time`()
      async throws
    {
      let world = try await Worlds.shared.waiting().copy()
      try await world.publish(TestPlugin(version: "1.2.0", probes: #"[{"tool": "count"}]"#))
      try await world.reconnect()
      let before = world.current
      var random = SplitMix64(seed: 5)
      let began = Machine.live.clock.uptime()
      var observed = 0
      var kills = 0
      for jump in ["+20h", "-3h", "+2d", "+0", "-1d"] {
        let pause = String(500 + random.below(1200))
        let outcome = try await world.program.run(
          "/bin/sh", ["-c", Self.killing, "sh", pause, jump, String(300 + random.below(1500)), Program.serin.string],
          adding: [
            "FAKETIME_TIMESTAMP_FILE": (world.scratch / "clock").string, "FAKETIME_NO_CACHE": "1", "LIE": Self.lie,
          ])
        guard outcome.code == 137 else {
          #expect(outcome.code == 0, "\(outcome)")
          break
        }
        kills += 1
        #expect(world.current == before, "switched without a verdict")
        let status = try await world.program.must("canary", "status", "counter", "--json").json()
        guard let last = status["canaries"]?.arrayValue?.first, last["version"]?.stringValue == "1.2.0" else {
          continue
        }
        #expect(last["state"]?.stringValue == "running")
        let now = try #require(last["observedSeconds"]?.intValue)
        #expect(now >= observed, "observed time went back")
        #expect(.seconds(now) <= Machine.live.clock.uptime() - began, "more was observed than time has passed")
        observed = now
      }
      #expect(kills > 0)
      try await world.program.expect(0, ["update", "counter", "--soak", "6s"])
      #expect(Machine.live.clock.uptime() - began >= .seconds(6))
      let last = try await canary(world)
      #expect(last["state"]?.stringValue == "passed")
      #expect(last["observedSeconds"]?.intValue ?? 0 >= 6)
      #expect(world.current != before)
      try await world.program.expect(0, ["canary", "explain", "counter"])
      #expect(try await containers(of: world).isEmpty, "a container was left behind")
      #expect(try processes(of: world).isEmpty, "a process was left behind")
    }

    /// Starts an update, sets its clock after a while, and kills it after another; 137 when it was killed.
    ///
    /// The program that lies about the time is the parent, so that the number of the update is written down.
    private static let killing = """
      pause() { sleep "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))"; }
      echo +0 > "$FAKETIME_TIMESTAMP_FILE"
      $LIE /bin/sh -c 'echo $$ > "$FAKETIME_TIMESTAMP_FILE.pid"; unset FAKETIME; exec "$0" update counter --soak 6s' \
        "$4" & update=$!
      pause "$1"; echo "$2" > "$FAKETIME_TIMESTAMP_FILE"; pause "$3"
      if kill -KILL "$(cat "$FAKETIME_TIMESTAMP_FILE.pid")" 2>/dev/null; then wait $update; exit 137; fi
      wait $update
      """

    /// What lies about the time, where it is installed; without it there are kills and no jumps.
    private static var lie: String {
      Program.path("faketime") == nil ? "" : "faketime --exclude-monotonic -f +0"
    }

    /// Processes that see something of this world: a plugin does through its mounts.
    private func processes(of world: World) throws -> [String] {
      let all = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
      let own = "\(ProcessInfo.processInfo.processIdentifier)"
      let name = world.scratch.path.lastComponent?.string ?? ""
      return all.filter { process in
        guard process != own, let mounts = FileManager.default.contents(atPath: "/proc/\(process)/mountinfo") else {
          return false
        }
        return String(decoding: mounts, as: UTF8.self).contains(name)
      }
    }

    /// Containers of this world's host that a runtime still knows.
    private func containers(of world: World) async throws -> [String] {
      let found = try await world.program.run(
        "/usr/bin/find", [world.host.string + "/sandboxes/running", "-mindepth", "1", "-maxdepth", "1"])
      return found.output.split(separator: "\n").map(String.init)
    }
  }
}
