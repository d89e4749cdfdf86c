import Releases
import Testing

@testable import Canary

/// When the judge looks, what it then sees, and what it does with too little.
@Suite struct JudgeLookTests {
  static let day = Duration.seconds(86_400)
  static let slow = QuietBlocks.hours(48).map { $0.slower([.callLatency, .toolsLatency], by: 2) }

  private func judge(
    _ blocks: [CanaryBlock], observed: Duration = day, required: Duration = day, baseline: String? = "1.0"
  ) throws -> CanaryVerdict {
    CanaryJudge.judge(
      CanaryRecord(probes: 1440, blocks: blocks), observed: observed,
      gates: CanaryGates(required: required, minimumProbes: 1), baseline: try baseline.map { try ReleaseVersion($0) })
  }

  private func codes(_ verdict: CanaryVerdict, _ severity: Finding.Severity = .refusal) -> [String] {
    verdict.findings.filter { $0.severity == severity }.map(\.code)
  }

  @Test func `a day has looks after 1, 6, 12 and 24 hours, and two more in doubt`() {
    let looks = JudgeLook.all(required: 86_400)
    #expect(looks.map { ($0.at / 3600).rounded() } == [1, 6, 12, 24, 36, 48])
    #expect(looks.map(\.isFinal) == [false, false, false, true, true, true])
    #expect((looks.reduce(0) { $0 + $1.level } - JudgeRules.level).magnitude < 1e-12)
  }

  @Test func `between two looks nothing changes, however often one asks`() throws {
    // Memory that grows by a MiB an hour stands out at twelve hours, and is not looked for in between.
    let blocks = QuietBlocks.hours(24).map { $0.growing(.memory, by: 1_048_576) }
    var failedAt: [Int] = []
    for hour in 1...20 {
      let seen = Array(blocks.prefix(hour + 1))
      let record = CanaryRecord(probes: 60, blocks: seen)
      let gates = CanaryGates(required: Self.day, minimumProbes: 1)
      if CanaryJudge.hasFailed(record, gates: gates, observed: .seconds(hour * 3600)) { failedAt.append(hour) }
      #expect(!CanaryJudge.hasFailed(record, gates: gates))
    }
    #expect(failedAt == Array(12...20))
  }

  @Test func `a block that is still running waits until the time is up`() throws {
    let look = try #require(JudgeLook.all(required: 86_400).first { !$0.isFinal && $0.at > 20_000 })
    var blocks = QuietBlocks.hours(6)
    #expect(JudgeTimeline(blocks).blocks(at: look).count == 7)
    blocks[6].observed = .seconds(3000)
    #expect(JudgeTimeline(blocks).blocks(at: look).count == 6)
    let last = try #require(JudgeLook.all(required: 21_600).first { $0.isFinal })
    #expect(JudgeTimeline(blocks).blocks(at: last).count == 7)
    blocks[6].observed = .seconds(1000)
    #expect(JudgeTimeline(blocks).blocks(at: last).count == 6)
  }

  @Test func `what comes after a look does not change it`() throws {
    let look = try #require(JudgeLook.all(required: 86_400).first { $0.isFinal })
    #expect(JudgeTimeline(Self.slow).blocks(at: look).map(\.block.number) == Array(0...24))
  }

  @Test func `a doubt is given more time twice, and then a person is asked`() throws {
    let blocks = QuietBlocks.hours(48).map { $0.failing($0.number == 7 ? 200 : 0) }
    let first = try judge(blocks)
    #expect(first.kind == .inconclusive)
    #expect(first.judgeAgainAt == .seconds(129_600))
    #expect(codes(first, .notice).contains("extended"))
    #expect(try judge(blocks, observed: .seconds(130_000)).judgeAgainAt == .seconds(172_800))
    let last = try judge(blocks, observed: .seconds(172_800))
    #expect(last.kind == .inconclusive)
    #expect(last.judgeAgainAt == nil)
    #expect(codes(last, .notice).contains("asks"))
  }

  @Test func `before the time is up the judge wants the time, and no figures`() throws {
    let verdict = try judge([], observed: .seconds(3600))
    #expect(codes(verdict) == ["too-short"])
    #expect(verdict.judgeAgainAt == Self.day)
  }

  @Test func `a day without figures is no pass`() throws {
    let verdict = try judge([])
    #expect(verdict.kind == .inconclusive)
    #expect(codes(verdict) == ["not-compared"])
    #expect(codes(try judge([QuietBlocks.block(0, isNoiseCheck: true)])) == ["not-compared"])
  }

  @Test func `a day with too few figures is no pass`() throws {
    let few = try judge(QuietBlocks.hours(11))
    #expect(few.kind == .inconclusive)
    #expect(codes(few) == ["too-few-blocks"])
    #expect(
      few.findings.first?.sentence.hasPrefix("only 11 of the 12 hours needed beside 1.0 have figures of: ") == true)
  }

  @Test func `a metric that was lost is no pass, one that nobody measures is said`() throws {
    let lost = try judge(QuietBlocks.day.map { $0.number > 9 ? $0.without([.callLatency]) : $0 })
    #expect(lost.kind == .inconclusive)
    #expect(codes(lost) == ["too-few-blocks"])
    #expect(codes(try judge(QuietBlocks.day.map { $0.without([.memory]) })) == ["data-missing"])
    let silent = try judge(QuietBlocks.day.map { $0.without([.callLatency, .processorTime]) })
    #expect(silent.kind == .pass)
    #expect(silent.findings.contains { $0.sentence == "nothing was measured of: times of calls, processor time" })
  }

  @Test func `one side without figures is no pass`() throws {
    let verdict = try judge(
      QuietBlocks.day.map { block in
        var block = block
        block.candidate.medians[.toolsLatency] = nil
        return block
      })
    #expect(verdict.kind == .inconclusive)
    #expect(codes(verdict) == ["too-few-blocks"])
  }

  @Test func `requests that nobody made are no proof of no errors`() throws {
    let verdict = try judge(
      QuietBlocks.day.map { block in
        var block = block
        (block.installed.requests, block.candidate.requests) = (0, 0)
        return block
      })
    #expect(codes(verdict) == ["not-compared"])
    let few = try judge(
      QuietBlocks.day.map { block in
        var block = block
        (block.installed.requests, block.candidate.requests) = (4, 4)
        return block
      })
    #expect(codes(few) == ["errors-undecided"])
  }

  @Test func `a short soak is judged by gates and counts, and says what it could not judge`() throws {
    let short = Duration.seconds(1800)
    let none = try judge([], observed: short, required: short)
    #expect(none.kind == .pass)
    #expect(
      none.findings.contains {
        $0.code == "not-compared"
          && $0.sentence == "time, growth and errors were not compared with 1.0: that takes a soak of 6 h or more"
      })
    let blocks = QuietBlocks.hours(24, length: .seconds(75))
    let slow = try judge(blocks.map { $0.slower([.callLatency], by: 2) }, observed: short, required: short)
    #expect(slow.kind == .pass)
    #expect(codes(slow, .notice).contains("call-latency-undecided"))
    let failing = try judge(blocks.map { $0.failing(3) }, observed: short, required: short)
    #expect(failing.kind == .fail)
    #expect(codes(failing) == ["errors"])
  }

  @Test func `without an installed release gates and counts are all there is`() throws {
    let verdict = try judge([], baseline: nil)
    #expect(verdict.kind == .pass)
    #expect(codes(verdict, .notice).contains("no-baseline"))
    #expect(verdict.figures.isEmpty)
  }
}
