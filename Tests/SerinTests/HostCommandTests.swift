import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// What the host's commands print, for people and for programs.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct HostCommandTests {
    private func json(
      _ world: World, _ schema: String, _ arguments: String..., at location: SourceLocation = #_sourceLocation
    ) async throws -> JSON {
      let result = try await world.program.expect(0, arguments + ["--json"], at: location).json()
      #expect(result["schema"]?.stringValue == schema, sourceLocation: location)
      return result
    }

    @Test func `an empty host says so`() async throws {
      let world = try World.empty()
      try Snapshots.check(try await world.program.must("list").output, "list-empty", of: world)
      try Snapshots.check(try await world.program.must("history").output, "history-empty", of: world)
      try Snapshots.check(try await world.program.must("canary", "status").output, "canary-status-empty", of: world)
      #expect(try await json(world, "serin.list.1", "list")["plugins"]?.arrayValue?.isEmpty == true)
      #expect(try await json(world, "serin.history.1", "history")["entries"]?.arrayValue?.isEmpty == true)
      for verb in ["update", "rollback", "hold", "unhold", "run", "verify"] {
        let outcome = try await world.program.expect(1, [verb, "counter"])
        #expect(outcome.errors.hasPrefix("serin: "), "\(outcome)")
        #expect(outcome.output.isEmpty, "\(outcome)")
      }
    }

    @Test func `trust and install show what is trusted and what will run`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let program = world.program
      try await world.publish(TestPlugin(version: "1.0.0"))
      let url = try await world.serve()
      let trust = try await program.must("trust", url, "--root", world.root, "--name", "acme")
      try Snapshots.check(trust.output, "trust", of: world)
      let again = try await json(
        world, "serin.trust.1", "trust", url, "--root", world.root, "--host-folder", "second")
      #expect(again["url"]?.stringValue == url)
      #expect(again["fingerprint"]?.stringValue?.count == 64)
      try await program.expect(1, ["install", "counter"])
      try await program.expect(1, ["install", "nobody", "--channel", "canary"])

      let plan = try await program.must("install", "counter", "--channel", "canary", "--dry-run")
      try Snapshots.check(plan.output, "install-dry-run", of: world)
      let dry = try await json(
        world, "serin.install.1", "install", "counter", "--channel", "canary", "--dry-run")
      #expect(dry["installed"]?.boolValue == false)
      #expect(dry["plugin"]?.stringValue == TestPlugin.name)
      let digest = try #require(dry["confirm"]?.stringValue)
      let done = try await program.must(
        "install", "counter", "--channel", "canary", "--yes", "--confirm", digest)
      try Snapshots.check(done.output, "install", of: world)
    }

    @Test func `update, list, history and canary status tell what happened`() async throws {
      let world = try await Worlds.shared.waiting().copy()
      let program = world.program
      try await world.reconnect()
      try Snapshots.check(try await program.must("update", "--check").output, "update-check", of: world)
      let update = try await program.must("update", "counter", "--soak", "2s")
      try Snapshots.check(update.output, "update", of: world)
      #expect(update.errors.contains("warning: the soak is shortened to 2s; the policy asks for 24h"))
      try Snapshots.check(try await program.must("update").output, "update-nothing", of: world)
      try Snapshots.check(try await program.must("list").output, "list", of: world)
      try Snapshots.check(try await program.must("history").output, "history", of: world)
      try Snapshots.check(try await program.must("canary", "status").output, "canary-status", of: world)
      try Snapshots.check(try await program.must("verify", "counter").output, "verify-plugin", of: world)

      let list = try await json(world, "serin.list.1", "list")["plugins"]?.arrayValue?.first
      #expect(list?["version"]?.stringValue == "1.1.0")
      #expect(list?["channel"]?.stringValue == "canary")
      #expect(list?["snapshots"]?.arrayValue?.compactMap(\.stringValue) == ["1.0.0"])
      let canary = try await json(world, "serin.canary.status.1", "canary", "status", "counter")
      let run = canary["canaries"]?.arrayValue?.first
      #expect(run?["state"]?.stringValue == "passed")
      #expect(run?["shortened"]?.boolValue == true)
      #expect(run?["observedSeconds"]?.intValue ?? 0 >= 2)
      #expect(try await json(world, "serin.verify.1", "verify", "counter")["verified"]?.boolValue == true)
      #expect(try await json(world, "serin.history.1", "history", "--limit", "1")["entries"]?.arrayValue?.count == 1)
      #expect(try await json(world, "serin.update.1", "update", "--check")["plugins"]?.arrayValue?.count == 1)
    }

    @Test func `rollback, hold and unhold tell what is held`() async throws {
      let world = try await Worlds.shared.updated().copy()
      let program = world.program
      try Snapshots.check(try await program.must("rollback", "counter").output, "rollback", of: world)
      try Snapshots.check(try await program.must("hold", "counter", "--for", "7d").output, "hold", of: world)
      let holds = try await json(world, "serin.hold.1", "hold", "counter", "--reason", "x")["holds"]?.arrayValue
      #expect(holds?.count ?? 0 >= 2)
      let list = try await json(world, "serin.list.1", "list")["plugins"]?.arrayValue?.first
      #expect(list?["holds"]?.arrayValue?.isEmpty == false)
      let lifted = try await json(world, "serin.hold.1", "unhold", "counter")
      #expect(lifted["holds"]?.arrayValue?.isEmpty == true)
      try Snapshots.check(try await program.must("unhold", "counter").output, "unhold-none", of: world)
      let result = try await json(world, "serin.rollback.1", "rollback", "counter", "--to", "1.1.0")
      #expect(result["from"]?.stringValue == "1.0.0")
      #expect(result["hold"]?.stringValue != nil)
    }

    @Test func `a failure is one sentence with advice, in text and in JSON`() async throws {
      let world = try World.empty()
      let text = try await world.program.expect(1, ["rollback", "counter"])
      try Snapshots.check(text.errors, "failure", of: world)
      #expect(text.output.isEmpty)
      let json = try await world.program.expect(1, ["rollback", "counter", "--json"])
      let result = try json.json()
      #expect(result["schema"]?.stringValue == "serin.error.1")
      #expect(result["error"]?["code"]?.intValue == 1)
      #expect(json.errors.isEmpty)
    }

    @Test func `run hands over standard input, output and the exit code, and nothing else`() async throws {
      let world = try await Worlds.shared.installed().copy()
      let request = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
      let outcome = try await world.program.expect(0, ["run", "counter"], input: request + "\n")
      #expect(outcome.output == #"{"jsonrpc": "2.0", "id": 1, "result": {}}"# + "\n")
      #expect(outcome.errors.isEmpty, "\(outcome)")
      let broken = try await world.program.expect(1, ["run", "counter"], input: "this is not JSON\n")
      #expect(broken.output.isEmpty)
      #expect(broken.errors.contains("JSONDecodeError"))
      let missing = try await world.program.expect(1, ["run", "nobody", "--json"])
      #expect(missing.output.isEmpty)
      #expect(missing.errors.contains(#""schema":"serin.error.1""#))
    }
  }
}
