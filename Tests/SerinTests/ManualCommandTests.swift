import Foundation
import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  /// Manual pages and completions, as their readers see them.
  @Suite struct ManualCommandTests {
    private static let hasMandoc = Program.path("mandoc") != nil

    /// A host with two plugins that look installed, as far as names of files tell.
    private static func world() throws -> World {
      let world = try World.empty()
      for name in ["io.github.acme/counter", "io.github.acme/clock"] {
        let tree = String(repeating: "ab", count: 32)
        let home = world.host.appending("plugins/" + name)
        try FileManager.default.createDirectory(
          atPath: home.appending("trees/" + tree).string, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
          atPath: home.appending("current").string, withDestinationPath: "trees/" + tree)
      }
      return world
    }

    @Test func `every page of the manual is written, the same bytes for the same date`() async throws {
      let world = try World.empty()
      var program = world.program
      program.environment["SOURCE_DATE_EPOCH"] = "1795651200"
      let result = try await program.must("manual", "--output", "one", "--json").json()
      try await program.must("manual", "--output", "two")
      try await program.tool("/usr/bin/diff", "-r", "one", "two")
      let written = try FileManager.default.contentsOfDirectory(atPath: (world.scratch / "one").string)
      #expect(written.count == result["pages"]?.arrayValue?.count)
      for command in HelpTests.commands {
        #expect(written.contains("serin-\(command.replacing(" ", with: "-")).1"), "\(command)")
      }
      let printed = try await program.must("manual", "canary", "start").output
      #expect(try world.scratch.text("one/serin-canary-start.1") == printed)
      try await program.expect(64, ["manual", "no", "such"])
    }

    @Test(.enabled(if: hasMandoc, "needs mandoc"))
    func `mandoc finds nothing wrong with any page`() async throws {
      let world = try World.empty()
      try await world.program.must("manual", "--output", "man/man1")
      let folder = world.scratch / "man/man1"
      let pages = try FileManager.default.contentsOfDirectory(atPath: folder.string).sorted()
      let lint = try await world.program.run(
        "/usr/bin/mandoc", ["-T", "lint", "-W", "warning"] + pages.map { folder.appending($0).string })
      #expect(lint.code == 0 && lint.output.isEmpty, "\(lint)")
      let shown = try await world.program.run(
        "/usr/bin/mandoc", ["-T", "utf8", folder.appending("serin-update.1").string])
      let plain = shown.output.replacing(/.\u{8}/, with: "")
      #expect(plain.contains("--exit-code"), "\(plain)")
      #expect(plain.contains("serin update --check --exit-code"), "\(plain)")
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `a shell reads its completions`(shell: String) async throws {
      let world = try World.empty()
      let script = try await world.program.must("completions", shell).output
      let path = world.scratch / "serin.\(shell)"
      try world.scratch.write(script, to: "serin.\(shell)")
      let json = try await world.program.must("completions", shell, "--json").json()
      #expect(json["script"]?.stringValue.map { $0 + "\n" } == script)
      guard let program = Program.path(shell) else { return }
      let check = try await world.program.run(program, ["-n", path.string])
      #expect(check.code == 0 && check.errors.isEmpty, "\(check)")
    }

    /// What bash offers at the end of a line.
    private func complete(_ world: World, _ words: String...) async throws -> [String] {
      let line = words.joined(separator: " ")
      let quoted = words.map { "'\($0)'" }.joined(separator: " ")
      let bash = """
        source serin.bash
        function=$(complete -p serin | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        COMP_WORDS=(\(quoted)) COMP_CWORD=\(words.count - 1) COMP_LINE='\(line)' COMP_POINT=\(line.utf8.count)
        "$function" serin '\(words.last ?? "")' '\(words.dropLast().last ?? "")'
        printf '%s\\n' "${COMPREPLY[@]}"
        """
      var program = world.program
      program.environment["PATH"] = Program.serin.removingLastComponent().string + ":/usr/bin:/bin"
      let outcome = try await program.run("/bin/bash", ["-c", bash])
      #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome)")
      return outcome.output.split(separator: "\n").map(String.init).sorted()
    }

    @Test func `bash completes verbs, options, plugins, channels and keys`() async throws {
      let world = try Self.world()
      try world.scratch.write(try await world.program.must("completions", "bash").output, to: "serin.bash")
      #expect(try await complete(world, "serin", "self") == ["self-update"])
      #expect(try await complete(world, "serin", "update", "--ch") == ["--check"])
      #expect(try await complete(world, "serin", "update", "c") == ["clock", "counter"])
      #expect(try await complete(world, "serin", "run", "io.github.acme/co") == ["io.github.acme/counter"])
      #expect(try await complete(world, "serin", "connect", "cursor", "co") == ["counter"])
      #expect(try await complete(world, "serin", "install", "x", "--channel", "") == ["beta", "canary", "stable"])
      try world.scratch.write("", to: "channels/nightly.yaml")
      #expect(try await complete(world, "serin", "promote", "x", "--to", "n") == ["nightly"])
      try world.scratch.write("", to: "config/serin/keys/mine.pub")
      #expect(try await complete(world, "serin", "key", "show", "") == ["mine"])
    }

    @Test func `where nothing can be read nothing is offered and nothing is said`() async throws {
      let world = try World.empty()
      try world.scratch.write(try await world.program.must("completions", "bash").output, to: "serin.bash")
      try world.scratch.write("not a folder", to: "host")
      #expect(try await complete(world, "serin", "update", "c").isEmpty)
      #expect(try await complete(world, "serin", "key", "show", "").isEmpty)
      #expect(!FileManager.default.fileExists(atPath: (world.scratch / "config/serin").string))
    }
  }
}
