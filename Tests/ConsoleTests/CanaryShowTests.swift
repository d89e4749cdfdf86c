import Canary
import ReleaseServer
import Releases
import Signing
import StrictJSON
import Testing

@testable import serin

/// A canary as a page and as a live view, from records in which a plugin has written what it pleased.
@Suite struct CanaryShowTests {
  private static let hostile = "<script>alert(1)</script>\"'&\u{202E}"

  /// A block in which memory grows and, in the second one, the candidate's tool list was not measured.
  private func block(_ number: Int) -> EvidenceFigures.Block {
    let memory = EvidenceFigures.Number("memory", Int64(30 + number) << 20)
    let candidate = number == 1 ? [memory] : [memory, EvidenceFigures.Number("toolsLatency", 950)]
    let installed = [EvidenceFigures.Number("memory", 30 << 20), EvidenceFigures.Number("toolsLatency", 900)]
    return EvidenceFigures.Block(
      number: Int64(number), isNoiseCheck: number == 0, observedSeconds: 3600,
      installed: EvidenceFigures.Arm(requests: 240, errors: 0, medians: installed),
      candidate: EvidenceFigures.Arm(requests: 240, errors: Int64(number), medians: candidate), pairs: [])
  }

  private func account(_ state: CanaryAccount.State = .failed, blocks: Int = 3) throws -> CanaryAccount {
    var figures = EvidenceFigures()
    figures.gates = [.init("minimumProbes", 60), .init("memoryBytes", 1 << 28)]
    figures.counts = [.init("peakMemoryBytes", 61 << 20), .init("failures", 1)]
    figures.blocks = (0..<blocks).map(block)
    figures.events = [.init(kind: "connectionRefused", subject: Self.hostile, count: 2)]
    figures.errorTail = Self.hostile
    figures.environment = ["kernel": Self.hostile]
    let evidence = Evidence(
      plugin: try PluginName("io.github.acme/time"), version: try ReleaseVersion("2.0"), platform: .any,
      tree: SHA256Digest.of([1]), verdict: state == .passed ? .pass : .fail,
      reasons: [Finding(.refusal, code: "exited", "it said \(Self.hostile)")], observedSeconds: 5400,
      requiredSeconds: 86_400, shortened: false, probes: 90, started: Timestamp(seconds: 1_795_400_000),
      ended: Timestamp(seconds: 1_795_405_400), baseline: try ReleaseVersion("1.0"),
      toolChanges: [
        .init(tool: "t", kind: "approval", sentence: "it changed", before: "old", after: Self.hostile)
      ], figures: figures)
    var account = CanaryAccount(evidence, state: state, origin: .host(isInstalled: false))
    account.remark = Self.hostile
    account.waits = [Self.hostile]
    return account
  }

  @Test func `nothing that a plugin wrote becomes markup of the page`() throws {
    let page = CanaryPage(account: try account()).html.markup
    #expect(!page.contains("<script") && !page.contains("\u{202E}"))
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;[U+202E]"))
    // Error tail, event, reason, tool text, remark, what waits, and the machine's own words.
    #expect(page.split(separator: "&lt;script&gt;").count >= 8)
  }

  @Test func `the page needs no network and no script, and says its plots in words`() throws {
    let page = CanaryPage(account: try account()).html.markup
    for word in ["http://", "https://", "src=", "href=", "@import", "url(", "onload"] {
      #expect(!page.contains(word), "\(word)")
    }
    #expect(page.contains("default-src 'none'"))
    #expect(page.contains("prefers-color-scheme:dark"))
    #expect(page.contains("aria-label=\"memory in 3 blocks: median 30.0 MiB installed, 31.0 MiB candidate, +3.3 %;"))
    #expect(page.split(separator: "<svg").count == 3, "two metrics were measured")
    #expect(page.contains("<rect class=\"noise\""))
    // Tags are balanced: every one that is opened is closed again.
    for tag in ["table", "tbody", "tr", "td", "th", "ul", "li", "svg", "figure", "p", "body", "pre", "b", "code"] {
      let opened = page.matches(of: try Regex("<\(tag)[ >]")).count
      #expect(opened == page.matches(of: try Regex("</\(tag)>")).count, "\(tag)")
    }
  }

  @Test func `a line has a gap where nothing was measured, and coordinates inside the plot`() throws {
    let plots = try MetricWords.all.compactMap { CanaryPlot(words: $0, figures: try account().figures).html?.markup }
    #expect(plots.count == 2)
    let candidate = try #require(plots.first { $0.contains("tool list") })
    let path = try #require(candidate.firstMatch(of: /path class="candidate" d="([^"]*)"/)?.1)
    #expect(path.filter { $0 == "M" }.count == 2 && !path.contains("L"), "\(path)")
    for number in plots.joined().matches(of: /c[xy]="(-?[0-9.]+)"/) {
      #expect((0.0...640.0).contains(Double(number.1) ?? -1))
    }
    var figures = try account().figures
    figures.blocks = [figures.blocks[2]]
    let single = CanaryPlot(words: MetricWords(.memory), figures: figures).html?.markup
    #expect(single?.contains("nan") == false && single?.contains("<circle") == true)
  }

  @Test(arguments: [20, 30, 48, 80, 200])
  func `the live view fits the terminal and cannot act on it`(columns: Int) throws {
    let lines = CanaryFrame(try account(.running), columns: columns).lines.flatMap(\.rendered)
    #expect(lines.allSatisfy { $0.count <= max(CanaryFrame.fewestColumns, columns) }, "\(lines)")
    #expect(!lines.joined().contains("\u{202E}"))
    #expect(lines[1].contains("6 %") && lines[1].contains("90m of 24h"))
    #expect(lines.contains { $0.contains("memory") })
    if columns >= 80 {
      #expect(lines.contains { $0.contains("was ▁▁▁ 30.0 MiB") }, "\(lines)")
      #expect(lines.contains { $0.contains("now ▁▄█ 31.0 MiB  +3.3 %") }, "\(lines)")
      #expect(lines[2] == "90/60 probes, 0 cold starts, 0 clean stops, 1 gates missed")
    }
  }

  @Test func `a view is drawn over the one before`() {
    let recording = Recording()
    let view = LiveView(console: recording.console())
    view.draw([.plain("one"), .plain("two")])
    view.draw([.plain("three")])
    #expect(recording.output == "one\ntwo\n\u{1B}[2A\u{1B}[Jthree\n")
  }

  @Test func `the explanation is a table and sections, and a file is nobody's word until its signature was checked`()
    throws
  {
    var account = try account()
    account.origin = .file("evidence.json")
    let text = CanaryExplainOutput(account: account).text.flatMap(\.rendered)
    #expect(
      text.contains { $0.hasPrefix("  memory") && $0.hasSuffix("30.0 MiB   31.0 MiB  +3.3 %       2") }, "\(text)")
    #expect(text.last == "its signature was not checked: this is nobody's word")
    #expect(!text.joined().contains("\u{202E}"))
    account.signer = "key 0123"
    #expect(CanaryExplainOutput(account: account).text.flatMap(\.rendered).last != text.last)
    let json = CanaryExplainOutput(account: account).json
    #expect(json["comparisons"]?.arrayValue?.count == 2)
    #expect(json["record"]?["figures"]?["blocks"]?.arrayValue?.count == 3)
  }
}
