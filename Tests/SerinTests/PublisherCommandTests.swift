import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// What the publisher's commands print, for people and for programs.
  @Suite struct PublisherCommandTests {
    /// The result of a command with `--json`, with its schema checked.
    private func json(
      _ world: World, _ schema: String, _ arguments: String..., at location: SourceLocation = #_sourceLocation
    ) async throws -> JSON {
      let result = try await world.program.expect(0, arguments + ["--json"], at: location).json()
      #expect(result["schema"]?.stringValue == schema, sourceLocation: location)
      return result
    }

    @Test func `keys are made, listed, shown and exported`() async throws {
      let world = try World.empty()
      let program = world.program
      try Snapshots.check(try await program.must("key", "new", "release").output, "key-new", of: world)
      let made = try await json(world, "serin.key.new.1", "key", "new", "spare", "--no-passphrase")
      #expect(made["name"]?.stringValue == "spare")
      let mode =
        try FileManager.default.attributesOfItem(
          atPath: (world.scratch / "config/serin/keys/release.key").string)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      try Snapshots.check(try await program.must("key", "list").output, "key-list", of: world)
      let list = try await json(world, "serin.key.list.1", "key", "list")
      #expect(list["keys"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == ["release", "spare"])
      try Snapshots.check(try await program.must("key", "show", "release").output, "key-show", of: world)
      #expect(try await json(world, "serin.key.show.1", "key", "show", "release")["name"]?.stringValue == "release")
      let export = try await program.must("key", "export", "release").output
      #expect(export.hasPrefix("untrusted comment: "))
      _ = try await json(world, "serin.key.export.1", "key", "export", "release", "-o", "release.pub")
      #expect(try world.scratch.text("release.pub") == export)

      try await program.expect(1, ["key", "new", "release"])
      try await program.expect(64, ["key", "new", "-x"])
      try await program.expect(64, ["key", "new", "../x"])
      #expect(try await program.expect(1, ["key", "show", "nobody"]).errors.contains("only release, spare"))
    }

    @Test func `a passphrase comes from a file or a descriptor, never from an argument`() async throws {
      let world = try World.empty()
      var program = world.program
      program.environment["SERIN_PASSPHRASE_FILE"] = nil
      let refused = try await program.expect(1, ["key", "new", "a"])
      #expect(refused.errors.contains("passphrase"))
      try await program.expect(0, ["key", "new", "a", "--passphrase-fd", "0"], input: "secret\n")
      try world.write(TestPlugin(version: "1.0.0"))
      try await program.expect(
        1, ["pack", "releases/1.0.0", "--key", "a", "--passphrase-fd", "0"], input: "wrong\n")
      try await program.expect(0, ["pack", "releases/1.0.0", "--key", "a", "--passphrase-fd", "0"], input: "secret\n")
      try await program.expect(64, ["key", "new", "b", "--passphrase", "secret"])
    }

    @Test func `a bundle is packed, verified and inspected`() async throws {
      let world = try World.empty()
      let program = world.program
      try await program.must("key", "new", "build", "--no-passphrase")
      try await program.must("key", "export", "build", "-o", "build.pub")
      try world.write(TestPlugin(version: "1.0.0"))
      try Snapshots.check(try await program.must("pack", "releases/1.0.0", "-o", "out").output, "pack", of: world)
      let packed = try await json(world, "serin.pack.1", "pack", "releases/1.0.0", "-o", "again")
      let file = try #require(packed["path"]?.stringValue)
      #expect(packed["plugin"]?.stringValue == TestPlugin.name)
      #expect(packed["entries"]?.intValue == 2)
      let name = try #require(FilePath(file).lastComponent?.string)
      try await program.tool("/usr/bin/cmp", "out/" + name, "again/" + name)

      let verify = try await program.must("verify", "out/" + name, "--key", "build.pub")
      try Snapshots.check(verify.output, "verify-file", of: world)
      let verified = try await json(world, "serin.verify.1", "verify", "out/" + name, "--key", "build.pub")
      #expect(verified["verified"]?.boolValue == true)
      #expect(verified["sha256"] == nil)
      let inspect = try await program.must("inspect", "out/" + name, "--files")
      try Snapshots.check(inspect.output, "inspect", of: world)
      let inspected = try await json(world, "serin.inspect.1", "inspect", "out/" + name)
      #expect(inspected["version"]?.stringValue == "1.0.0")

      try await program.must("key", "new", "other", "--no-passphrase")
      try await program.must("key", "export", "other", "-o", "other.pub")
      try await program.expect(20, ["verify", "out/" + name, "--key", "other.pub"])
      try FileManager.default.removeItem(atPath: (world.scratch / "out/\(name).minisig").string)
      try await program.expect(20, ["verify", "out/" + name, "--key", "build.pub"])
      try await program.expect(1, ["pack", "nowhere", "--key", "build"])
      try world.scratch.write("{", to: "bad/manifest.json")
      let bad = try await program.expect(1, ["pack", "bad", "--key", "build", "--json"]).json()
      #expect(bad["schema"]?.stringValue == "serin.error.1")
      #expect(bad["error"]?["message"]?.stringValue?.contains("manifest.json") == true)
    }

    @Test func `a workspace is started once`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let program = world.program
      try await program.expect(1, ["init", world.workspace.string])
      // The keys are there already, so that a second workspace costs nothing.
      let text = try await program.must("init", "second", "--soak", "2s")
      try Snapshots.check(text.output, "init", of: world)
      let result = try await json(world, "serin.init.1", "init", "third", "--name", "third")
      #expect(result["fingerprint"]?.stringValue?.count == 64)
      #expect(result["soak"]?.stringValue == "24h")
      #expect(result["keys"]?.arrayValue?.isEmpty == true)
      try await program.expect(64, ["init", "fourth", "--root-keys", "2", "--root-threshold", "3"])
      #expect(!Program.isThere(world.scratch / "fourth"))
      let found = try await program.tool("/usr/bin/find", world.workspace.string, "-name", "*.key").output
      #expect(found.isEmpty, "a secret key lies in the workspace")
    }

    @Test func `status and renew show the roles`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      try await world.publish(TestPlugin(version: "1.0.0"))
      let (program, workspace) = (world.program, world.workspace.string)
      try Snapshots.check(try await program.must("status", "--workspace", workspace).output, "status", of: world)
      let status = try await json(world, "serin.status.1", "status", "--workspace", workspace)
      let roles = status["roles"]?.arrayValue?.compactMap { $0["role"]?.stringValue } ?? []
      for role in ["root", "targets", "bundles", "canary", "beta", "stable", "snapshot", "timestamp"] {
        #expect(roles.contains(role), "\(role)")
      }
      let offer = status["plugins"]?.arrayValue?.first?["channels"]?.arrayValue?.first
      #expect(offer?["version"]?.stringValue == "1.0.0")
      #expect(offer?["sequence"]?.intValue == 1)

      let early = try await program.expect(2, ["renew", "--workspace", workspace, "--exit-code"])
      try Snapshots.check(early.output, "renew-early", of: world)
      let forced = try await json(world, "serin.renew.1", "renew", "--workspace", workspace, "--force")
      #expect(forced["renewed"]?.arrayValue?.compactMap(\.stringValue).contains("timestamp") == true)
    }

    @Test func `a published version never changes`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      let plugin = TestPlugin(version: "1.0.0")
      let text = try await program.must(
        "publish", world.write(plugin).string, "--to", "canary", "--workspace", workspace)
      try Snapshots.check(text.output, "publish", of: world)
      let changed = TestPlugin(version: "1.0.0", description: "Something else.")
      try await program.expect(
        1, ["publish", world.write(changed).string, "--to", "canary", "--workspace", workspace])
      try await program.expect(
        1, ["publish", world.write(TestPlugin(version: "1.1.0")).string, "--to", "beta", "--workspace", workspace])
      try await program.expect(1, ["publish", "nowhere", "--workspace", workspace])
      try await program.expect(1, ["status", "--workspace", "nowhere"])
      let more = try await world.publish(TestPlugin(version: "1.2.0")).json()
      #expect(more["schema"]?.stringValue == "serin.release.1")
      #expect(more["sequence"]?.intValue == 2)
    }
  }
}
