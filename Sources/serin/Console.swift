import Platform
import StrictJSON
import SystemPackage

/// The only place that writes to the user: results to standard output, everything else to standard error.
///
/// Messages begin in lower case and end without a full stop; what to do next stands on a line of its own. With
/// `--json` standard output carries one JSON object per line and nothing else: events first, the result last.
struct Console: Sendable {
  /// Where bytes go.
  struct Sink: Sendable {
    let output: @Sendable ([UInt8]) -> Void
    let error: @Sendable ([UInt8]) -> Void

    /// This process's own standard output and standard error.
    static let standard = Sink(
      output: { bytes in _ = try? FileDescriptor.standardOutput.writeAll(bytes) },
      error: { bytes in _ = try? FileDescriptor.standardError.writeAll(bytes) })
  }

  /// How results and messages look.
  struct Style: Sendable {
    var isJSON = false
    var isQuiet = false
    var isVerbose = false
    /// Whether standard output takes colours.
    var outputColor = false
    /// Whether standard error takes colours.
    var errorColor = false
    /// Whether a progress bar may be drawn on standard error.
    var isInteractive = false
    /// The width of the terminal in characters.
    var columns = 80

    /// No colours and no progress bar, for pipes and tests.
    init() {}

    /// What the options, the terminal and the environment say; https://no-color.org.
    init(options: GlobalOptions, terminal: TerminalInfo, environment: [String: String]) {
      self.init(terminal: terminal, environment: environment, isJSON: options.json)
      isQuiet = options.quiet
      isVerbose = options.verbose
      if isQuiet { isInteractive = false }
    }

    /// The same for a command that was given no options, or only the one for JSON.
    init(terminal: TerminalInfo, environment: [String: String], isJSON: Bool = false) {
      self.isJSON = isJSON
      let isDumb = environment["TERM"] == "dumb"
      let refusesColor = environment["NO_COLOR"].map { !$0.isEmpty } == true
      outputColor = terminal.wantsColor && !isJSON
      errorColor = terminal.errorIsTerminal && !isDumb && !refusesColor
      isInteractive = terminal.errorIsTerminal && !isDumb && !isJSON
      columns = max(20, terminal.width ?? 80)
    }
  }

  let sink: Sink
  let style: Style
  let clock: any WallClock

  /// A console without style, for the time before options are known.
  static var standard: Console { Console(sink: .standard, style: Style(), clock: SystemClock()) }

  // MARK: - Results

  /// Shows the result of a command.
  func show(_ output: some CommandOutput) {
    if style.isJSON {
      write(type(of: output).schema, output.json)
    } else {
      let lines = output.text.flatMap(painted)
      sink.output(Array((lines.map { $0 + "\n" }).joined().utf8))
    }
  }

  /// Writes one line of output as it is.
  func line(_ text: String) { sink.output(Array((Printable.line(text) + "\n").utf8)) }

  /// Shows why a command failed.
  func show(_ failure: Failure) {
    show(failure, asJSON: style.isJSON)
  }

  /// Shows why a command failed, as JSON on standard output or as text on standard error.
  func show(_ failure: Failure, asJSON: Bool) {
    if asJSON {
      write("serin.error.1", failure.json)
      return
    }
    for line in failure.text {
      sink.error(Array((line.rendered.map { paint($0, line, style.errorColor) + "\n" }).joined().utf8))
    }
  }

  /// Shows why a command failed whose standard output belongs to somebody else: always on standard error.
  func showOnStandardError(_ failure: Failure) {
    guard style.isJSON else { return show(failure, asJSON: false) }
    var object: JSON.Object = ["schema": "serin.error.1"]
    for member in failure.json.members { object[member.key] = member.value }
    sink.error(JSON.object(object).serialized(pretty: false) + [UInt8(ascii: "\n")])
  }

  // MARK: - Events and messages

  /// Reports that something happened, to programs only: a line of JSON with the schema `serin.event.1`.
  func event(_ name: String, _ fields: JSON.Object = [:]) {
    guard style.isJSON else { return }
    var object: JSON.Object = ["event": .string(name), "time": .string(clock.now().rfc3339)]
    for member in fields.members { object[member.key] = member.value }
    write("serin.event.1", object)
  }

  /// Tells a person what is going on; silent with `--quiet`.
  func message(_ text: String) {
    guard !style.isQuiet else { return }
    errorLine(.plain(text))
  }

  /// Tells a person more, with `--verbose` only.
  func detail(_ text: String) {
    guard style.isVerbose else { return }
    errorLine(.hint(text))
  }

  /// Warns; `--quiet` does not silence it.
  func warning(_ text: String) {
    errorLine(.bad("warning: " + text))
  }

  /// Writes a log line.
  func log(_ text: String) {
    errorLine(.plain(text))
  }

  /// Writes a question to the terminal without ending the line.
  func prompt(_ text: String) {
    sink.error(Array(Printable.line(text).utf8))
  }

  /// Draws a progress bar on a terminal, nothing anywhere else.
  func progress(
    _ label: String, amount: @escaping @Sendable (Int64) -> String = ByteCount.text
  ) -> ProgressBar {
    ProgressBar(label: label, console: self, amount: amount)
  }

  // MARK: - Writing

  /// The rows of a line as standard output shows them.
  func painted(_ line: TextLine) -> [String] { line.rendered.map { paint($0, line, style.outputColor) } }

  private func write(_ schema: String, _ members: JSON.Object) {
    var object: JSON.Object = ["schema": .string(schema)]
    for member in members.members { object[member.key] = member.value }
    sink.output(JSON.object(object).serialized(pretty: false) + [UInt8(ascii: "\n")])
  }

  private func errorLine(_ line: TextLine) {
    for text in line.rendered { sink.error(Array((paint(text, line, style.errorColor) + "\n").utf8)) }
  }

  /// Colours a line by what it is; the text itself can hold no escape sequences any more.
  private func paint(_ text: String, _ line: TextLine, _ isColored: Bool) -> String {
    guard isColored else { return text }
    let code: String? =
      switch line {
      case .heading: "1"
      case .good: "32"
      case .bad: "31"
      case .hint: "2"
      case .plain, .fields, .table: nil
      }
    return code.map { "\u{1B}[\($0)m\(text)\u{1B}[0m" } ?? text
  }
}
