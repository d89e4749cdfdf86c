import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// Install, update through the canary, roll back: what a host does with one plugin.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct MainJobTests {
    @Test func `a repository is trusted by its root file, or by its fingerprint, and by nothing else`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let url = try await world.serve()
      let wrong = String(repeating: "ab", count: 32)
      let refused = try await world.program.expect(20, ["trust", url, "--fingerprint", wrong])
      #expect(refused.errors.contains("pinned is …ababab"))
      #expect(try await world.program.must("list", "--json").json()["plugins"]?.arrayValue?.isEmpty == true)
      let digest = try await world.program.tool("/usr/bin/sha256sum", world.root).output.prefix(64)
      try await world.program.must("trust", url, "--fingerprint", String(digest))
      try await world.program.expect(1, ["trust", url, "--root", world.root])
      try await world.program.expect(64, ["trust", url])
      try await world.program.expect(64, ["trust", "ftp://example.com", "--root", world.root])

      let other = try await Worlds.shared.fresh().copy()
      try await other.program.must("trust", url, "--root", other.root, "--name", "acme", "--json")
    }

    @Test func `an install with the wrong six characters changes nothing`() async throws {
      let world = try await Worlds.shared.installed().copy()
      let url = try await world.reconnect()
      try await world.program.tool("/bin/rm", "-rf", world.host.string)
      try await world.program.must("trust", url, "--root", world.root)
      let install = ["install", "counter", "--channel", "canary"]
      let unasked = try await world.program.expect(32, install)
      #expect(unasked.errors.contains("in a script: --yes --confirm"))
      try await world.program.expect(32, install + ["--yes", "--confirm", "zzzzzz"])
      try await world.program.expect(64, install + ["--yes"])
      #expect(world.current == nil)
      #expect(try await world.program.must("list", "--json").json()["plugins"]?.arrayValue?.isEmpty == true)
      try await world.confirmed("install", "counter", "--channel", "canary")
      #expect(world.current != nil)
      #expect(try await world.program.expect(1, install).errors.contains("installed already"))
    }

    @Test func `settings, state and the hold go along through update and rollback`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let program = world.program
      try await world.publish(TestPlugin(version: "1.0.0"))
      let url = try await world.serve()
      try await program.must("trust", url, "--root", world.root, "--name", "acme")
      try await world.confirmed("install", "counter", "--channel", "canary", "--set", "nonsense=1", expecting: 64)
      #expect(world.current == nil)
      try await world.confirmed("install", "counter", "--channel", "canary", "--set", "label=blue")
      #expect(try await world.call() == "blue 1.0.0 1")
      #expect(try await world.call() == "blue 1.0.0 2")
      let first = world.current

      try await world.publish(TestPlugin(version: "1.1.0", title: "Count up"))
      let check = try await program.must("update", "--check", "--json").json()
      #expect(check["plugins"]?.arrayValue?.first?["decision"]?.stringValue == "available")
      #expect(world.current == first)
      let update = try await program.must("update", "counter", "--soak", "2s")
      #expect(update.output.contains("counter now runs 1.1.0, was 1.0.0"))
      #expect(update.output.contains("the tools changed:"))
      #expect(update.output.contains("title"))
      #expect(update.output.contains("shortened"))
      #expect(try await world.call() == "blue 1.1.0 3")
      #expect(try await world.call() == "blue 1.1.0 4")

      let rollback = try await program.must("rollback", "counter", "--json").json()
      #expect(rollback["to"]?.stringValue == "1.0.0")
      #expect(rollback["stateRestored"]?.boolValue == true)
      #expect(world.current == first)
      #expect(try await world.call() == "blue 1.0.0 3")
      let again = try await program.expect(2, ["update", "counter", "--soak", "2s", "--exit-code", "--json"])
      #expect(try again.json()["plugins"]?.arrayValue?.first?["decision"]?.stringValue == "held")
      #expect(world.current == first)

      let history = try await program.must("history", "counter", "--json").json()
      let events = history["entries"]?.arrayValue?.compactMap { $0["event"]?.stringValue }
      #expect(events == ["rollback", "update", "install"])
      try await program.must("unhold", "counter")
      try await program.must("update", "counter", "--soak", "2s")
      #expect(try await world.call() == "blue 1.1.0 4")
    }

    @Test func `a rollback brings the state of that moment back, unless it is to be kept`() async throws {
      let world = try await Worlds.shared.updated().copy()
      #expect(world.counter == "3")
      let kept = try await world.copy()
      try await world.program.must("rollback", "counter")
      #expect(world.counter == "2")
      let outcome = try await kept.program.must("rollback", "counter", "--keep-state", "--json").json()
      #expect(outcome["stateRestored"]?.boolValue == false)
      #expect(kept.counter == "3")
      #expect(kept.current == world.current)
      // What was replaced is kept, so that a rollback can be undone, with its state.
      try await world.program.must("rollback", "counter", "--to", "1.1.0")
      #expect(world.counter == "3")
      try await world.program.expect(1, ["rollback", "counter", "--to", "9.9.9"])
    }

    @Test func `a rollback needs no network and no metadata`() async throws {
      let world = try await Worlds.shared.updated().copy()
      let before = world.current
      try await world.program.must("rollback", "counter", "--reason", "it is Friday")
      #expect(world.current != before)
      let history = try await world.program.must("history", "counter", "--limit", "1").output
      #expect(history.contains("it is Friday"))
    }

    @Test func `a hold stops updates until it is lifted`() async throws {
      let world = try await Worlds.shared.waiting().copy()
      try await world.reconnect()
      let before = world.current
      try await world.program.must("hold", "counter", "--reason", "holidays")
      let update = try await world.program.expect(2, ["update", "counter", "--soak", "2s", "--exit-code"])
      #expect(update.output.contains("holidays"))
      #expect(world.current == before)
      try await world.program.must("unhold", "counter")
      try await world.program.must("hold", "counter", "--release", "1.1.0", "--for", "7d")
      try await world.program.expect(2, ["update", "--check", "--exit-code"])
      try await world.program.must("unhold", "counter", "--release", "1.1.0")
      try await world.program.expect(10, ["update", "--check", "--exit-code"])
    }

    @Test func `verify finds a changed, a missing and an added file of an installed tree`() async throws {
      let world = try await Worlds.shared.installed().copy()
      try await world.program.must("verify", "counter")
      let tree = world.installed.pushing(FilePath(try #require(world.current)))
      let found = try await world.program.tool("/usr/bin/find", tree.string, "-name", "server.py").output
      let file = FilePath(try #require(found.split(separator: "\n").first.map(String.init)))
      try await world.program.tool("/bin/chmod", "-R", "u+w", tree.string)
      let original = try String(contentsOfFile: file.string, encoding: .utf8)
      for damage in ["change", "remove", "add"] {
        switch damage {
        case "change": try (original + "# changed\n").write(toFile: file.string, atomically: true, encoding: .utf8)
        case "remove": try FileManager.default.removeItem(atPath: file.string)
        default:
          try original.write(toFile: file.string, atomically: true, encoding: .utf8)
          try "x".write(toFile: file.string + "c", atomically: true, encoding: .utf8)
        }
        let outcome = try await world.program.expect(24, ["verify", "counter", "--json"])
        let result = try outcome.json()
        #expect(result["verified"]?.boolValue == false, "\(damage)")
        #expect(result["differences"]?.arrayValue?.isEmpty == false, "\(damage)")
      }
    }
  }
}
