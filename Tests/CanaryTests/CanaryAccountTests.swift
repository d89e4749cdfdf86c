import CanarySupport
import MCP
import Platform
import Releases
import Signing
import Synchronization
import Testing

@testable import Canary

/// What is told of a canary: figures from its record, an explanation in words, sparklines.
@Suite struct CanaryAccountTests {
  /// A record with a noise check and two blocks in which the candidate takes twice the memory.
  private func record() -> CanaryRecord {
    var record = CanaryRecord()
    record.probes = 180
    record.starts = 1
    record.peakMemory = 60 << 20
    record.protocolVersion = "2026-07-28"
    for number in 0..<3 {
      var block = CanaryBlock(number: number, isNoiseCheck: number == 0, observed: .seconds(3600))
      block.installed.requests = 240
      block.installed.medians = [.memory: 30e6, .toolsLatency: 900.4, .threads: .nan]
      block.candidate.requests = 240
      block.candidate.errors = number
      block.candidate.medians = [.memory: number == 0 ? 30e6 : 60e6, .toolsLatency: 901]
      block.pairs = [.memory: PairSummary(pairs: 60, medianLogRatio: 0.693147)]
      record.blocks.append(block)
    }
    record.events = [CanaryEvent(.pathRefused, "/etc/shadow\u{1B}[2J", count: 2)]
    record.unkeptLimits = ["memory: not limited here"]
    return record
  }

  private func account(
    _ state: CanaryAccount.State, origin: CanaryAccount.Origin = .host(isInstalled: false), baseline: Bool = true
  ) throws -> CanaryAccount {
    let plan = try plan(required: .seconds(10_800), probes: 180)
    var progress = CanaryProgress(tree: plan.tree, started: Instant(seconds: 1_795_400_000))
    progress.record = record()
    progress.observed = .seconds(10_800)
    let kind: VerdictKind = state == .passed ? .pass : state == .failed ? .fail : .inconclusive
    let findings = [Finding(.refusal, code: "memory", "it uses more memory"), Finding(.notice, code: "x", "a notice")]
    var evidence = Evidence(
      progress, verdict: CanaryVerdict(kind: kind, findings: findings, changes: []), of: plan,
      errorTail: Array("one\n\ntwo \u{1B}[31m\n".utf8), environment: ["kernel": "6.1"])
    evidence.baseline = baseline ? try ReleaseVersion("1.0") : nil
    return CanaryAccount(evidence, state: state, origin: origin)
  }

  @Test func `figures are whole numbers of both arms, without what acts on a terminal`() throws {
    let figures = EvidenceFigures(
      record(), gates: CanaryGates(required: .seconds(60), minimumProbes: 5, memory: 1 << 28), tools: nil,
      errorTail: Array("one\n\ntwo \u{1B}[31m\n".utf8))
    #expect(figures.blocks.count == 3 && figures.blocks[0].isNoiseCheck)
    #expect(figures.blocks[1].candidate["memory"] == 60_000_000)
    #expect(figures.blocks[1].installed["toolsLatency"] == 900)
    #expect(figures.blocks[1].installed["threads"] == nil, "what is no number is left out")
    #expect(figures.blocks[1].pairs == [.init(metric: "memory", pairs: 60, logRatioMillionths: 693_147)])
    #expect(figures.gate("memoryBytes") == 1 << 28 && figures.gate("callMilliseconds") == 60_000)
    #expect(figures.errorTail == "one\ntwo ·[31m")
    #expect(figures.events.map(\.subject) == ["/etc/shadow·[2J"])
  }

