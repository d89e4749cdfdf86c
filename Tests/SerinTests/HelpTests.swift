import StrictJSON
import SystemPackage
import TestSupport
import Testing

extension ProgramTests {
  @Suite struct HelpTests {
    /// Every command line that has a help text.
    static let commands = [
      "key new", "key list", "key show", "key export", "pack", "permissions draft", "verify", "inspect", "init",
      "publish", "canary run",
      "canary start", "canary status", "canary watch", "canary explain", "canary logs", "canary approve",
      "canary abort",
      "canary extend", "canary report", "promote", "yank", "status", "renew", "serve", "trust", "install", "list",
      "update", "approve",
      "rollback", "hold", "unhold", "pin", "unpin", "skip", "unskip", "config show", "config set", "config unset",
      "config path", "remove", "history", "run", "audit show", "audit verify", "audit export", "prune",
      "sign request", "sign show", "sign add", "sign publish",
      "role list", "role change", "role renew", "role delegate", "role revoke", "role sync", "doctor", "export",
      "connect", "disconnect", "adopt",
      "self-update", "completions", "manual",
    ]

    @Test(arguments: commands)
    func `help ends with two examples and lists the exit codes`(command: String) async throws {
      let program = Program.bare
      let outcome = try await program.expect(0, command.split(separator: " ").map(String.init) + ["--help"])
      let parts = outcome.output.split(separator: "EXAMPLES:")
      try #require(parts.count == 2, "\(outcome)")
      #expect(parts[0].contains("EXIT CODES:"))
      #expect(parts[0].contains("0   ok"))
      #expect(parts[0].contains("64  usage"))
      let examples = (parts[1].firstRange(of: "\n\n").map { parts[1][..<$0.lowerBound] } ?? parts[1])
        .split(separator: "\n").filter { $0.hasPrefix("  serin " + command) }
      #expect(examples.count >= 2, "\(outcome)")
      try Snapshots.check(outcome.output, "help-" + command.replacing(" ", with: "-"))
    }

    @Test func `the overview shows every command`() async throws {
      let program = Program.bare
      let outcome = try await program.expect(0, ["--help"])
      let shown = outcome.output.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
        .compactMap { $0.split(separator: " ").first.map(String.init) }
      for command in Self.commands {
        let verb = command.split(separator: " ").first.map(String.init) ?? ""
        #expect(shown.contains(verb), "the overview does not show \(verb)")
      }
      try Snapshots.check(outcome.output, "help")
      let version = try await program.expect(0, ["--version"])
      #expect(version.output.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+[^ ]*\n/) != nil, "\(version)")
    }

    @Test(arguments: ["", "nonsense", "install", "update a --all", "hold", "key", "promote time", "--nonsense"])
    func `a command line that makes no sense ends with 64 or the help`(line: String) async throws {
      let program = Program.bare
      let words = line.split(separator: " ").map(String.init)
      let outcome = try await program.run(Program.serin, words)
      if line.isEmpty || line == "key" {
        #expect(outcome.code == 0 || outcome.code == 64, "\(outcome)")
        return
      }
      #expect(outcome.code == 64, "\(outcome)")
      let json = try await program.run(Program.serin, words + ["--json"])
      #expect(json.code == 64, "\(json)")
      #expect(try json.json()["schema"]?.stringValue == "serin.error.1")
      #expect(try json.json()["error"]?["kind"]?.stringValue == "usage")
    }
  }
}
