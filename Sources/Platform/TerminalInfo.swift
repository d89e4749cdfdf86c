import Glibc

/// What is known about the terminal that this process talks to.
package struct TerminalInfo: Hashable, Sendable {
  /// Whether standard input comes from a person.
  package let inputIsTerminal: Bool
  /// Whether standard output goes to a person.
  package let outputIsTerminal: Bool
  /// Whether standard error goes to a person.
  package let errorIsTerminal: Bool
  /// The width in columns, where standard output or standard error goes to a person.
  package let width: Int?
  /// Whether standard output takes colour: a terminal, not "dumb", and no `NO_COLOR` (see no-color.org).
  package let wantsColor: Bool

  /// Makes a description from its parts.
  package init(
    inputIsTerminal: Bool, outputIsTerminal: Bool, errorIsTerminal: Bool, width: Int?, wantsColor: Bool
  ) {
    self.inputIsTerminal = inputIsTerminal
    self.outputIsTerminal = outputIsTerminal
    self.errorIsTerminal = errorIsTerminal
    self.width = width
    self.wantsColor = wantsColor
  }

  /// Looks at the standard streams of this process.
  package static func current(environment: [String: String]) -> TerminalInfo {
    let output = isatty(STDOUT_FILENO) == 1
    let error = isatty(STDERR_FILENO) == 1
    let columns = environment["COLUMNS"].flatMap { Int($0) }.flatMap { (1...10_000).contains($0) ? $0 : nil }
    let refusesColor = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    return TerminalInfo(
      inputIsTerminal: isatty(STDIN_FILENO) == 1, outputIsTerminal: output, errorIsTerminal: error,
      width: output ? columns ?? width(of: STDOUT_FILENO) : error ? width(of: STDERR_FILENO) : nil,
      wantsColor: output && !refusesColor && environment["TERM"] != "dumb")
  }

  private static func width(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
