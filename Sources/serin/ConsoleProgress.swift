import Platform
import Synchronization

/// One line on a terminal that shows how far something is; draws nothing elsewhere.
final class ProgressBar: Sendable {
  private let label: String
  private let console: Console
  private let state = Mutex(State())

  private struct State {
    var lastDrawn: Duration?
    var isVisible = false
  }

  /// How an amount is written.
  private let amount: @Sendable (Int64) -> String

  init(label: String, console: Console, amount: @escaping @Sendable (Int64) -> String = ByteCount.text) {
    self.label = Printable.line(label)
    self.console = console
    self.amount = amount
  }

  /// Shows that `done` of `total` is there, in bytes unless the bar counts something else; a total of nil is unknown.
  func update(_ done: Int64, of total: Int64?) {
    guard console.style.isInteractive else { return }
    let now = console.clock.uptime()
    let isDue = state.withLock { state in
      // Ten times a second is as much as anybody reads.
      if let last = state.lastDrawn, now - last < .milliseconds(100), done != total { return false }
      state.lastDrawn = now
      state.isVisible = true
      return true
    }
    guard isDue else { return }
    console.sink.error(
      Array(("\r\u{1B}[K" + Self.line(label, done, total, columns: console.style.columns, amount: amount)).utf8))
  }

  /// Takes the bar away.
  func finish() {
    let wasVisible = state.withLock { state in
      defer { state.isVisible = false }
      return state.isVisible
    }
    if wasVisible { console.sink.error(Array("\r\u{1B}[K".utf8)) }
  }

  /// The bar's text, at most one line wide.
  static func line(
    _ label: String, _ done: Int64, _ total: Int64?, columns: Int, amount: (Int64) -> String = ByteCount.text
  ) -> String {
    guard let total, total > 0 else { return String("\(label) \(amount(done))".prefix(max(0, columns - 1))) }
    let share = min(1, max(0, Double(done) / Double(total)))
    let percent = String(Int(share * 100))
    let numbers = " \(String(repeating: " ", count: max(0, 3 - percent.count)))\(percent) % of \(amount(total))"
    let room = columns - 1 - label.count - numbers.count - 3
    guard room >= 4 else { return String((label + numbers).prefix(max(0, columns - 1))) }
    let width = min(40, room)
    let filled = Int(share * Double(width))
    let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
    return "\(label) [\(bar)]\(numbers)"
  }
}

/// Sizes for people.
enum ByteCount {
  /// A size with three significant digits and a binary unit: `7.11 MiB`.
  static func text(_ bytes: Int64) -> String {
    guard bytes >= 1024 else { return "\(bytes) B" }
    var value = Double(bytes)
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    let digits = value >= 100 ? 1.0 : value >= 10 ? 10.0 : 100.0
    let rounded = (value * digits).rounded() / digits
    let text = rounded == rounded.rounded() && digits == 1 ? String(Int64(rounded)) : String(rounded)
    return "\(text) \(units[unit])"
  }

  private static let units = ["B", "KiB", "MiB", "GiB", "TiB"]
}
