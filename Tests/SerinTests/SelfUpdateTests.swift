import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// The program replaces itself, goes back, and is never replaced by what does not work.
  @Suite struct SelfUpdateTests {
    /// The version that the program says where everybody starts it.
    private func version(_ world: World, by program: FilePath? = nil) async throws -> String {
      try await world.program.run(program ?? world.ownLink, ["--version"]).output
    }

    @Test func `a program in its own care takes what is old enough, goes back and forth`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let program = world.program
      try await world.publish(OwnProgramRelease(version: "9.0.0"))
      let url = try await world.serve()
      try await program.must("trust", url, "--root", world.root, "--name", "acme")
      // What may bring plugins may not bring the program unasked.
      try await program.expect(64, ["self-update", "--check"])
      try await program.expect(1, ["self-update", "--rollback"])
      let adopt = ["self-update", "--adopt", "--repository", "acme", "--channel", "canary", "--min-age", "0s"]
      try await program.expect(32, adopt)
      try await program.expect(32, adopt + ["--yes", "--confirm", "zzzzzz"])
      #expect(world.ownCurrent == nil)
      try world.scratch.write("#!/bin/sh\n", to: "home/.local/bin/serin", mode: 0o755)
      try await world.confirmed(
        "self-update", "--adopt", "--repository", "acme", "--channel", "canary", "--min-age", "0s")
      #expect(try await version(world) == "9.0.0\n")
      #expect(try world.scratch.text("home/.local/bin/serin.before") == "#!/bin/sh\n")
      try await program.expect(1, adopt)

      try await world.publish(OwnProgramRelease(version: "9.1.0"))
      let check = try await program.expect(2, ["self-update", "--check", "--exit-code", "--json"]).json()
      #expect(check["decision"]?.stringValue == "too-young")
      #expect(try await program.must("self-update").output.contains("waits until"))
      #expect(try await version(world) == "9.0.0\n")
      try await program.expect(10, ["self-update", "--check", "--exit-code", "--min-age", "0s"])
      let done = try await program.must("self-update", "--min-age", "0s", "--json").json()
      #expect(done["from"]?.stringValue == "9.0.0" && done["to"]?.stringValue == "9.1.0")
      #expect(done["selfTest"]?["good"]?.boolValue == true)
      #expect(try await version(world) == "9.1.0\n")

      world.stopServing()
      let back = try await program.must("self-update", "--rollback", "--json").json()
      #expect(back["to"]?.stringValue == "9.0.0" && back["hold"]?.stringValue != nil)
      #expect(try await version(world) == "9.0.0\n")
      try await program.must("self-update", "--undo")
      #expect(try await version(world) == "9.1.0\n")
      // Nothing of it is unexplained, and the host's own garbage collection leaves it alone.
      let pruned = try await program.must("prune", "--json").json()
      #expect(pruned["unexplainedCount"]?.intValue == 0)
      #expect(try await version(world) == "9.1.0\n")
      let status = try await program.must("status", "--json").json()
      #expect(status["program"]?["release"]?.stringValue == "9.1.0")
    }

    @Test func `what does not work on this machine is never switched to`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      try await world.adopt()
      let before = try #require(world.ownCurrent)
      let faults: [(OwnProgramRelease.Fault, String)] = [
        (.doesNotStart, "it is broken"), (.otherMachine, "cannot be run"), (.otherVersion, "1.2.3-other"),
        (.failsItself, "bundles: "), (.empty, "holds no program"),
      ]
      for (index, (fault, words)) in faults.enumerated() {
        try await world.publish(OwnProgramRelease(version: "9.1.\(index)", fault: fault))
        let code = fault == .empty ? 1 : 30
        let outcome = try await world.program.expect(code, ["self-update", "--min-age", "0s"])
        #expect(outcome.errors.contains(words), "\(fault): \(outcome)")
        #expect(world.ownCurrent == before, "\(fault)")
      }
      try await world.publish(OwnProgramRelease(version: "9.2.0", fault: .failsInPlace))
      let outcome = try await world.program.expect(40, ["self-update", "--min-age", "0s"])
      #expect(outcome.errors.contains("9.0.0 is back"), "\(outcome)")
      #expect(world.ownCurrent == before)
      // The hold keeps it away until a newer one comes.
      let check = try await world.program.must("self-update", "--check", "--min-age", "0s", "--json").json()
      #expect(check["decision"]?.stringValue == "held")
      try await world.publish(OwnProgramRelease(version: "9.3.0"))
      try await world.program.must("self-update", "--min-age", "0s")
      #expect(try await version(world) == "9.3.0\n")
    }

    @Test func `the very program under test works from its own tree`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let program = world.program
      let test = try await program.must("self-update", "--self-test", "--json").json()["selfTest"]
      #expect(test?["good"]?.boolValue == true)
      #expect(!FileManager.default.fileExists(atPath: world.host.string), "a test makes nothing")
      let own = try #require(test?["version"]?.stringValue)
      try await world.adopt()
      let report = try await program.must("self-update", "--self-test", "--json").json()["selfTest"]
      #expect(report?["version"]?.stringValue == own)
      let names = report?["checks"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
      #expect(names == ["bundles", "network", "ledger", "metadata", "releases"])
    }

    @Test(
      .enabled(if: Program.path("strace") != nil && Program.canSandbox, "needs root and strace"),
      arguments: [1, 3, 6, 9])
    func `killed at any step the old program or the new one is there`(step: Int) async throws {
      let world = try await Worlds.shared.ownWaiting().copy()
      try await world.reconnect()
      let calls = KillTests.calls.joined(separator: ",")
      let names = ["journal", "current.new", "current", "unconfirmed", "serin-rescue", "snapshots", "."]
      let watched = names.flatMap { ["-P", world.ownHome.pushing(FilePath($0)).lexicallyNormalized().string] }
      let outcome = try await world.program.run(
        "/usr/bin/strace",
        ["-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e", "inject=\(calls):signal=KILL:when=\(step)", "-f"]
          + watched + [Program.serin.string, "self-update", "--min-age", "0s"])
      #expect(outcome.code == 137, "there is a step \(step): \(outcome)")
      let cut = try await version(world, by: world.ownProgram)
      #expect(["9.0.0\n", "9.1.0\n"].contains(cut), "\(cut)")
      try await world.program.must("self-update", "--min-age", "0s")
      #expect(try await version(world, by: world.ownProgram) == "9.1.0\n")
    }
  }
}

extension Worlds {
  /// A program in its own care, with a newer release published.
  func ownWaiting() async throws -> World {
    try await made("ownWaiting") {
      let world = try await self.fresh().copy()
      try await world.adopt()
      world.stopServing()
      try await world.publish(OwnProgramRelease(version: "9.1.0"))
      return world
    }
  }
}
