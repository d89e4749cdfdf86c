import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// People who hold one key each, on machines of their own, and sign for a workspace that they never see.
  @Suite struct CeremonyTests {
    /// Somebody with a folder of keys and nothing else.
    private struct Person {
      let name: String
      let program: Program

      init(_ name: String, of world: World) async throws {
        self.name = name
        var program = world.program
        program.environment["XDG_CONFIG_HOME"] = (world.scratch / "people/\(name)").string
        program.folder = world.scratch / "travel"
        self.program = program
        try await program.must("key", "new", name, "--no-passphrase", in: world.scratch.path)
        try await program.must("key", "export", name, "-o", "travel/\(name).pub", in: world.scratch.path)
      }

      /// Signs after a look at the digest, as a careful script does.
      func sign(_ file: String, at location: SourceLocation = #_sourceLocation) async throws {
        let shown = try await program.must("sign", "show", file, "--json", at: location).json()
        let six = try #require(shown["confirm"]?.stringValue)
        try await program.expect(0, ["sign", "add", file, "--yes", "--confirm", six], at: location)
      }
    }

    /// Three people hold a channel, two of whom must sign; the workspace's machine holds none of their keys.
    private func handOver(_ channel: String, in world: World, threshold: String) async throws -> [Person] {
      try world.scratch.write("", to: "travel/.keep")
      var people: [Person] = []
      for name in ["anna", "bert", "cara"] { people.append(try await Person(name, of: world)) }
      let (program, workspace) = (world.program, world.workspace.string)
      let keys = people.flatMap { ["--add", "\($0.name)=travel/\($0.name).pub"] }
      let made = try await program.expect(
        0,
        ["sign", "request", "travel/keys.request", "role", "change", channel] + keys
          + ["--remove", channel, "--threshold", threshold, "--workspace", workspace])
      try Snapshots.check(made.output, "sign-request-\(channel)", of: world)
      // Nothing is overwritten: signatures may be in it.
      try await program.expect(
        1, ["role", "renew", channel, "--request", "travel/keys.request", "--workspace", workspace])
      let early = try await program.expect(21, ["sign", "publish", "travel/keys.request", "--workspace", workspace])
      try Snapshots.check(early.errors, "sign-publish-early-\(channel)", of: world)
      for person in people { try await person.sign("keys.request") }
      let six = try await program.must("sign", "show", "travel/keys.request", "--json").json()["confirm"]?.stringValue
      try await program.expect(
        0,
        [
          "sign", "add", "travel/keys.request", "--key", "root-1", "--key", "root-3", "--yes", "--confirm",
          try #require(six),
        ])
      try await program.must("sign", "publish", "travel/keys.request", "--workspace", workspace)
      return people
    }

    @Test func `three people sign a release for a channel, on machines without a workspace`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      // One host is up to date with the keys of yesterday.
      let url = try await world.serve()
      try await program.must("trust", url, "--root", world.root, "--name", "acme")
      let people = try await handOver("canary", in: world, threshold: "2")
      try Snapshots.check(
        try await program.must("role", "list", "--workspace", workspace).output, "role-list", of: world)
      try await program.must("doctor", "--workspace", workspace)

      let source = try world.write(TestPlugin(version: "1.0.0")).string
      try await program.expect(21, ["publish", source, "--workspace", workspace])
      let made = try await program.expect(
        0, ["publish", source, "--request", "travel/release.request", "--workspace", workspace, "--json"]
      ).json()
      #expect(made["request"]?["complete"]?.boolValue == false)

      // Anna signs one copy, Cara another; both see the same words.
      try await program.tool("/bin/cp", "travel/release.request", "travel/cara.request")
      let shown = try await people[2].program.must("sign", "show", "cara.request")
      try Snapshots.check(shown.output, "sign-show", of: world)
      let root = try await program.must("sign", "show", "travel/cara.request", "--json").json()["repository"]?
        .stringValue
      try await people[2].program.expect(
        1, ["sign", "show", "cara.request", "--fingerprint", String(repeating: "0", count: 64)])
      try await people[2].program.expect(0, ["sign", "show", "cara.request", "--fingerprint", try #require(root)])
      let unasked = try await people[2].program.expect(32, ["sign", "add", "cara.request"])
      #expect(unasked.errors.contains("--yes --confirm"))
      try await people[2].program.expect(32, ["sign", "add", "cara.request", "--yes", "--confirm", "zzzzzz"])
      try await people[2].sign("cara.request")
      try await people[0].sign("release.request")
      let six = try await program.must("sign", "show", "travel/release.request", "--json").json()["confirm"]?
        .stringValue
      try await program.expect(
        0, ["sign", "add", "travel/release.request", "--key", "build", "--yes", "--confirm", try #require(six)])
      try await program.expect(
        1, ["sign", "add", "travel/release.request", "--key", "beta", "--yes", "--confirm", try #require(six)])

      // A copy on which somebody wrote another version proves nothing.
      try world.scratch.write(
        world.scratch.text("travel/release.request").replacing("1.0.0", with: "9.9.9"), to: "travel/forged.request")
      try await program.expect(1, ["sign", "show", "travel/forged.request"])
      try await program.expect(1, ["sign", "publish", "travel/forged.request", "--workspace", workspace])
      try await program.expect(21, ["sign", "publish", "travel/release.request", "--workspace", workspace])

      let merged = try await program.must(
        "sign", "add", "travel/release.request", "--from", "travel/cara.request", "--json"
      ).json()
      #expect(merged["schema"]?.stringValue == "serin.sign.add.1" && merged["complete"]?.boolValue == true)
      let published = try await program.must("sign", "publish", "travel/release.request", "--workspace", workspace)
      try Snapshots.check(published.output, "sign-publish", of: world)
      try await program.expect(1, ["sign", "publish", "travel/release.request", "--workspace", workspace])

      // The host of yesterday and a newcomer both find it.
      try await program.must("install", "counter", "--channel", "canary", "--dry-run")
      var newcomer = program
      newcomer.environment["SERIN_HOME"] = (world.scratch / "newcomer").string
      try await newcomer.must("trust", url, "--root", world.root, "--name", "acme")
      try await newcomer.must("install", "counter", "--channel", "canary", "--dry-run")
    }

    @Test func `a request that the repository has left behind is refused`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      try await program.must("role", "renew", "stable", "--request", "old.request", "--workspace", workspace)
      try await world.confirmed("role", "change", "stable", "--add", "beta", "--workspace", workspace)
      let six = try await program.must("sign", "show", "old.request", "--json").json()["confirm"]?.stringValue
      try await program.expect(0, ["sign", "add", "old.request", "--yes", "--confirm", try #require(six)])
      let refused = try await program.expect(1, ["sign", "publish", "old.request", "--workspace", workspace])
      try Snapshots.check(refused.errors, "sign-publish-stale", of: world)
    }

    @Test(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
    func `three people sign a promotion to stable`() async throws {
      let world = try await Worlds.shared.promoted().copy()
      let (program, workspace) = (world.program, world.workspace.string)
      let people = try await handOver("stable", in: world, threshold: "3")
      try await world.publish(TestPlugin(version: "1.1.0"))
      try await program.must("canary", "run", "counter", "--channel", "canary", "--workspace", workspace)
      try await program.must("promote", "counter", "--to", "beta", "--workspace", workspace)
      let made = try await program.must(
        "promote", "counter", "--to", "stable", "--request", "travel/p.request", "--workspace", workspace)
      try Snapshots.check(made.output, "promote-request", of: world)
      for person in people.reversed() { try await person.sign("p.request") }
      let published = try await program.must("sign", "publish", "travel/p.request", "--workspace", workspace, "--json")
      #expect(try published.json()["schema"]?.stringValue == "serin.sign.publish.1")
      let status = try await program.must("status", "--workspace", workspace, "--json").json()
      let offers = status["plugins"]?.arrayValue?.first?["channels"]?.arrayValue ?? []
      #expect(offers.compactMap { $0["version"]?.stringValue } == ["1.1.0", "1.1.0", "1.1.0"])
      let yank = try await program.must(
        "yank", "counter", "1.1.0", "--reason", "counts twice", "--request", "travel/y.request", "--workspace",
        workspace,
        "--json"
      ).json()
      #expect(yank["yanked"]?.boolValue == false)
      #expect(
        yank["request"]?["roles"]?.arrayValue?.compactMap { $0["role"]?.stringValue } == ["canary", "beta", "stable"])
    }
  }
}
