import ArgumentParser
import Platform
import StrictJSON
import TestSupport
import Testing

@testable import serin

@Suite struct ConsoleTests {
  let recording = Recording()

  @Test func `a result goes to standard output, aligned and without escape sequences`() {
    recording.console().show(SampleOutput())
    #expect(
      recording.output == """
        things
        evil \\u{1B}[31m \\u{202E}name
        name:         x
        longer name:  y
        NAME     SIZE
        a           5
        longer  12345

        """)
    #expect(recording.error.isEmpty)
  }

  @Test func `with --json there is one line with a schema`() throws {
    var style = Console.Style()
    style.isJSON = true
    recording.console(style).show(SampleOutput())
    let lines = recording.output.split(separator: "\n")
    #expect(lines.count == 1)
    let json = try JSON.parse(Array(lines[0].utf8))
    #expect(json["schema"]?.stringValue == "serin.sample.1")
    #expect(json["count"]?.intValue == 2)
  }

  @Test func `events come before the result, one per line, and only with --json`() throws {
    var style = Console.Style()
    style.isJSON = true
    let console = recording.console(style)
    console.event("started", ["port": 8080])
    console.show(SampleOutput())
    let schemas = try recording.output.split(separator: "\n").map {
      try JSON.parse(Array($0.utf8))["schema"]?.stringValue
    }
    #expect(schemas == ["serin.event.1", "serin.sample.1"])
    let silent = Recording()
    silent.console().event("started")
    #expect(silent.output.isEmpty && silent.error.isEmpty)
  }

  @Test func `quiet silences messages and neither warnings nor results`() {
    var style = Console.Style()
    style.isQuiet = true
    let console = recording.console(style)
    console.message("message")
    console.detail("detail")
    console.warning("careful")
    console.show(SampleOutput())
    #expect(recording.error == "warning: careful\n")
    #expect(!recording.output.isEmpty)
  }

  @Test func `colour wraps lines only where it is wanted`() {
    var style = Console.Style()
    style.outputColor = true
    recording.console(style).show(SampleOutput())
    #expect(recording.output.hasPrefix("\u{1B}[1mthings\u{1B}[0m\nevil \\u{1B}"))
  }

  @Test(arguments: [
    (["NO_COLOR": "1"], false), (["NO_COLOR": ""], true), (["TERM": "dumb"], false), ([:], true),
  ])
  func `NO_COLOR and dumb terminals are respected on standard error`(environment: [String: String], isColored: Bool)
    throws
  {
    let terminal = TerminalInfo(
      inputIsTerminal: true, outputIsTerminal: true, errorIsTerminal: true, width: 100, wantsColor: false)
    let options = try GlobalOptions.parse([])
    let style = Console.Style(options: options, terminal: terminal, environment: environment)
    #expect(style.errorColor == isColored)
    #expect(style.columns == 100)
  }

  @Test func `a failure is a sentence and a help line, or one JSON object on standard output`() throws {
    let failure = Failure(CommandError.keyExists(name: "release", folder: "/keys"))
    recording.console().show(failure)
    #expect(
      recording.error == """
        serin: there is a key release in /keys already
          help: choose another name; a key is never overwritten

        """)
    let other = Recording()
    var style = Console.Style()
    style.isJSON = true
    other.console(style).show(failure)
    let json = try JSON.parse(Array(other.output.dropLast().utf8))
    #expect(json["schema"]?.stringValue == "serin.error.1")
    #expect(json["error"]?["code"]?.intValue == 1)
    #expect(json["error"]?["kind"]?.stringValue == "failure")
    #expect(other.error.isEmpty)
  }

  @Test func `a progress bar is drawn on a terminal only, ten times a second, and taken away`() {
    let clock = ManualClock()
    recording.console(clock: clock).progress("fetching").update(1, of: 2)
    #expect(recording.error.isEmpty)
    var style = Console.Style()
    style.isInteractive = true
    let bar = recording.console(style, clock: clock).progress("fetching")
    for done in 0..<100 {
      bar.update(Int64(done), of: 100)
      clock.advance(by: .milliseconds(10))
    }
    #expect(recording.error.split(separator: "\r").count == 10)
    bar.finish()
    #expect(recording.error.hasSuffix("\r\u{1B}[K"))
  }

  @Test(arguments: [20, 40, 80, 200])
  func `a progress bar never fills the whole line`(columns: Int) {
    for done in stride(from: Int64(0), through: 7_453_233, by: 100_000) {
      #expect(
        ProgressBar.line("time-2026.10.19-linux-x86_64.tar.zst", done, 7_453_233, columns: columns).count < columns)
      #expect(ProgressBar.line("fetching", done, nil, columns: columns).count < columns)
    }
  }

  @Test(
    arguments: [
      (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (7_453_233, "7.11 MiB"),
      (10_485_760, "10.0 MiB"),
      (536_870_912, "512 MiB"), (Int64.max, "8388608 TiB"),
    ] as [(Int64, String)])
  func `sizes are short`(bytes: Int64, text: String) {
    #expect(ByteCount.text(bytes) == text)
  }
}
