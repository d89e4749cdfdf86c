import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// Installing and updating from a stick, by the real program.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct OfflineCommandTests {
    private func export(_ world: World, _ name: String) async throws -> String {
      let outcome = try await world.program.must(
        "export", "counter", "--channel", "canary", "-o", name, "--workspace", world.workspace.string)
      return outcome.output
    }

    @Test func `a machine without a network begins, installs, updates, and refuses an old stick`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let program = world.program
      let nowhere = "http://127.0.0.1:9"
      try await world.publish(TestPlugin(version: "1.0.0"))
      try Snapshots.check(try await export(world, "old.serin"), "export", of: world)
      try await program.expect(69, ["trust", nowhere, "--root", world.root, "--name", "acme"])
      try await program.must("trust", nowhere, "--root", world.root, "--name", "acme", "--from", "old.serin")
      try await world.confirmed("install", "counter", "--channel", "canary", "--from", "old.serin")
      #expect(try await world.call() == "plain 1.0.0 1")
      try await program.expect(2, ["update", "--from", "old.serin", "--exit-code"])

      try await world.publish(TestPlugin(version: "1.1.0"))
      _ = try await export(world, "new.serin")
      try await program.expect(69, ["update", "--check"])
      try await program.expect(10, ["update", "--check", "--from", "new.serin", "--exit-code"])
      try await program.expect(0, ["update", "counter", "--soak", "2s", "--from", "new.serin"])
      #expect(try await world.call() == "plain 1.1.0 2")

      let before = world.current
      let refused = try await program.expect(23, ["update", "--from", "old.serin", "--soak", "2s"])
      #expect(refused.errors.contains(/offered version [0-9]+, trusted [0-9]+/), "\(refused)")
      try await program.expect(23, ["update", "counter", "--check", "--from", "old.serin"])
      #expect(world.current == before)
      #expect(try await world.call() == "plain 1.1.0 3")

      // The network comes back, and the host goes on with it.
      try await world.publish(TestPlugin(version: "1.2.0"))
      try await world.reconnect("--no-renew")
      try await program.expect(10, ["update", "--check", "--exit-code"])
      // The same state gives the same file, whether its publisher writes it or a host.
      _ = try await export(world, "publisher.serin")
      let byHost = try await program.must("export", "counter", "--channel", "canary", "-o", "host.serin", "--json")
      #expect(try byHost.json()["schema"]?.stringValue == "serin.export.1")
      #expect(try byHost.json()["platforms"]?.arrayValue?.compactMap(\.stringValue) == ["any"])
      #expect(try world.scratch.read("publisher.serin") == world.scratch.read("host.serin"))
      // And any tar unpacks a repository from it.
      try await program.tool("/bin/mkdir", "unpacked")
      try await program.tool("/bin/tar", "-xf", "host.serin", "-C", "unpacked")
      #expect(
        try world.scratch.read("unpacked/metadata/1.root.json") == Array(Data(contentsOf: URL(filePath: world.root))))
    }

    @Test func `what a file is not for is said, with its exit code`() async throws {
      let world = try await Worlds.shared.installed().copy()
      let program = world.program
      let folder = world.workspace.string
      _ = try await export(world, "file.serin")
      let bytes = try world.scratch.read("file.serin")
      try world.scratch.write(Array(bytes.dropLast(512)), to: "cut.serin")
      let cut = try await program.expect(1, ["update", "--from", "cut.serin"])
      #expect(cut.errors.contains("cut.serin is not an offline bundle"), "\(cut)")
      try await program.expect(1, ["update", "--from", "missing.serin"])
      try await program.expect(20, ["install", "counter", "--from", "file.serin", "--host-folder", "stranger"])
      try await program.expect(
        64, ["export", "counter", "--channel", "canary", "-o", "x", "--workspace", folder, "--repository", "acme"])
      try await program.expect(1, ["export", "nobody", "--channel", "canary", "-o", "x", "--workspace", folder])
      try await program.expect(1, ["export", "counter", "--channel", "stable", "-o", "x", "--workspace", folder])
      try await program.expect(
        0, ["export", "counter", "--channel", "canary", "-o", "x", "--workspace", folder, "--platform", "linux-x86_64"])
      try await program.expect(1, ["export", "counter", "--channel", "canary", "-o", "x", "--platform", "amiga"])
      // Followed is canary: a file of another channel is none for this host.
      try await world.publish(TestPlugin(version: "1.1.0"))
      try await program.expect(
        0,
        [
          "trust", "http://127.0.0.1:9", "--root", world.root, "--from", "file.serin",
          "--host-folder", "second",
        ])
      let missing = try await program.expect(
        69, ["install", "counter", "--channel", "stable", "--from", "file.serin", "--host-folder", "second"])
      #expect(missing.errors.contains("stable.json cannot be had without a network"), "\(missing)")
    }
  }
}
