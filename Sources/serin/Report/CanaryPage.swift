import Canary
import ReleaseServer
import Releases
import Signing

/// A canary as one page that needs no network and no script: verdict, reasons, gates, plots, events, tools, machine.
///
/// Every text of a plugin passes through `HTML`, which encodes it; hidden characters are shown as what they are.
struct CanaryPage {
  let account: CanaryAccount

  private var evidence: Evidence { account.evidence }
  private var figures: EvidenceFigures { account.figures }
  private var explanation: CanaryExplanation { CanaryExplanation(account) }

  /// The whole page.
  var html: HTML {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <meta name="color-scheme" content="light dark">
    <title>Canary of \(evidence.plugin.text) \(evidence.version.text)</title><style>\(Self.style)</style></head><body>
    <h1>Canary of \(evidence.plugin.text) \(evidence.version.text)</h1>
    <p class="verdict \(account.state.rawValue)">\(account.headline)</p>
    \(vouching)
    \(reasons)
    <h2>Gates</h2>
    \(gates)
    <h2>Side by side</h2>
    \(comparisons)
    \(judgements)
    \(plots)
    <h2>Errors</h2>
    \(errors)
    <h2>Events in the sandbox</h2>
    \(events)
    <h2>Tools</h2>
    \(tools)
    \(sections)
    \(errorTail)
    </body></html>

    """
  }

  private var vouching: HTML {
    let by: HTML =
      account.signer.map { "signed by \($0), whose signature was checked" as HTML }
      ?? "its signature was not checked for this page, or there is none"
    let digest = account.digest.map { ", sha256 <code>\($0.hex)</code>" as HTML } ?? ""
    return """
      <p>Tree <code>\(evidence.tree.hex)</code>, compared with \(evidence.baseline?.text ?? "nothing"); observed from
      \(evidence.started.text) to \(evidence.ended.text). The record: \(by)\(digest). This page proves nothing:
      <code>serin verify</code> and <code>minisign</code> check the record.</p>
      """
  }

  private var reasons: HTML {
    let items = evidence.reasons.map { reason in
      """
      <li class="\(reason.severity.rawValue)"><b>\(reason.severity.rawValue)</b> \(reason.sentence)
      <code>\(reason.code)</code></li>

      """ as HTML
    }
    let waits = account.waits.map { "<li class=\"approval\"><b>waits</b> \($0)</li>\n" as HTML }
    let remark: HTML = account.remark.isEmpty ? "" : "<p>\(account.remark)</p>"
    return "<h2>Reasons</h2>\(remark)<ul>\(HTML(items + waits))</ul>"
  }

  private var gates: HTML {
    let rows: [(String, String, String)] = [
      (
        "observed time", CanaryPage.seconds(evidence.requiredSeconds), CanaryPage.seconds(evidence.observedSeconds)
      ), ("probes", figures.gate("minimumProbes").map(String.init) ?? "–", String(evidence.probes)),
      (
        "memory", figures.gate("memoryBytes").map(MetricWords.bytes) ?? "no limit",
        figures.counts.first { $0.name == "peakMemoryBytes" }.map { MetricWords.bytes($0.value) } ?? "not measured"
      ), latency("start", "startMilliseconds"), latency("alive", "callMilliseconds"),
      latency("tools", "callMilliseconds"), latency("call", "callMilliseconds"), latency("stop", "stopMilliseconds"),
    ]
    let body = HTML(rows.map { "<tr><th scope=\"row\">\($0.0)</th><td>\($0.1)</td><td>\($0.2)</td></tr>\n" as HTML })
    return """
      <table><thead><tr><th scope="col">gate</th><th scope="col">needed or allowed</th><th scope="col">seen</th></tr>
      </thead><tbody>\(body)</tbody></table>
      """
  }

  private func latency(_ probe: String, _ gate: String) -> (String, String, String) {
    let seen = figures.latencies.first { $0.probe == probe && $0.count > 0 }.map {
      "\(MetricWords.time($0.slowestMicroseconds)) at the slowest of \($0.count), "
        + "\(MetricWords.time($0.meanMicroseconds)) on average"
    }
    return ("answer to “\(probe)”", figures.gate(gate).map { MetricWords.time($0 &* 1000) } ?? "–", seen ?? "–")
  }

  private var comparisons: HTML {
    let rows = explanation.comparisons
    guard !rows.isEmpty else { return "<p>No blocks of both releases were completed.</p>" }
    let body = HTML(
      rows.map { row in
        """
        <tr><th scope="row">\(row.title)</th><td>\(row.installed)</td><td>\(row.candidate)</td><td>\(row.change)</td>
        <td>\(row.blocks)</td></tr>

        """ as HTML
      })
    return """
      <table><thead><tr><th scope="col">metric (median)</th><th scope="col">installed</th><th scope="col">candidate</th>
      <th scope="col">change</th><th scope="col">blocks</th></tr></thead><tbody>\(body)</tbody></table>
      """
  }

  private var judgements: HTML {
    let rows = explanation.judgements.map { row in
      """
      <tr><th scope="row">\(row.title)</th><td>\(row.effect)</td><td>\(row.allowed)</td><td>\(row.blocks)</td>
      <td>\(row.chance)</td><td>\(row.outcome)</td></tr>

      """ as HTML
    }
    guard !rows.isEmpty else { return "" }
    return """
      <h3>As it was judged</h3>
      <table><thead><tr><th scope="col">compared</th><th scope="col">more by (95 %)</th><th scope="col">allowed</th>
      <th scope="col">worse blocks</th><th scope="col">by chance</th><th scope="col">outcome</th></tr></thead>
      <tbody>\(HTML(rows))</tbody></table>
      """
  }

  private var plots: HTML {
    let plots = MetricWords.all.compactMap { CanaryPlot(words: $0, figures: figures).html }
    guard !plots.isEmpty else { return "" }
    return """
      <p class="key"><span class="installed">— installed</span> <span class="candidate">— candidate</span>
      <span class="noise">▮ installed twice, to measure the machine's noise</span></p>
      \(HTML(plots))
      """
  }

  private var errors: HTML {
    let rows = figures.blocks.filter { $0.installed.errors > 0 || $0.candidate.errors > 0 }.map { block in
      """
      <tr><th scope="row">\(block.number)\(block.isNoiseCheck ? " (noise check)" : "")</th>
      <td>\(block.installed.errors) of \(block.installed.requests)</td>
      <td>\(block.candidate.errors) of \(block.candidate.requests)</td></tr>

      """ as HTML
    }
    guard !rows.isEmpty else { return "<p>\(figures.count("failures")) failed probes; no block has errors.</p>" }
    return """
      <table><thead><tr><th scope="col">block</th><th scope="col">installed</th><th scope="col">candidate</th></tr>
      </thead><tbody>\(HTML(rows))</tbody></table>
      """
  }

  private var events: HTML {
    guard !figures.events.isEmpty else { return "<p>None.</p>" }
    let items = figures.events.map { event in
      """
      <li>\(CanaryExplanation.event(event.kind)): <code>\(event.subject)</code> (\(event.count) times)</li>

      """ as HTML
    }
    return "<ul>\(HTML(items))</ul>"
  }

  private var tools: HTML {
    if evidence.baseline == nil { return "<p>There was no release to compare its tools with.</p>" }
    guard !evidence.toolChanges.isEmpty else { return "<p>The tools are the same.</p>" }
    let items = evidence.toolChanges.map { change in
      let texts = [("was", change.before), ("is", change.after)].compactMap { word, text in
        text.map { "<div class=\"text\"><b>\(word)</b> <q>\($0)</q></div>" as HTML }
      }
      return "<li><b>\(change.kind)</b> \(change.sentence)\(HTML(texts))</li>\n" as HTML
    }
    return "<ul>\(HTML(items))</ul>"
  }

  /// What the explanation says beyond the tables of this page.
  private var sections: HTML {
    let wanted = ["figures", "what was not judged, and why", "where", "what to do next"]
    return HTML(
      explanation.sections.filter { wanted.contains($0.title) }.map { section in
        let items = HTML(section.lines.map { "<li>\($0)</li>\n" as HTML })
        return "<h2>\(section.title)</h2><ul>\(items)</ul>\n"
      })
  }

  private var errorTail: HTML {
    guard !account.errorTail.isEmpty else { return "" }
    return "<h2>The end of standard error</h2><pre>\(account.errorTail)</pre>"
  }

  private static func seconds(_ seconds: Int64) -> String { DurationText(seconds: seconds).text }

  private static let style: HTML = """
    :root{color-scheme:light dark;--ink:#222;--paper:#fff;--line:#ccc;--old:#1661a8;--new:#b34700;
    --bad:#a00;--good:#060}
    @media(prefers-color-scheme:dark){:root{--ink:#ddd;--paper:#181818;--line:#444;--old:#7ab8f5;--new:#ffa35c;
    --bad:#f88;--good:#8d8}}
    body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:var(--ink);
    background:var(--paper);overflow-wrap:anywhere}
    table{border-collapse:collapse;width:100%}
    th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
    td{font-variant-numeric:tabular-nums}code,pre{font-family:ui-monospace,monospace;font-size:.875em}
    pre{white-space:pre-wrap;border:1px solid var(--line);padding:.5rem}
    .verdict{font-size:1.2rem;font-weight:bold;border-left:.4rem solid var(--line);padding-left:.6rem}
    .verdict.passed{border-color:var(--good)}
    .verdict.failed,.verdict.inconclusive,.verdict.aborted{border-color:var(--bad)}
    li.refusal b,li.approval b{color:var(--bad)}.text{margin-left:1.5rem;white-space:pre-wrap}
    figure{margin:1rem 0}figcaption{font-weight:bold}figure p{margin:0;font-size:.875rem}svg{width:100%;height:auto}
    svg text{font-size:11px;fill:var(--ink)}svg path{fill:none;stroke-width:1.5}
    path.installed{stroke:var(--old)}path.candidate{stroke:var(--new);stroke-dasharray:6 2}
    circle.installed{fill:var(--old)}circle.candidate{fill:var(--new)}line.axis{stroke:var(--line)}
    rect.noise{fill:var(--line);opacity:.4}span.installed{color:var(--old)}span.candidate{color:var(--new)}
    """
}
