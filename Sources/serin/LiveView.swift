import Platform
import Synchronization

/// Lines on a terminal that are drawn anew in their place; draws nothing elsewhere.
final class LiveView: Sendable {
  private let console: Console
  private let drawn = Mutex(0)

  init(console: Console) {
    self.console = console
  }

  /// Draws the lines over those of the last time; each must be at most one row wide.
  func draw(_ lines: [TextLine]) {
    let painted = lines.flatMap(console.painted)
    let up = drawn.withLock { drawn in
      defer { drawn = painted.count }
      return drawn
    }
    // Up to the first line of the last time, then everything below is cleared.
    let home = up > 0 ? "\u{1B}[\(up)A\u{1B}[J" : ""
    console.sink.output(Array((home + painted.map { $0 + "\n" }.joined()).utf8))
  }
}
