import ArgumentParser
import Platform
import StrictJSON
import SystemPackage

/// The command `serin manual [COMMAND …]`.
struct ManualCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Print a page of the manual, or write all of them.",
    discussion: HelpText.make(
      """
      The pages are made from the very definitions by which this program reads its command line: one for the program, \
      one for each command. A page goes to standard output in the language of man(1); --output writes all of them into \
      a folder, where man finds them when it is named in its path, as ~/.local/share/man/man1 usually is.

      Their date is today, or what SOURCE_DATE_EPOCH says, so that packagers get the same bytes again.
      """,
      codes: [.noSpace],
      examples: ["serin manual canary start | man -l -", "serin manual --output ~/.local/share/man/man1"]))

  /// The variable by which packagers date what they make, in seconds since 1970 (reproducible-builds.org).
  static let dateVariable = "SOURCE_DATE_EPOCH"

  @OptionGroup var global: GlobalOptions

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write every page into this folder.", valueName: "folder"),
    completion: .directory)
  var output: String?

  @Argument(help: "The command whose page to print (default: the program itself).")
  var command: [String] = []

  mutating func validate() throws {
    if output != nil && !command.isEmpty {
      throw ValidationError("--output writes all pages; name no command with it.")
    }
  }

  func perform(_ session: Session) async throws -> ManualOutput {
    let program = try ToolCommand.program()
    let day = session.environment[Self.dateVariable].flatMap { Int64($0) }.map { Instant(seconds: $0) }
    func page(_ command: ToolCommand) -> ManualPage {
      ManualPage(command: command, program: program, day: day ?? session.machine.clock.now())
    }
    guard let output else {
      let words = ["serin"] + command
      guard let found = program.all.first(where: { $0.words == words }) else {
        throw CommandError.badValue(
          option: "COMMAND", value: command.joined(separator: " "), reason: "there is no such command")
      }
      return ManualOutput(pages: [(found.page, page(found).text)], folder: nil)
    }
    let folder = try FilePath(output).absolute(session)
    let files = session.machine.files
    try files.makeDirectories(folder)
    let pages = program.all.map { ($0.page, page($0).text) }
    for (name, text) in pages {
      try files.replace(folder.appending(name + ".1"), with: Array(text.utf8), mode: 0o644)
    }
    try files.sync(directory: folder)
    return ManualOutput(pages: pages, folder: folder)
  }
}

/// Pages that were printed, or written into a folder.
struct ManualOutput: CommandOutput {
  static let schema = "serin.manual.1"
  let pages: [(name: String, text: String)]
  let folder: FilePath?

  var json: JSON.Object {
    [
      "folder": folder.map { .string($0.string) } ?? .null,
      "pages": .array(
        pages.map { page in
          folder == nil
            ? ["name": .string(page.name), "text": .string(page.text)]
            : ["name": .string(page.name), "file": .string(page.name + ".1")]
        }),
    ]
  }

  var text: [TextLine] {
    if let folder { return [.good("wrote \(pages.count) pages to \(folder)")] }
    return pages.flatMap { $0.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() }
      .map { .plain(String($0)) }
  }
}
