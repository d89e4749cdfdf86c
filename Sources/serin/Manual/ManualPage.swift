import ArgumentParser
import Platform

/// One page of the manual, made from what the parser knows of a verb.
struct ManualPage {
  let command: ToolCommand
  /// The whole program, for the page that lists its verbs.
  let program: ToolCommand
  /// The day that stands on the page.
  let day: Instant

  private var help: HelpText.Parts { HelpText.parts(of: command.discussion) }

  /// The page in mdoc.
  var text: String {
    var page = Mdoc()
    page.macro("\\\" Written by `serin manual`; the program's own definitions say what stands here.")
    page.macro("Dd " + Self.date(day))
    page.macro("Dt \(command.page.uppercased()) 1")
    page.macro("Os Serin \(SerinVersion.current)")
    page.macro("Sh NAME")
    page.macro("Nm \(command.page)")
    page.macro("Nd " + Self.phrase(command.abstract))
    synopsis(&page)
    page.macro("Sh DESCRIPTION")
    page.prose(help.about.isEmpty ? command.abstract : help.about)
    options(&page)
    verbs(&page)
    list("ENVIRONMENT", ManualPlaces.variables(of: command).map { ("Ev", $0.name, $0.meaning) }, &page)
    list("FILES", ManualPlaces.files(of: command).map { ("Pa", $0.name, $0.meaning) }, &page)
    exits(&page)
    if !help.examples.isEmpty {
      page.macro("Sh EXAMPLES")
      page.literal(help.examples)
    }
    page.macro("Sh SEE ALSO")
    let pages = related.sorted()
    for (index, name) in pages.enumerated() { page.macro("Xr \(name) 1" + (index < pages.count - 1 ? " ," : "")) }
    return page.text
  }

  /// The pages of the verbs above and beside it.
  private var related: [String] {
    if command.words.count == 1 { return program.subcommands.map(\.page) }
    var pages: Set = ["serin"]
    if command.words.count > 2 { pages.insert(command.words.dropLast().joined(separator: "-")) }
    pages.formUnion(command.subcommands.map(\.page))
    // Examples of another verb are a hint that both are used together.
    for example in help.examples {
      let words = example.split(separator: " ").map(String.init)
      let named = program.all.filter { words.starts(with: $0.words) }.max { $0.words.count < $1.words.count }
      if let named { pages.insert(named.page) }
    }
    pages.remove(command.page)
    return Array(pages)
  }

  private func synopsis(_ page: inout Mdoc) {
    page.macro("Sh SYNOPSIS")
    page.macro("Nm " + command.words.joined(separator: " "))
    for argument in command.arguments {
      page.macro(argument.isOptional || argument.kind == .flag ? "Op " + argument.form : argument.form)
      if argument.isRepeating { page.macro("Ar ...") }
    }
    if !command.subcommands.isEmpty { page.macro("Ar command ...") }
  }

  private func options(_ page: inout Mdoc) {
    guard !command.arguments.isEmpty else { return }
    page.macro("Pp")
    page.prose("The arguments are:")
    page.macro("Bl -tag -width Ds")
    for argument in command.arguments {
      page.macro("It " + argument.title)
      page.prose(argument.meaning)
    }
    page.macro("El")
  }

  /// The verbs below it; those of the whole program in the groups of its help.
  private func verbs(_ page: inout Mdoc) {
    guard !command.subcommands.isEmpty else { return }
    let groups =
      command.words.count == 1
      ? CommandList.groups.map { group in
        (group.name, command.subcommands.filter { verb in group.subcommands.contains { $0.verb == verb.words.last } })
      } : [("Commands", command.subcommands)]
    for (name, verbs) in groups where !verbs.isEmpty {
      page.macro("Ss " + Mdoc.escaped(name))
      page.macro("Bl -tag -width Ds")
      for verb in verbs {
        page.macro("It Xr \(verb.page) 1")
        page.prose(verb.abstract)
      }
      page.macro("El")
    }
  }

  private func exits(_ page: inout Mdoc) {
    let all = ExitStatus.allCases.map { HelpText.Parts.Code(number: String($0.rawValue), meaning: $0.meaning) }
    let codes = command.words.count == 1 ? all : help.codes
    list("EXIT STATUS", codes.map { ("Li", $0.number, $0.meaning) }, &page)
  }

  private func list(_ title: String, _ items: [(macro: String, name: String, meaning: String)], _ page: inout Mdoc) {
    guard !items.isEmpty else { return }
    page.macro("Sh " + title)
    page.macro("Bl -tag -width Ds")
    for item in items {
      page.macro("It \(item.macro) \(Mdoc.argument(item.name))")
      page.prose(item.meaning)
    }
    page.macro("El")
  }

  /// A sentence as the phrase behind a name: no capital, no full stop.
  private static func phrase(_ sentence: String) -> String {
    let bare = sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    let isWord = bare.dropFirst().first?.isLowercase ?? false
    return Mdoc.escaped(isWord ? bare.prefix(1).lowercased() + bare.dropFirst() : bare)
  }

  /// `November 26, 2026`.
  private static func date(_ day: Instant) -> String {
    let months = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
      "December",
    ]
    let parts = day.rfc3339.prefix(10).split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3, months.indices.contains(parts[1] - 1) else { return "January 1, 1970" }
    return "\(months[parts[1] - 1]) \(parts[2]), \(parts[0])"
  }
}

extension ToolCommand.Argument {
  /// How it stands in a synopsis.
  fileprivate var form: String {
    guard let name = names.first else { return "Ar " + Mdoc.argument(value) }
    let flag = "Fl " + Mdoc.typed(String(name.dropFirst()))
    return kind == .option ? "\(flag) Ar \(Mdoc.argument(value))" : flag
  }

  /// How it stands at the head of its explanation.
  fileprivate var title: String {
    guard !names.isEmpty else { return "Ar " + Mdoc.argument(value) }
    let flags = names.map { "Fl " + Mdoc.typed(String($0.dropFirst())) }.joined(separator: " , ")
    return kind == .option ? "\(flags) Ar \(Mdoc.argument(value))" : flags
  }

  fileprivate var meaning: String {
    var text = about.isEmpty ? "No more is known of it." : about
    if !values.isEmpty { text += " One of \(values.map { "`\($0)`" }.joined(separator: ", "))." }
    if let preset, kind != .flag, !preset.isEmpty { text += " The default is `\(preset)`." }
    return text
  }
}

extension ParsableCommand {
  /// The word by which it is called.
  fileprivate static var verb: String? { configuration.commandName }
}
