import Platform

/// What a running command has at hand: the machine, the environment, the console.
struct Session: Sendable {
  /// Files, clock, network and processes.
  let machine: Machine
  /// The environment variables of this process.
  let environment: [String: String]
  /// What is known about the terminal.
  let terminal: TerminalInfo
  /// Where results and messages go.
  let console: Console

  /// Where this program keeps its things.
  var folders: Folders { Folders(environment: environment) }

  /// The session of this process.
  static func live(_ options: GlobalOptions) -> Session {
    live { Console.Style(options: options, terminal: $0, environment: $1) }
  }

  /// The session of this process where no options were given.
  static func live() -> Session {
    live { Console.Style(terminal: $0, environment: $1) }
  }

  private static func live(_ style: (TerminalInfo, [String: String]) -> Console.Style) -> Session {
    let environment = ProcessEnvironment.current
    let terminal = TerminalInfo.current(environment: environment)
    let style = style(terminal, environment)
    return Session(
      machine: .live, environment: environment, terminal: terminal,
      console: Console(sink: .standard, style: style, clock: SystemClock()))
  }
}
