import Logging
import Platform

extension Session {
  /// A logger whose lines go to standard error: `time level label message key=value …`.
  func logger(_ label: String) -> Logger {
    let level: Logger.Level = console.style.isVerbose ? .debug : console.style.isQuiet ? .error : .info
    return Logger(label: label) { ConsoleLog(label: $0, console: console, clock: machine.clock, logLevel: level) }
  }
}

/// Writes log lines through the console, one per entry and free of characters that would act on a terminal.
private struct ConsoleLog: LogHandler {
  let label: String
  let console: Console
  let clock: any WallClock
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
    let pairs = all.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.value($0.value))" }
    let line = ["\(clock.now())", "\(event.level)", label, "\(event.message)"] + pairs
    console.log(line.joined(separator: " "))
  }

  /// A value that stays one word for programs that split lines at blanks.
  private static func value(_ value: Logger.Metadata.Value) -> String {
    let text = "\(value)"
    let isWord = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != 0x7f }
    if isWord { return text }
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
