import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// A signed verdict on its way: checked by `serin verify` and by minisign, demanded by hosts, carried offline.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct EvidenceCommandTests {
    private func evidence(_ world: World) async throws -> String {
      let found = try await world.program.tool(
        "/usr/bin/find", world.workspace.string + "/evidence", "-name", "*.json"
      ).output
      return try #require(found.split(separator: "\n").first.map(String.init))
    }

    @Test func `anybody can check a verdict, with serin and with minisign`() async throws {
      let world = try await Worlds.shared.promoted().copy()
      let program = world.program
      let (file, key) = (try await evidence(world), world.workspace.string + "/keys/canary.pub")
      let checked = try await program.must("verify", file, "--key", key)
      try Snapshots.check(checked.output, "verify-evidence", of: world)
      let json = try await program.must("verify", file, "--key", key, "--json").json()
      #expect(json["verified"]?.boolValue == true && json["verdict"]?.stringValue == "pass")
      try await program.expect(20, ["verify", file, "--key", world.workspace.string + "/keys/build.pub"])

      if let minisign = Program.path("minisign") {
        let outcome = try await program.run(minisign, ["-Vm", file, "-p", key])
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.output.contains("evidence plugin:\(TestPlugin.name) version:1.0.0"))
      }
      let text = try String(contentsOfFile: file, encoding: .utf8)
      #expect(text.contains("\"figures\"") && text.contains("\"sandbox\""))
      try text.replacing("\"pass\"", with: "\"fail\"").write(toFile: file, atomically: true, encoding: .utf8)
      try await program.expect(20, ["verify", file, "--key", key])
      try await program.expect(20, ["canary", "explain", file, "--key", key])
      try FileManager.default.removeItem(atPath: file + ".minisig")
      try await program.expect(20, ["verify", file, "--key", key])
      let unsigned = try await program.must("canary", "explain", file)
      #expect(unsigned.output.contains("this is nobody's word"))
    }

    @Test func `a host takes only what a named key speaks for, at install and ever after`() async throws {
      let world = try await Worlds.shared.promoted().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      let url = try await world.serve()
      try await program.must("trust", url, "--root", world.root, "--name", "acme")
      let demand = ["--require-evidence", workspace + "/keys/canary.pub"]
      let install = ["install", "counter", "--channel", "beta"]
      let refused = try await program.expect(
        20, install + ["--dry-run", "--require-evidence", workspace + "/keys/build.pub"])
      #expect(refused.errors.contains("no signed pass by key"))
      let plan = try await program.expect(0, install + ["--dry-run", "--json"] + demand).json()
      let digest = try #require(plan["confirm"]?.stringValue)
      let done = try await program.expect(0, install + ["--yes", "--confirm", digest] + demand)
      #expect(done.errors.contains("a signed pass after"))

      // The next release is offered in beta with the verdict of another tester only.
      try await world.publish(TestPlugin(version: "1.1.0", title: "Count up"))
      try await program.must("canary", "run", "counter", "--workspace", workspace)
      try await program.must("promote", "counter", "--to", "beta", "--workspace", workspace)
      let before = world.current
      let other = try await program.expect(
        20, ["update", "counter", "--soak", "2s", "--require-evidence", workspace + "/keys/build.pub"])
      #expect(other.errors.contains("1.1.0"))
      try await program.expect(20, ["canary", "start", "counter", "--soak", "2s"])
      #expect(world.current == before)
      try await program.expect(0, ["update", "counter", "--soak", "2s"] + demand)
      #expect(world.current != before)
      #expect(try await program.must("history", "counter").output.contains("demands a signed pass by key"))
    }

    @Test func `an offline bundle carries the verdicts that its channel points to`() async throws {
      let world = try await Worlds.shared.promoted().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      try await program.must("export", "counter", "--channel", "stable", "-o", "c.serin", "--workspace", workspace)
      try await program.must("trust", "http://127.0.0.1:9", "--root", world.root, "--name", "acme", "--from", "c.serin")
      let install = ["install", "counter", "--from", "c.serin", "--dry-run"]
      try await program.expect(0, install + ["--require-evidence", workspace + "/keys/canary.pub"])
      try await program.expect(20, install + ["--require-evidence", workspace + "/keys/root-1.pub"])
    }
  }
}
