import Canary
import Releases

/// A canary as a few lines that fit a terminal: progress, gates, both arms of each metric, the last events.
struct CanaryFrame {
  /// The narrowest view that is drawn.
  static let fewestColumns = 30
  private static let longestSpark = 48
  private static let shownEvents = 4

  let account: CanaryAccount
  let columns: Int

  init(_ account: CanaryAccount, columns: Int) {
    self.account = account
    self.columns = max(Self.fewestColumns, columns)
  }

  private var evidence: Evidence { account.evidence }
  private var figures: EvidenceFigures { account.figures }

  /// The lines, none wider than the terminal.
  var lines: [TextLine] {
    var lines: [TextLine] = [
      headline, .plain(cut(bar)), .plain(cut(gates)), .plain(""),
    ]
    lines += metrics.map { .plain(cut($0)) }
    if let failed = evidence.reasons.first(where: { $0.severity == .refusal }) {
      lines.append(.bad(cut(failed.sentence)))
    }
    let events = figures.events.suffix(Self.shownEvents)
    if !events.isEmpty {
      lines.append(.heading("last events"))
      lines += events.map { .plain(cut("  \(CanaryExplanation.event($0.kind)): \($0.subject) (\($0.count))")) }
    }
    if let last = account.errorTail.split(separator: "\n").last { lines.append(.hint(cut("stderr: \(last)"))) }
    return lines
  }

  private var headline: TextLine {
    let text = cut("\(evidence.plugin) \(evidence.version) \(word)")
    return switch account.state {
    case .passed: .good(text)
    case .failed, .inconclusive, .aborted: .bad(text)
    case .running: .heading(text)
    }
  }

  private var word: String {
    switch account.state {
    case .running: account.isWatched ? "is being observed" : "stands still: nobody observes it"
    case .aborted: "was given up"
    default: account.state.rawValue
    }
  }

  private var bar: String {
    let percent = "\(Int(account.share * 100)) %"
    let times =
      "\(DurationText(seconds: evidence.observedSeconds)) of \(DurationText(seconds: evidence.requiredSeconds))"
    let width = min(40, columns - times.count - percent.count - 6)
    guard width >= 4 else { return "\(percent)  \(times)" }
    let filled = Int(account.share * Double(width))
    return "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
      + "] \(percent)  \(times)"
  }

  private var gates: String {
    let failures = figures.count("failures")
    let probes = figures.gate("minimumProbes").map { "\(evidence.probes)/\($0) probes" } ?? "\(evidence.probes) probes"
    return [
      probes, "\(figures.count("coldStarts")) cold starts", "\(figures.count("cleanStops")) clean stops",
      failures == 0 ? "gates kept" : "\(failures) gates missed",
    ].joined(separator: ", ")
  }

  /// Two rows for each metric that was measured: the installed release above the candidate, on one scale.
  private var metrics: [String] {
    let shown = MetricWords.all.filter { words in words.summary(figures) != nil }
    guard !shown.isEmpty else {
      return [account.state == .running ? "no block of both releases is complete yet" : "no blocks were compared"]
    }
    let label = shown.map(\.title.count).max() ?? 0
    return shown.flatMap { words -> [String] in
      let series = words.series(figures)
      let values = series.flatMap { [$0.installed, $0.candidate].compactMap(\.self) }
      let (low, high) = (values.min() ?? 0, values.max() ?? 0)
      let summary = words.summary(figures)
      let room = columns - label - 26
      func row(_ title: String, _ arm: String, _ values: [Int64?], _ median: Int64?, _ tail: String) -> String {
        let spark = room >= 4 ? Sparkline.draw(values, low: low, high: high, width: min(room, Self.longestSpark)) : ""
        let name = title + String(repeating: " ", count: max(0, label - title.count))
        return "\(name)  \(arm) \(spark) \(median.map(words.text) ?? "–")\(tail)"
      }
      return [
        row(words.title, "was", series.map(\.installed), summary?.installed, ""),
        row("", "now", series.map(\.candidate), summary?.candidate, summary?.change.map { "  \($0)" } ?? ""),
      ]
    }
  }

  /// One line, no wider than the terminal, with what acts on it written out before it is measured.
  private func cut(_ text: String) -> String {
    let safe = Printable.line(text)
    return safe.count < columns ? safe : String(safe.prefix(columns - 2)) + "…"
  }
}
