import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// From channel to channel at the publisher, and back.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct PromotionTests {
    @Test func `a promotion without evidence is refused with every reason`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      try await world.publish(TestPlugin(version: "1.0.0"))
      let promote = ["promote", "counter", "--to", "beta", "--workspace", world.workspace.string]
      let before = try await world.program.tool("/usr/bin/find", world.metadata.string).output
      let text = try await world.program.expect(32, promote)
      try Snapshots.check(text.output + text.errors, "promote-refused", of: world)
      let plan = try await world.program.expect(32, promote + ["--dry-run", "--json"]).json()
      #expect(plan["schema"]?.stringValue == "serin.promote.1")
      #expect(plan["allowed"]?.boolValue == false)
      #expect(plan["findings"]?.arrayValue?.isEmpty == false)
      #expect(try await world.program.tool("/usr/bin/find", world.metadata.string).output == before)
      try await world.program.expect(
        1, ["promote", "counter", "--to", "stable", "--workspace", world.workspace.string])
      try await world.program.expect(
        1, ["promote", "nobody", "--to", "beta", "--workspace", world.workspace.string])
    }

    @Test func `a failed canary is evidence against a release`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let workspace = world.workspace.string
      try await world.publish(TestPlugin(version: "1.0.0", fault: .crash))
      let run = ["canary", "run", "counter", "--channel", "canary", "--workspace", workspace]
      let outcome = try await world.program.expect(30, run + ["--json"]).json()
      #expect(outcome["schema"]?.stringValue == "serin.canary.run.1")
      #expect(outcome["verdict"]?.stringValue == "fail")
      let refused = try await world.program.expect(
        32, ["promote", "counter", "--to", "beta", "--workspace", workspace])
      #expect((refused.output + refused.errors).contains("fail"))
    }

    @Test func `a release passes from channel to channel with the same bytes`() async throws {
      let world = try await Worlds.shared.promoted().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      let status = try await program.must("status", "--workspace", workspace, "--json").json()
      let offers = status["plugins"]?.arrayValue?.first?["channels"]?.arrayValue ?? []
      #expect(offers.compactMap { $0["version"]?.stringValue } == ["1.0.0", "1.0.0", "1.0.0"])
      try await program.expect(1, ["promote", "counter", "--to", "stable", "--workspace", workspace])

      try await world.publish(TestPlugin(version: "1.1.0"))
      let canary = try await program.must("canary", "run", "counter", "--workspace", workspace)
      try Snapshots.check(canary.output, "canary-run", of: world)
      let beta = try await program.must("promote", "counter", "--to", "beta", "--workspace", workspace)
      try Snapshots.check(beta.output, "promote", of: world)
      let stable = ["promote", "counter", "--to", "stable", "--workspace", workspace]
      let unasked = try await program.expect(32, stable)
      #expect(unasked.errors.contains("--yes --confirm"))
      try await program.expect(32, stable + ["--yes", "--confirm", "000000"])
      try await world.confirmed("promote", "counter", "--to", "stable", "--workspace", workspace)
    }

    @Test func `a yank goes back for everybody`() async throws {
      let world = try await Worlds.shared.updated().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      let yank = ["yank", "counter", "1.1.0", "--reason", "counts twice", "--workspace", workspace]
      try await program.expect(32, yank)
      try await program.expect(32, yank + ["--yes", "--confirm", "zzzzzz"])
      let plan = try await program.must(
        "yank", "counter", "1.1.0", "--reason", "x", "--workspace", workspace, "--dry-run")
      try Snapshots.check(plan.output, "yank-dry-run", of: world)
      let done = try await world.confirmed(
        "yank", "counter", "1.1.0", "--reason", "counts twice", "--workspace", workspace, "--json"
      ).json()
      #expect(done["schema"]?.stringValue == "serin.yank.1")
      #expect(done["yanked"]?.boolValue == true)
      #expect(done["channels"]?.arrayValue?.first?["after"]?.stringValue == "1.0.0")

      try await world.reconnect()
      let check = try await program.must("update", "--check")
      #expect(check.output.contains("counts twice"))
      let update = try await program.must("update", "counter", "--soak", "2s", "--json").json()
      #expect(update["plugins"]?.arrayValue?.first?["updatedTo"]?.stringValue == "1.0.0", "\(update)")
      #expect(try await world.call().contains(" 1.0.0 "))
      // And nobody can roll back to what was withdrawn.
      let refused = try await program.expect(1, ["rollback", "counter", "--to", "1.1.0"])
      #expect(refused.errors.contains("withdrawn"))
      try await program.expect(1, yank)
    }
  }
}
