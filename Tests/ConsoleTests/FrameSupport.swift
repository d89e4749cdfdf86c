import Platform
import StrictJSON
import Synchronization
import TestSupport

@testable import serin

/// What a command wrote, instead of the terminal.
final class Recording: Sendable {
  private let written = Mutex<(output: [UInt8], error: [UInt8])>(([], []))

  var output: String { written.withLock { String(decoding: $0.output, as: UTF8.self) } }
  var error: String { written.withLock { String(decoding: $0.error, as: UTF8.self) } }

  /// A console that writes here.
  func console(_ style: Console.Style = Console.Style(), clock: any WallClock = ManualClock()) -> Console {
    let sink = Console.Sink(
      output: { bytes in self.written.withLock { $0.output += bytes } },
      error: { bytes in self.written.withLock { $0.error += bytes } })
    return Console(sink: sink, style: style, clock: clock)
  }

  /// A session on this machine's files with an environment and a terminal of the test's choice.
  func session(
    _ environment: [String: String] = [:], style: Console.Style = Console.Style(), isTerminal: Bool = false
  ) -> Session {
    let terminal = TerminalInfo(
      inputIsTerminal: isTerminal, outputIsTerminal: isTerminal, errorIsTerminal: isTerminal, width: nil,
      wantsColor: false)
    return Session(machine: .live, environment: environment, terminal: terminal, console: console(style))
  }
}

/// A result for tests of the console.
struct SampleOutput: CommandOutput {
  static let schema = "serin.sample.1"
  var json: JSON.Object { ["name": "a\u{1B}[31m", "count": 2] }
  var text: [TextLine] {
    [
      .heading("things"), .plain("evil \u{1B}[31m \u{202E}name"), .fields([("name", "x"), ("longer name", "y")]),
      .table(Table(columns: [.left("NAME"), .right("SIZE")], rows: [["a", "5"], ["longer", "12345"]])),
    ]
  }
}