  @Test func `the explanation has every figure of both sides, and what was not judged`() throws {
    let explanation = CanaryExplanation(try account(.failed))
    let memory = try #require(explanation.comparisons.first { $0.name == "memory" })
    #expect(memory.installed == "28.6 MiB" && memory.candidate == "57.2 MiB" && memory.change == "+100.0 %")
    #expect(memory.blocks == 2, "the noise check is no comparison")
    let sections = Dictionary(explanation.sections.map { ($0.title, $0.lines) }) { first, _ in first }
    #expect(sections["what spoke against it"] == ["it uses more memory [memory]"])
    #expect(sections["figures"]?.contains { $0.contains("errors: 3 in 480 requests of the candidate") } == true)
    #expect(sections["events"] == ["a path that is not declared was refused: /etc/shadow·[2J (2 times)"])
    let unjudged = try #require(sections["what was not judged, and why"])
    #expect(unjudged.contains { $0.contains("open descriptors") && !$0.contains("memory,") })
    #expect(unjudged.contains("no tool was called: the publisher declares no sample calls"))
    #expect(unjudged.contains("memory: not limited here"))
    #expect(sections["what to do next"]?.first?.contains("the installed release stays") == true)
    let alone = CanaryExplanation(try account(.passed, baseline: false)).sections.flatMap(\.lines)
    #expect(alone.contains { $0.contains("compared with no other release") })
  }

  @Test func `every state of every origin says what to do next`() throws {
    for state in CanaryAccount.State.allCases {
      for origin: CanaryAccount.Origin in [
        .host(isInstalled: false), .host(isInstalled: true), .workspace(next: "beta"), .workspace(next: nil),
        .file("evidence.json"),
      ] {
        let account = try account(state, origin: origin)
        #expect(!account.next.isEmpty, "\(state) \(origin)")
        #expect(account.headline.contains("io.github.acme/time 2.0"))
      }
    }
    var waiting = try account(.passed)
    #expect(waiting.next == ["`serin update time` switches to it"])
    waiting.waits = ["may now read /etc/hosts"]
    #expect(waiting.next.first?.contains("`serin canary approve time 2.0`") == true)
  }

  @Test func `a sparkline has a common scale, gaps, and the newest values`() {
    #expect(Sparkline.draw([0, 7, nil, 3], low: 0, high: 7, width: 10) == "▁█ ▄")
    #expect(Sparkline.draw([1, 2, 3, 4], low: 1, high: 4, width: 2) == "▆█")
    #expect(Sparkline.draw([5, 5], low: 5, high: 5, width: 4) == "▁▁")
    #expect(Sparkline.draw([5], low: 5, high: 9, width: 0).isEmpty)
  }

  @Test func `a soak that a person extends meanwhile goes on until then`() async throws {
    let plugin = PretendPlugin(VirtualClock())
    let ledger = ExtendedLedger(to: .seconds(600))
    let outcome = try await CanaryRun(
      plan: plan(required: .seconds(120), probes: 2), subject: plugin, ledger: ledger, clock: plugin.clock
    ).run()
    #expect(outcome.verdict.kind == .pass)
    #expect(outcome.progress.observed >= .seconds(600))
  }

  @Test func `the end of standard error is noted while it runs and at the end`() async throws {
    let plugin = PretendPlugin(VirtualClock()) { $0.errorText = "warming up\n" }
    let noted = Mutex<[[UInt8]]>([])
    let subject = NotedSubject(plugin) { tail in noted.withLock { $0.append(tail) } }
    let outcome = try await CanaryRun(
      plan: plan(required: .seconds(120), probes: 2), subject: subject, ledger: MemoryLedger(), clock: plugin.clock
    ).run()
    #expect(outcome.verdict.kind == .pass)
    let all = noted.withLock { $0 }
    #expect(all.count >= 4 && all.allSatisfy { $0 == Array("warming up\n".utf8) })
  }
}

/// A ledger in which somebody has asked for more time.
private struct ExtendedLedger: CanaryLedger {
  let base = MemoryLedger()
  let required: Duration

  init(to required: Duration) {
    self.required = required
  }

  func record(_ samples: [CanarySample], progress: CanaryProgress) async throws {
    try await base.record(samples, progress: progress)
  }

  func progress(of tree: SHA256Digest) async throws -> CanaryProgress? { try await base.progress(of: tree) }

  func required(atLeast asked: Duration) async throws -> Duration { max(asked, required) }
}
