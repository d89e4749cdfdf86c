import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// `serin canary …` on a host: from another terminal while a soak runs, and after its end.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct CanaryCommandTests {
    private func canary(_ world: World) async throws -> JSON {
      let status = try await world.program.must("canary", "status", "counter", "--json").json()
      return try #require(status["canaries"]?.arrayValue?.first)
    }

    /// Waits until the newest canary is as it should be; says what it was when it never is.
    private func wait(_ world: World, until isThere: (JSON) -> Bool) async throws {
      var last = JSON.null
      for _ in 0..<200 {
        let status = try await world.program("canary", "status", "counter", "--json").json()
        last = status["canaries"]?.arrayValue?.first ?? .null
        if isThere(last) { return }
        try await Task.sleep(for: .milliseconds(50))
      }
      throw Trouble("the canary never came that far: \(last)")
    }

    private func isObserved(_ canary: JSON) -> Bool {
      canary["watched"]?.boolValue == true && canary["state"]?.stringValue == "running"
    }

    @Test func `a soak is begun, extended and watched from elsewhere, and switches to nothing`() async throws {
      let world = try await Worlds.shared.installed().copy()
      let program = world.program
      try await world.publish(TestPlugin(version: "1.1.0", description: "Adds <script>alert(1)</script> one."))
      try await world.reconnect()
      let before = world.current
      async let started = program.run(Program.serin, ["canary", "start", "counter", "--soak", "3s", "--json"])
      try await wait(world, until: isObserved)
      let longer = try await program.must("canary", "extend", "counter", "2s", "--json").json()
      #expect(longer["schema"]?.stringValue == "serin.canary.control.1")
      #expect(longer["requiredSeconds"]?.intValue == 5 && longer["watched"]?.boolValue == true)
      let locked = try await program.expect(50, ["canary", "start", "counter", "--soak", "3s"])
      #expect(locked.errors.contains("locked"))
      let watched = try await program.must("canary", "watch", "counter", "--every", "200ms", "--json")
      #expect(try watched.objects().contains { $0["event"]?.stringValue == "canary" })
      #expect(try watched.json()["state"]?.stringValue == "passed")

      let outcome = try await started
      #expect(outcome.code == 0, "\(outcome)")
      let result = try outcome.json()["canary"]
      #expect(result?["record"]?["observedSeconds"]?.intValue ?? 0 >= 5)
      #expect(result?["waits"]?.arrayValue?.isEmpty == false)
      #expect(world.current == before, "nothing is switched to")

      let explained = try await program.must("canary", "explain", "counter")
      #expect(explained.output.contains("is: Adds <script>alert(1)</script> one."))
      #expect(explained.output.contains("`serin canary approve counter 1.1.0`"))
      let logs = try await program.must("canary", "logs", "counter", "--lines", "3", "--json").json()
      #expect(logs["samples"]?.arrayValue?.count == 3)
      let report = world.scratch / "report.html"
      try await program.must("canary", "report", "counter", "-o", report.string)
      let page = try world.scratch.text("report.html")
      #expect(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script"))

      try await program.expect(32, ["update", "counter", "--soak", "3s"])
      let approved = try await program.must("canary", "approve", "counter", "1.1.0", "--json").json()
      #expect(approved["schema"]?.stringValue == "serin.approve.1")
      try await program.must("update", "counter", "--soak", "3s")
      #expect(world.current != before)
      #expect(try await program.must("canary", "start", "counter").output.contains("nothing to observe"))
    }

    @Test func `a soak is ended from elsewhere, and begins anew`() async throws {
      let world = try await Worlds.shared.waiting().copy()
      try await world.reconnect()
      let program = world.program
      async let started = program.run(Program.serin, ["canary", "start", "counter", "--soak", "60s"])
      try await wait(world, until: isObserved)
      let ended = try await program.must("canary", "abort", "counter", "--reason", "enough seen", "--json").json()
      #expect(ended["state"]?.stringValue == "aborted")
      let outcome = try await started
      #expect(outcome.code == 31, "\(outcome)")
      #expect(outcome.errors.contains("enough seen"))
      try await program.expect(1, ["canary", "abort", "counter"])
      try await program.expect(1, ["canary", "extend", "counter", "1h"])
      #expect(try await canary(world)["state"]?.stringValue == "aborted")
      try await program.expect(31, ["canary", "watch", "counter"])
      let explained = try await program.must("canary", "explain", "counter").output
      #expect(explained.contains("enough seen") && explained.contains("begins anew"))
      try await program.must("update", "counter", "--soak", "2s")
      #expect(try await canary(world)["state"]?.stringValue == "passed")
    }

    @Test func `a failure is explained with its last words, and its report is kept`() async throws {
      let world = try await Worlds.shared.installed().copy()
      try await world.publish(TestPlugin(version: "1.1.0", fault: .crash))
      try await world.reconnect()
      let program = world.program
      try await program.expect(30, ["canary", "start", "counter", "--soak", "2s"])
      #expect(try await program.must("canary", "logs", "counter").output.contains("the counter is broken"))
      let explained = try await program.must("canary", "explain", "counter", "--json").json()
      #expect(explained["state"]?.stringValue == "failed")
      #expect(explained["record"]?["figures"]?["errorTail"]?.stringValue == "the counter is broken")
      try await program.must("canary", "report", "counter", "-o", "failed.html")
      #expect(try world.scratch.text("failed.html").contains("class=\"verdict failed\""))
    }

    @Test func `a workspace's verdict and its file are explained and reported alike`() async throws {
      let world = try await Worlds.shared.promoted().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      let own = try await program.must("canary", "explain", "counter", "--workspace", workspace, "--json").json()
      #expect(own["state"]?.stringValue == "passed" && own["signer"]?.stringValue == "canary")
      let found = try await program.tool("/usr/bin/find", workspace + "/evidence", "-name", "*.json").output
      let file = try #require(found.split(separator: "\n").first.map(String.init))
      let key = workspace + "/keys/canary.pub"
      let checked = try await program.must("canary", "explain", file, "--key", key, "--json").json()
      #expect(checked["digest"] == own["digest"] && checked["record"] == own["record"])
      try await program.expect(20, ["canary", "explain", file, "--key", workspace + "/keys/build.pub"])
      try await program.must("canary", "report", file, "--key", key, "-o", "file.html")
      #expect(try world.scratch.text("file.html").contains("whose signature was checked"))
      try await program.expect(1, ["canary", "report", "missing.json"])
    }
  }
}
