import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// Who may sign what, and the examination of it all.
  @Suite struct RoleCommandTests {
    private func roles(_ world: World) async throws -> [String: JSON] {
      let list = try await world.program.must("role", "list", "--workspace", world.workspace.string, "--json").json()
      #expect(list["schema"]?.stringValue == "serin.role.list.1")
      let pairs = list["roles"]?.arrayValue?.map { ($0["role"]?.stringValue ?? "", $0) } ?? []
      return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    @Test func `the online key is replaced, and every step asks and says what it does`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      try await program.must("key", "new", "online-2", "--no-passphrase")
      let change = [
        "role", "change", "timestamp", "snapshot", "--add", "online-2", "--remove", "online", "--workspace", workspace,
      ]
      let plan = try await program.expect(0, change + ["--dry-run"])
      try Snapshots.check(plan.output, "role-change-dry-run", of: world)
      let unasked = try await program.expect(32, change)
      #expect(unasked.errors.contains("would count for timestamp no longer"))
      try await program.expect(32, change + ["--yes", "--confirm", "zzzzzz"])
      let six = try await program.expect(0, change + ["--dry-run", "--json"]).json()["confirm"]?.stringValue
      let done = try await program.expect(0, change + ["--yes", "--confirm", try #require(six), "--json"]).json()
      #expect(done["schema"]?.stringValue == "serin.role.edit.1" && done["published"]?.boolValue == true)
      #expect(done["roles"]?.arrayValue?.compactMap(\.stringValue) == ["root", "snapshot", "timestamp"])
      #expect(try world.scratch.text("workspace/serin.yaml").contains("- online-2"))
      let listed = try await roles(world)
      #expect(listed["timestamp"]?["keys"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == ["online-2"])
      #expect(listed["root"]?["version"]?.intValue == 2 && listed["stable"]?["version"]?.intValue == 1)
      // The next renewal takes the new key by itself.
      try await program.must("renew", "--force", "--workspace", workspace)
      try await program.must("doctor", "--workspace", workspace, "--strict")
    }

    @Test func `channels and authors come and go`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      try await program.must("key", "new", "edge", "--no-passphrase")
      try await world.confirmed(
        "role", "delegate", "edge", "--channel", "--follows", "canary", "--key", "edge", "--soak", "2s", "--workspace",
        workspace)
      #expect(try world.scratch.text("workspace/channels/edge.yaml").contains("signers: [edge]"))
      try await world.confirmed(
        "role", "delegate", "author", "--path", "plugins/org.author/*/*/*", "--key", "edge", "--workspace", workspace)
      #expect(try await roles(world)["author"]?["paths"]?.arrayValue == ["plugins/org.author/*/*/*"])
      try await program.expect(1, ["role", "revoke", "canary", "--workspace", workspace, "--dry-run"])
      try await program.expect(64, ["role", "renew", "nobody", "--workspace", workspace])
      try await program.expect(64, ["role", "delegate", "x", "--key", "edge", "--workspace", workspace])
      try await program.expect(64, ["role", "change", "stable", "--workspace", workspace])
      try await world.confirmed("role", "revoke", "edge", "author", "--workspace", workspace)
      #expect(!Program.isThere(world.workspace.appending("channels/edge.yaml")))
      #expect(try await roles(world)["edge"] == nil)
    }

    @Test func `root and offline roles are renewed, and a lost key is seen`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      let renewed = try await program.must("role", "renew", "root", "targets", "bundles", "--workspace", workspace)
      try Snapshots.check(renewed.output, "role-renew", of: world)
      for name in ["root-1", "root-2"] {
        try FileManager.default.removeItem(atPath: (world.scratch / "config/serin/keys/\(name).key").string)
      }
      let refused = try await program.expect(21, ["role", "renew", "root", "--workspace", workspace])
      #expect(refused.errors.contains("have 1"))
      #expect(try await roles(world)["root"]?["version"]?.intValue == 2)
    }

    @Test func `doctor finds what is wrong and names what mends it`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      let well = try await program.must("doctor", in: world.workspace)
      try Snapshots.check(well.output, "doctor-well", of: world)
      let policy = "workspace/channels/stable.yaml"
      try world.scratch.write(
        world.scratch.text(policy).replacing("threshold: 1", with: "threshold: 1 # two") + "", to: policy)
      try world.scratch.write(
        world.scratch.text(policy).replacing("[stable]", with: "[stable, beta]"), to: policy)
      try await program.tool("/bin/cp", "config/serin/keys/root-1.key", "workspace/keys/root-1.txt")
      try await program.tool("/bin/chmod", "644", "config/serin/keys/root-2.key")
      let ill = try await program.expect(1, ["doctor", "--workspace", workspace])
      try Snapshots.check(ill.output, "doctor-ill", of: world)
      let json = try await program.expect(1, ["doctor", "--workspace", workspace, "--json"]).json()
      #expect(json["schema"]?.stringValue == "serin.doctor.1" && json["problems"]?.intValue == 3)
      // What it names mends it.
      try await program.tool("/bin/chmod", "600", "config/serin/keys/root-2.key")
      try FileManager.default.removeItem(atPath: (world.scratch / "workspace/keys/root-1.txt").string)
      let sync = try await program.must("role", "sync", "--workspace", workspace)
      try Snapshots.check(sync.output, "role-sync", of: world)
      try await program.expect(2, ["role", "sync", "--workspace", workspace, "--exit-code"])
      try await program.must("doctor", "--workspace", workspace)
      try await program.expect(1, ["doctor", "--workspace", "nowhere"])
    }

    @Test func `doctor examines a host`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let program = world.program
      let new = try await program.expect(1, ["doctor", "--host-folder", "nowhere", "--json"]).json()
      #expect(new["findings"]?.arrayValue?.contains { $0["code"]?.stringValue == "no-host" } == true)
      #expect(!Program.isThere(world.scratch / "nowhere"), "looking makes nothing")
      try await program.must("trust", world.serve(), "--root", world.root, "--name", "acme")
      let json = try await program.run(Program.serin, ["doctor", "--json"]).json()
      let codes = json["findings"]?.arrayValue?.compactMap { $0["code"]?.stringValue } ?? []
      #expect(json["subject"]?.stringValue == "host")
      #expect(codes.contains("metadata") && codes.contains("plugins"))
      try world.scratch.write("", to: "host/repositories/acme/timestamp.json")
      let gone = try await program.expect(1, ["doctor", "--json"]).json()
      #expect(gone["findings"]?.arrayValue?.contains { $0["code"]?.stringValue == "metadata-missing" } == true)
    }

    @Test func `a publication that was cut is finished by the next command`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      let timestamp = try world.scratch.text("workspace/repository/metadata/timestamp.json")
      try await program.must("renew", "--force", "--workspace", workspace)
      let next = try world.scratch.text("workspace/repository/metadata/timestamp.json")
      // As it lies on the disk when the power goes before the last file.
      try world.scratch.write(timestamp, to: "workspace/repository/metadata/timestamp.json")
      let pending: JSON = [
        "format": 1, "files": [["path": "repository/metadata/timestamp.json", "text": .string(next)]],
      ]
      try world.scratch.write(pending.serialized(), to: "workspace/.publication.json", mode: 0o600)
      let ill = try await program.expect(1, ["doctor", "--workspace", workspace, "--json"]).json()
      #expect(ill["findings"]?.arrayValue?.contains { $0["code"]?.stringValue == "publication-half-done" } == true)
      try await program.must("renew", "--workspace", workspace)
      #expect(try world.scratch.text("workspace/repository/metadata/timestamp.json") == next)
      try await program.must("doctor", "--workspace", workspace)
    }
  }
}
