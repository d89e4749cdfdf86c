package import Releases

/// The metrics of a soak in words for people, with their units.
package struct MetricWords: Sendable {
  /// The metric's name in a record.
  package let name: String
  /// What it measures.
  package let title: String
  private let unit: Unit

  private enum Unit { case microseconds, bytes, count }

  /// Every metric that this program knows, in the order in which it is shown.
  package static let all: [MetricWords] = CanaryMetric.allCases.map(MetricWords.init)

  /// The words of a metric.
  package init(_ metric: CanaryMetric) {
    name = metric.rawValue
    (title, unit) =
      switch metric {
      case .startLatency: ("time to start", .microseconds)
      case .aliveLatency: ("time for a sign of life", .microseconds)
      case .toolsLatency: ("time for the tool list", .microseconds)
      case .callLatency: ("time for a sample call", .microseconds)
      case .memory: ("memory", .bytes)
      case .processorTime: ("processor time per round", .microseconds)
      case .descriptors: ("open descriptors", .count)
      case .threads: ("processes and threads", .count)
      case .errorOutput: ("standard error per round", .bytes)
      }
  }

  /// A value with its unit.
  package func text(_ value: Int64) -> String {
    switch unit {
    case .microseconds: Self.time(value)
    case .bytes: Self.bytes(value)
    case .count: String(value)
    }
  }

  /// A time in the unit that suits its length.
  package static func time(_ microseconds: Int64) -> String {
    switch microseconds {
    case ..<1000: "\(microseconds) µs"
    case ..<10_000: "\(tenths(microseconds, 1000)) ms"
    case ..<1_000_000: "\(microseconds / 1000) ms"
    default: "\(tenths(microseconds, 1_000_000)) s"
    }
  }

  /// A size in the unit that suits it.
  package static func bytes(_ bytes: Int64) -> String {
    switch bytes {
    case ..<1024: "\(bytes) B"
    case ..<1_048_576: "\(tenths(bytes, 1024)) KiB"
    default: "\(tenths(bytes, 1_048_576)) MiB"
    }
  }

  private static func tenths(_ value: Int64, _ unit: Int64) -> String {
    let tenths = value / (unit / 10)
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// The medians of both arms in the blocks in which the candidate was observed; nil where an arm was not measured.
  package func series(_ figures: EvidenceFigures) -> [(block: Int64, installed: Int64?, candidate: Int64?)] {
    figures.blocks.map { ($0.number, $0.installed[name], $0.candidate[name]) }
  }

  /// The medians over all judged blocks of both arms, and the difference in percent.
  package func summary(_ figures: EvidenceFigures) -> Summary? {
    let blocks = figures.judgedBlocks
    let candidate = Self.median(blocks.compactMap { $0.candidate[name] })
    let installed = Self.median(blocks.compactMap { $0.installed[name] })
    guard candidate != nil || installed != nil else { return nil }
    return Summary(installed: installed, candidate: candidate)
  }

  /// The middle of both arms over a whole soak.
  package struct Summary: Hashable, Sendable {
    /// The installed release; nil where it was not measured.
    package let installed: Int64?
    /// The candidate; nil where it was not measured.
    package let candidate: Int64?

    /// By how many percent the candidate is above the installed release: "+12.3 %"; nil where either is missing.
    package var change: String? {
      guard let installed, let candidate, installed > 0 else { return nil }
      let permille = ((Double(candidate) / Double(installed) - 1) * 1000).rounded()
      guard abs(permille) < 1e9 else { return nil }
      let whole = Int64(permille)
      return "\(whole < 0 ? "−" : "+")\(abs(whole) / 10).\(abs(whole) % 10) %"
    }
  }

  private static func median(_ values: [Int64]) -> Int64? {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return nil }
    return sorted[(sorted.count - 1) / 2]
  }
}

/// A row of blocks as high as values: ▁▂▃▄▅▆▇█.
package enum Sparkline {
  private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// Draws the newest values, at most `width` of them, on a common scale; a missing one is a space.
  package static func draw(_ values: [Int64?], low: Int64, high: Int64, width: Int) -> String {
    String(
      values.suffix(max(0, width)).map { value -> Character in
        guard let value else { return " " }
        guard high > low else { return bars[0] }
        let share = (Double(value) - Double(low)) / (Double(high) - Double(low))
        return bars[min(7, max(0, Int(share * 7.999)))]
      })
  }
}
