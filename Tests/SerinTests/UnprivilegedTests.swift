import Foundation
import Platform
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// An account without privileges uses the program.
  @Suite(.enabled(if: UserAccount.current.uid == 0 && Program.path("setpriv") != nil, "needs root and setpriv"))
  struct UnprivilegedTests {
    /// Runs `serin` as another account, whose folders are the world's.
    private func run(_ world: World, _ arguments: [String], input: String = "") async throws -> Outcome {
      try await world.program.run(
        "/usr/bin/setpriv",
        ["--reuid=48213", "--regid=48213", "--clear-groups", "--no-new-privs", Program.serin.string] + arguments,
        input: input)
    }

    /// A world that belongs to the other account.
    private func world(_ origin: World? = nil) async throws -> World {
      let world: World
      if let origin { world = try await origin.copy() } else { world = try World.empty() }
      try await world.program.tool("/bin/chown", "-R", "48213:48213", world.scratch.path.string)
      return world
    }

    /// Whether the other account can reach the program at all.
    private func canReach(_ world: World) async throws -> Bool {
      try await run(world, ["--version"]).code == 0
    }

    @Test func `keys and bundles need no privileges`() async throws {
      let world = try await world()
      if try await !canReach(world) { try Test.cancel("the build folder is closed to other accounts") }
      let made = try await run(world, ["key", "new", "mine", "--json"])
      #expect(made.code == 0, "\(made)")
      let list = try await run(world, ["key", "list"])
      #expect(list.output.contains("mine"))
      #expect(try await run(world, ["list"]).code == 0)
      try world.write(TestPlugin(version: "1.0.0"))
      let packed = try await run(world, ["pack", "releases/1.0.0", "-o", (world.scratch / "home").string])
      #expect(packed.code == 0, "\(packed)")
    }

    @Test(.enabled(if: Program.canSandbox, "needs an OCI runtime and /usr/bin/python3"))
    func `a plugin is installed and run in a rootless sandbox, or refused with the reason`() async throws {
      let origin = try await Worlds.shared.fresh().copy()
      try await origin.publish(TestPlugin(version: "1.0.0"))
      let world = try await world(origin)
      if try await !canReach(world) { try Test.cancel("the build folder is closed to other accounts") }
      let url = try await world.serve()
      let trusted = try await run(world, ["trust", url, "--root", world.root, "--name", "acme"])
      #expect(trusted.code == 0, "\(trusted)")
      let install = ["install", "counter", "--channel", "canary"]
      let plan = try await run(world, install + ["--dry-run", "--json"])
      try #require(plan.code == 0, "\(plan)")
      let digest = try #require(try plan.json()["confirm"]?.stringValue)
      let installed = try await run(world, install + ["--yes", "--confirm", digest])
      guard installed.code == 0 else {
        // Without a sandbox nothing runs: the refusal must say so, and nothing is switched on.
        #expect(world.current == nil)
        #expect(installed.errors.contains("sandbox") || installed.errors.contains("canary"), "\(installed)")
        return
      }
      let pong = try await run(world, ["run", "counter"], input: #"{"jsonrpc":"2.0","id":1,"method":"ping"}"# + "\n")
      #expect(pong.output.contains(#""id": 1"#), "\(pong)")
      #expect(try await run(world, ["verify", "counter"]).code == 0)
    }
  }
}
