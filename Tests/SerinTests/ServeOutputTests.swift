import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// What `serin serve` says to programs: an event when it listens, and a result when it was told to end.
  @Suite struct ServeOutputTests {
    @Test func `serve names its port, ends on SIGTERM, and says so`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let outcome = try await world.program.run(
        "/usr/bin/timeout",
        [
          "--preserve-status", "--signal=TERM", "8", Program.serin.string, "serve", "--workspace",
          world.workspace.string, "--port", "0", "--json",
        ])
      #expect(outcome.code == 0, "\(outcome)")
      let objects = try outcome.objects()
      let event = try #require(objects.first)
      #expect(event["schema"]?.stringValue == "serin.event.1")
      #expect(event["event"]?.stringValue == "serving")
      #expect(event["address"]?.stringValue == "127.0.0.1")
      #expect((event["port"]?.intValue ?? 0) > 0)
      let result = try #require(objects.last)
      #expect(result["schema"]?.stringValue == "serin.serve.1")
      #expect(result["stopped"]?.boolValue == true)
    }

    @Test func `serve opens online keys that have a passphrase, and says so when it cannot`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let workspace = world.workspace.string
      try await world.program.must("key", "new", "online-2")
      try await world.confirmed(
        "role", "change", "timestamp", "snapshot", "--add", "online-2", "--remove", "online", "--workspace", workspace)
      let url = try await world.serve()
      #expect(url.hasPrefix("http://127.0.0.1:"))
      try world.scratch.write("another passphrase\n", to: "wrong", mode: 0o600)
      let refused = try await world.program.run(
        Program.serin,
        ["serve", "--workspace", workspace, "--port", "0", "--passphrase-file", (world.scratch / "wrong").string])
      #expect(refused.code == 1, "\(refused)")
      #expect(refused.errors.contains("online-2") || refused.errors.contains("passphrase"), "\(refused)")
    }
  }
}
