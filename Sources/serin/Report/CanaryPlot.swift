import Canary
import ReleaseServer
import Releases

/// A line for each arm over the blocks of a soak, as SVG inside the page, with a text for those who do not see it.
struct CanaryPlot {
  private static let (width, height) = (640.0, 160.0)
  private static let (left, right, top, bottom) = (72.0, 12.0, 10.0, 24.0)

  let words: MetricWords
  let figures: EvidenceFigures

  /// The plot with its heading and its text; nil where nothing was measured.
  var html: HTML? {
    let series = words.series(figures)
    let values = series.flatMap { [$0.installed, $0.candidate].compactMap(\.self) }
    guard let low = values.min(), let high = values.max(), let summary = words.summary(figures) else { return nil }
    // From zero where that does not flatten everything, so that small differences do not look large.
    let floor = low > high / 2 ? low - max(1, (high - low)) / 4 : 0
    let scale = Scale(low: min(floor, low), high: high, count: series.count)
    let text = alternative(summary, low: low, high: high)
    return """
      <figure><figcaption>\(words.title)</figcaption>
      <svg viewBox="0 0 640 160" role="img" aria-label="\(text)">
      <title>\(text)</title>
      \(axis(scale))
      \(marks(scale))
      \(line(series.map(\.installed), scale, "installed"))
      \(line(series.map(\.candidate), scale, "candidate"))
      </svg><p>\(text)</p></figure>

      """
  }

  private struct Scale {
    let low: Int64
    let high: Int64
    let count: Int

    func x(_ index: Int) -> Double {
      let room = CanaryPlot.width - CanaryPlot.left - CanaryPlot.right
      return CanaryPlot.left + (count > 1 ? room * Double(index) / Double(count - 1) : room / 2)
    }

    func y(_ value: Int64) -> Double {
      let room = CanaryPlot.height - CanaryPlot.top - CanaryPlot.bottom
      let span = max(1, Double(high) - Double(low))
      return CanaryPlot.top + room * (1 - (Double(value) - Double(low)) / span)
    }
  }

  private func alternative(_ summary: MetricWords.Summary, low: Int64, high: Int64) -> String {
    let installed = summary.installed.map(words.text) ?? "not measured"
    let candidate = summary.candidate.map(words.text) ?? "not measured"
    let change = summary.change.map { ", \($0)" } ?? ""
    return "\(words.title) in \(figures.blocks.count) blocks: median \(installed) installed, \(candidate) candidate"
      + "\(change); between \(words.text(low)) and \(words.text(high))"
  }

  private func axis(_ scale: Scale) -> HTML {
    let (bottom, top) = (scale.y(scale.low), scale.y(scale.high))
    return """
      <line class="axis" x1="72" x2="628" y1="\(Self.number(bottom))" y2="\(Self.number(bottom))"/>
      <text x="66" y="\(Self.number(top + 4))" text-anchor="end">\(words.text(scale.high))</text>
      <text x="66" y="\(Self.number(bottom))" text-anchor="end">\(words.text(max(0, scale.low)))</text>
      <text x="72" y="154">block \(figures.blocks.first?.number ?? 0)</text>
      <text x="628" y="154" text-anchor="end">block \(figures.blocks.last?.number ?? 0)</text>
      """
  }

  /// The blocks in which both arms ran the installed release have another ground.
  private func marks(_ scale: Scale) -> HTML {
    let step = scale.count > 1 ? scale.x(1) - scale.x(0) : 60
    return HTML(
      figures.blocks.enumerated().filter(\.element.isNoiseCheck).map { index, _ in
        let x = max(Self.left, scale.x(index) - step / 2)
        let width = min(step, Self.width - Self.right - x)
        return """
          <rect class="noise" x="\(Self.number(x))" y="10" width="\(Self.number(max(1, width)))" height="126"/>
          """ as HTML
      })
  }

  /// One path with gaps where nothing was measured, and a dot for each block.
  private func line(_ values: [Int64?], _ scale: Scale, _ arm: String) -> HTML {
    var path = ""
    var dots: [HTML] = []
    var isDown = false
    for (index, value) in values.enumerated() {
      guard let value else {
        isDown = false
        continue
      }
      let (x, y) = (Self.number(scale.x(index)), Self.number(scale.y(value)))
      path += "\(isDown ? "L" : "M")\(x) \(y)"
      isDown = true
      dots.append("<circle class=\"\(arm)\" cx=\"\(x)\" cy=\"\(y)\" r=\"2.5\"/>")
    }
    return "<path class=\"\(arm)\" d=\"\(path)\"/>\(HTML(dots))"
  }

  /// A coordinate with one digit behind the point.
  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }
}
