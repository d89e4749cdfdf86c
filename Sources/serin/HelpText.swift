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

  private static func pad(_ code: Int32) -> String {
    let text = String(code)
    return text + String(repeating: " ", count: max(1, 4 - text.count))
  }
}
