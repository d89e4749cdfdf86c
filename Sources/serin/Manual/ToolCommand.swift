import ArgumentParser
import StrictJSON

/// One verb of the program with everything that can be given to it, as the parser itself tells it.
struct ToolCommand: Sendable, Hashable {
  /// An argument, an option or a flag.
  struct Argument: Sendable, Hashable {
    /// What it looks like on a command line.
    enum Kind: String, Sendable {
      case positional, option, flag
    }

    let kind: Kind
    /// `--output` and `-o`, the long one first; empty for a positional argument.
    let names: [String]
    /// What stands for its value.
    let value: String
    let isOptional: Bool
    let isRepeating: Bool
    let preset: String?
    /// The values that it can have, where they are few.
    let values: [String]
    let about: String
  }

  /// The words by which it is called, the program's name first.
  let words: [String]
  let abstract: String
  let discussion: String
  let arguments: [Argument]
  let subcommands: [ToolCommand]

  /// The program with all its verbs.
  ///
  /// Throws `JSONError` or ``CommandError`` where the parser's own description cannot be read.
  static func program() throws -> ToolCommand {
    let json = try JSON.parse(Array(Serin._dumpHelp().utf8), limits: .own)
    guard let command = json["command"].flatMap({ ToolCommand($0, below: []) }) else {
      throw CommandError.badValue(option: "the parser's description", value: "", reason: "it has no command")
    }
    return command
  }

  private init?(_ json: JSON, below parents: [String]) {
    guard let name = json["commandName"]?.stringValue, json["shouldDisplay"]?.boolValue != false else { return nil }
    let words = parents + [name]
    self.words = words
    abstract = json["abstract"]?.stringValue ?? ""
    discussion = json["discussion"]?.stringValue ?? ""
    arguments = (json["arguments"]?.arrayValue ?? []).compactMap(Argument.init)
    // The verb `help` is the parser's own, and says what these pages say.
    subcommands = (json["subcommands"]?.arrayValue ?? []).compactMap { ToolCommand($0, below: words) }
      .filter { $0.words.last != "help" }
  }

  /// This verb and all below it.
  var all: [ToolCommand] { [self] + subcommands.flatMap(\.all) }

  /// The name of its page: `serin-key-new`.
  var page: String { words.joined(separator: "-") }

  /// Whether it takes an option of this name.
  func takes(_ option: String) -> Bool { arguments.contains { $0.names.contains(option) } }
}

extension ToolCommand.Argument {
  fileprivate init?(_ json: JSON) {
    guard json["shouldDisplay"]?.boolValue != false, let kind = json["kind"]?.stringValue.flatMap(Kind.init(rawValue:))
    else { return nil }
    self.kind = kind
    names = (json["names"]?.arrayValue ?? []).compactMap { name in
      guard let text = name["name"]?.stringValue, let kind = name["kind"]?.stringValue else { return nil }
      return (kind == "long" ? "--" : "-") + text
    }.sorted { $0.utf8.count > $1.utf8.count }
    value = json["valueName"]?.stringValue ?? "value"
    isOptional = json["isOptional"]?.boolValue ?? false
    isRepeating = json["isRepeating"]?.boolValue ?? false
    preset = json["defaultValue"]?.stringValue
    values = (json["allValues"]?.arrayValue ?? []).compactMap(\.stringValue)
    about = [json["abstract"]?.stringValue, json["discussion"]?.stringValue].compactMap(\.self)
      .joined(separator: " ")
  }
}
