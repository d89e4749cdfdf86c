import MCP
import Releases
import StrictJSON
import Testing

@testable import Canary

@Suite struct CanaryJudgeTests {
  let gates = CanaryGates(required: .seconds(86_400), minimumProbes: 1000, memory: 256 << 20)

  /// A record that passes every gate.
  private func healthy(_ change: (inout CanaryRecord) -> Void = { _ in }) -> CanaryRecord {
    var record = CanaryRecord()
    record.probes = 1440
    record.starts = 1
    record.coldStarts = 48
    record.cleanStops = 49
    record.era = .modern
    record.protocolVersion = "2026-07-28"
    record.peakMemory = 60 << 20
    record.blocks = QuietBlocks.day
    change(&record)
    return record
  }

  private func judge(
    _ record: CanaryRecord, observed: Duration = .seconds(86_400), baseline: String? = "1.0",
    changes: [ToolChange] = []
  ) throws -> CanaryVerdict {
    CanaryJudge.judge(
      record, observed: observed, gates: gates, baseline: try baseline.map { try ReleaseVersion($0) },
      changes: changes)
  }

  private func codes(_ verdict: CanaryVerdict, _ severity: Finding.Severity) -> [String] {
    verdict.findings.filter { $0.severity == severity }.map(\.code)
  }

  @Test func `enough time and probes without an incident pass`() throws {
    let verdict = try judge(healthy())
    #expect(verdict.kind == .pass)
    #expect(codes(verdict, .refusal).isEmpty)
    #expect(verdict.findings.contains { $0.sentence.contains("below 0.3 %") })
  }

  @Test func `every failure is a reason, and more time cannot outweigh it`() throws {
    let verdict = try judge(
      healthy { record in
        record.fail(ProbeFailure(code: "exited", sentence: "it ended"))
        record.fail(ProbeFailure(code: "exited", sentence: "it ended again"))
        record.fail(ProbeFailure(code: "wrong-id", sentence: "it answered nobody"))
        record.peakMemory = 300 << 20
      })
    #expect(verdict.kind == .fail)
    #expect(codes(verdict, .refusal) == ["exited", "wrong-id", "memory-exceeded"])
    #expect(verdict.findings.first?.sentence == "it ended (2 times)")
  }

  @Test func `a failure before the time is up fails at once, without talk of missing time`() throws {
    let verdict = try judge(
      healthy { $0.fail(ProbeFailure(code: "exited", sentence: "it ended")) }, observed: .seconds(60))
    #expect(verdict.kind == .fail)
    #expect(codes(verdict, .refusal) == ["exited"])
  }

  @Test func `missing time and missing probes are inconclusive, each with its figures`() throws {
    let verdict = try judge(healthy { $0.probes = 999 }, observed: .seconds(86_399))
    #expect(verdict.kind == .inconclusive)
    #expect(
      verdict.findings.prefix(2).map(\.sentence) == [
        "it was observed for 23 h 59 min 59 s of the 24 h needed", "it answered 999 of the 1000 probes needed",
      ])
  }

  @Test func `nothing observed yet is inconclusive for every reason`() throws {
    let verdict = try judge(CanaryRecord(), observed: .zero)
    #expect(verdict.kind == .inconclusive)
    #expect(
      codes(verdict, .refusal) == ["too-short", "too-few-probes", "not-started", "no-cold-start", "no-stop"])
  }

  @Test func `a limit that the kernel overcharges a little is kept`() throws {
    #expect(try judge(healthy { $0.peakMemory = (256 << 20) + (1 << 20) }).kind == .pass)
    #expect(try judge(healthy { $0.peakMemory = (256 << 20) + (5 << 20) }).kind == .fail)
  }

  @Test func `changed tools leave the verdict alone and need approval`() throws {
    let changes = [
      ToolChange(tool: "a", field: .labels, kind: .reported, sentence: "a title changed"),
      ToolChange(tool: "a", field: .description, kind: .approval, sentence: "the text changed"),
      ToolChange(tool: "b", field: .tool, kind: .breaking, sentence: "b was removed"),
    ]
    let verdict = try judge(healthy(), changes: changes)
    #expect(verdict.kind == .pass)
    #expect(verdict.approvalsNeeded.map(\.tool) == ["a", "b"])
    #expect(codes(verdict, .approval) == ["tool-breaking", "tool-change"])
    #expect(codes(verdict, .notice).contains("tool-difference"))
  }

  @Test func `without an installed release this is said`() throws {
    #expect(codes(try judge(healthy(), baseline: nil), .notice).contains("no-baseline"))
    #expect(!codes(try judge(healthy()), .notice).contains("no-baseline"))
  }

  @Test func `small things are told and stop nothing`() throws {
    let verdict = try judge(
      healthy { record in
        record.noiseLines = 3
        record.noiseExcerpts = ["Starting"]
        record.retries = 2
        record.lateAnswers = 1
        record.uncleanCodes = 1
        record.unkeptLimits = ["cpus 1: not limited here"]
        record.events = [CanaryEvent(.pathRefused, "/etc/magic"), CanaryEvent(.programStarted, "/usr/bin/true")]
      })
    #expect(verdict.kind == .pass)
    #expect(
      codes(verdict, .notice).filter { $0 != "protocol-era" && $0 != "answered" && $0 != "compared" } == [
        "stdout-noise", "slow-answers", "late-answers", "stop-code", "limit-not-kept", "path-refused",
        "program-started",
      ])
  }

  @Test func `the same facts always judge the same`() throws {
    let record = healthy { $0.noiseLines = 1 }
    #expect(try judge(record) == judge(record))
  }

  @Test func `a shortened soak has its share of probes and a fitting interval`() {
    #expect(CanarySchedule.interval(for: .seconds(86_400)) == .seconds(60))
    #expect(CanarySchedule.interval(for: .seconds(7200)) == .seconds(5))
    #expect(CanarySchedule.interval(for: .seconds(10)) == .seconds(1))
    let day = Duration.seconds(86_400)
    #expect(CanaryPlan.minimumProbes(for: day, policy: day, probes: 1000) == 1000)
    #expect(CanaryPlan.minimumProbes(for: .seconds(3600), policy: day, probes: 1000) == 42)
    #expect(CanaryPlan.minimumProbes(for: .seconds(20), policy: day, probes: 1000) == 5)
    #expect(CanaryPlan.minimumProbes(for: .seconds(2), policy: day, probes: 1000) == 2)
    #expect(CanaryPlan.minimumProbes(for: .milliseconds(10), policy: day, probes: 1000) == 1)
  }
}
