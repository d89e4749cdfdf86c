import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// What widens waits for a person, whatever it is; what narrows does not.
  @Suite(.enabled(if: Program.canSandbox, "needs root, an OCI runtime and /usr/bin/python3"))
  struct PermissionCommandTests {
    private static let limits = #""limits": {"memory": "128MiB", "pids": 8, "call": "2s"}"#

    /// Each way to ask for more, as the whole of the permissions, and what must be said of it.
    static let widenings: [(permissions: String, sentence: String)] = [
      (#""read": ["/etc/hosts"], "write": ["@state"], \#(limits)"#, "may now read /etc/hosts"),
      (#""write": ["@state"], "run": ["git"], \#(limits)"#, "may now run the program git"),
      (
        #""write": ["@state"], "env": {"pass": ["HOME"]}, \#(limits)"#,
        "may now see this machine's variable HOME"
      ),
      (
        #""write": ["@state"], "limits": {"memory": "256MiB", "pids": 8, "call": "2s"}"#,
        "may use more memory: 256MiB instead of 128MiB"
      ),
    ]

    @Test(arguments: widenings)
    func `an update that widens stops until somebody agrees`(permissions: String, sentence: String) async throws {
      let world = try await Worlds.shared.installed().copy()
      let program = world.program
      try await world.publish(TestPlugin(version: "1.1.0", permissions: #""version": 1, "# + permissions))
      try await world.reconnect()
      let before = world.current
      let stopped = try await program.expect(32, ["update", "counter", "--soak", "2s", "--json"])
      #expect(
        try stopped.objects().contains { event in
          event["event"]?.stringValue == "review"
            && event["permissions"]?.arrayValue?.contains { $0["sentence"]?.stringValue == sentence } == true
        }, "\(stopped)")
      #expect(world.current == before)
      let approved = try await program.must("approve", "counter", "1.1.0")
      #expect(approved.output.contains("permission-widening") && approved.output.contains(sentence))
      try await program.expect(0, ["update", "counter", "--soak", "2s"])
      #expect(world.current != before)
    }

    @Test func `a bundle and an install show what would be allowed`() async throws {
      let world = try await Worlds.shared.fresh().copy()
      let program = world.program
      let permissions =
        #""version": 1, "read": ["@timezone"], "net": {"allow": ["*.example.com"]}, "run": ["git"], "# + Self.limits
      let folder = try world.write(TestPlugin(version: "1.0.0", permissions: permissions))
      try await program.must("pack", folder.string, "--output", "packed", "--key", "build")
      let shown = try await program.must("inspect", "packed/counter-1.0.0-any.tar.zst").output
      for words in [
        "may now read this machine's time zone", "may now connect to every host below example.com",
        "may now run the program git",
      ] {
        #expect(shown.contains(words), "\(words): \(shown)")
      }
    }

    @Test func `an update that narrows needs nobody`() async throws {
      let world = try await Worlds.shared.installed().copy()
      try await world.publish(TestPlugin(version: "1.1.0", permissions: #""version": 1, "write": ["@state"]"#))
      try await world.publish(
        TestPlugin(
          version: "1.2.0",
          permissions: #""version": 1, "write": ["@state"], "limits": {"memory": "64MiB", "pids": 8, "call": "2s"}"#))
      try await world.reconnect()
      let update = try await world.program.expect(0, ["update", "counter", "--soak", "2s"])
      #expect(update.errors.contains("narrowing: uses less memory: 64MiB instead of 128MiB"))
    }
  }
}
