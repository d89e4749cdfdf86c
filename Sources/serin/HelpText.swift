/// The long part of a command's help: what it does, its exit codes, and examples at the end.
enum HelpText {
  /// Puts a help text together.
  /// - Parameters:
  ///   - about: A paragraph or two about the command.
  ///   - codes: The exit codes beyond 0, 1 and 64 that the command knows.
  ///   - examples: Complete command lines, at least two.
  static func make(_ about: String, codes: [ExitStatus] = [], examples: [String]) -> String {
    let all = ([.ok, .failure] + codes + [.usage]).sorted { $0.rawValue < $1.rawValue }
    let table = all.map { "  \(pad($0.rawValue))\($0.meaning)" }.joined(separator: "\n")
    let lines = examples.map { "  " + $0 }.joined(separator: "\n")
    return "\(about)\n\nEXIT CODES:\n\(table)\n\nEXAMPLES:\n\(lines)"
  }

  /// What a help text was put together from.
  struct Parts: Hashable, Sendable {
    var about = ""
    var codes: [Code] = []
    var examples: [String] = []

    /// An exit code and what it means.
    struct Code: Hashable, Sendable {
      let number: String
      let meaning: String
    }
  }

  /// Takes a help text apart again; one that was not made here is all prose, with its examples.
  static func parts(of text: String) -> Parts {
    var parts = Parts()
    var title = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "EXIT CODES:" || line == "EXAMPLES:" {
        title = String(line)
      } else if title.isEmpty {
        parts.about += line + "\n"
      } else if title == "EXAMPLES:", line.hasPrefix("  ") {
        parts.examples.append(String(line.dropFirst(2)))
      } else if let code = line.split(separator: " ").first {
        let meaning = line.drop { $0 == " " }.dropFirst(code.count).drop { $0 == " " }
        parts.codes.append(Parts.Code(number: String(code), meaning: String(meaning)))
      }
    }
    while parts.about.hasSuffix("\n") { parts.about.removeLast() }
    return parts
  }

  private static func pad(_ code: Int32) -> String {
    let text = String(code)
    return text + String(repeating: " ", count: max(1, 4 - text.count))
  }
}
