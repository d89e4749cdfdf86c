import ArgumentParser
import Platform
import Testing

@testable import serin

/// The manual says all that the help says.
@Suite struct ManualTests {
  private static let day = Instant(seconds: 1_795_651_200)

  private static func pages() throws -> [String: String] {
    let program = try ToolCommand.program()
    return Dictionary(
      program.all.map { ($0.page, ManualPage(command: $0, program: program, day: day).text) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Every command of the list with its words, parents too.
  private static var commands: [(words: [String], type: any ParsableCommand.Type)] {
    var found: [(words: [String], type: any ParsableCommand.Type)] = []
    var waiting = CommandList.groups.flatMap(\.subcommands).map { (words: ["serin"], type: $0) }
    while let next = waiting.popLast() {
      let words = next.words + [next.type.configuration.commandName ?? "?"]
      found.append((words, next.type))
      waiting += next.type.configuration.subcommands.map { (words: words, type: $0) }
    }
    return found
  }

  @Test func `every command, every option and every exit code has its place`() throws {
    let pages = try Self.pages()
    #expect(pages.count == Self.commands.count + 1)
    for command in Self.commands {
      let name = command.words.joined(separator: "-")
      let page = try #require(pages[name], "no page \(name)")
      // What the help shows is the measure, not what the manual was made from.
      let help = command.type.helpMessage(columns: 200)
      let options = help.split(separator: "\n").flatMap { line in
        line.firstMatch(of: /^  (-\S.*?)(  |$)/).map { match in match.1.matches(of: /--[a-z0-9-]+/).map(\.output) }
          ?? []
      }
      #expect(!options.isEmpty, "\(name)")
      for option in options {
        let typed = "Fl " + option.dropFirst().replacing("-", with: "\\-")
        let isThere = page.split(separator: "\n").contains { line in
          line.hasPrefix(".It ") && (line + " ").contains(typed + " ")
        }
        #expect(isThere, "\(name) does not explain \(option)")
      }
      let codes = command.type.configuration.discussion.matches(of: /\n  ([0-9]+) +[a-z]/).map(\.1)
      for code in codes {
        #expect(page.contains("\n.It Li \\&\(code)\n"), "\(name) does not name the exit code \(code)")
      }
    }
  }

  @Test func `the program's own page names every group, every command and every exit code`() throws {
    let page = try #require(try Self.pages()["serin"])
    for group in CommandList.groups {
      #expect(page.contains("\n.Ss \(group.name)\n"), "\(group.name)")
      for command in group.subcommands {
        #expect(page.contains("\n.It Xr serin-\(command.configuration.commandName ?? "?") 1\n"), "\(command)")
      }
    }
    for status in ExitStatus.allCases { #expect(page.contains("\n.It Li \\&\(status.rawValue)\n"), "\(status)") }
    for place in ManualPlaces.variables + ManualPlaces.files {
      #expect(page.contains(Mdoc.argument(place.name)), "\(place.name)")
    }
  }

  @Test func `pages have every section, and the date that is asked for`() throws {
    let page = try #require(try Self.pages()["serin-install"])
    #expect(page.contains("\n.Dd November 26, 2026\n"))
    let sections = page.matches(of: /\n\.Sh (.+)/).map { String($0.1) }
    #expect(
      sections == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES", "SEE ALSO",
      ])
  }

  @Test func `foreign characters, dots and macros do not act`() {
    var page = Mdoc()
    page.prose(".Sh stays text, a \\ too, and … is one character. `--check` is typed.")
    #expect(
      page.text == """
        \\&.Sh stays text, a \\e too, and \\[u2026] is one character.
        \\fB\\-\\-check\\fR is typed.

        """)
    #expect(Mdoc.argument("No") == "\\&No")
    #expect(Mdoc.argument("a b\"c") == "\"a b\\(dqc\"")
  }

  @Test func `a help text can be taken apart again`() {
    let text = HelpText.make("About.\n\nMore.", codes: [.locked], examples: ["serin a", "serin b"])
    let parts = HelpText.parts(of: text)
    #expect(parts.about == "About.\n\nMore.")
    #expect(parts.examples == ["serin a", "serin b"])
    #expect(parts.codes.map(\.number) == ["0", "1", "50", "64"])
    #expect(parts.codes.map(\.meaning) == ["ok", "failure", "locked by another process", "usage"])
  }
}
