import Releases
import Testing

@testable import Canary

/// Verdicts about blocks of both arms, each with its sentence.
@Suite struct JudgeComparisonTests {
  static let day = Duration.seconds(86_400)

  private func judge(
    _ blocks: [CanaryBlock], observed: Duration = day, required: Duration = day, baseline: String? = "1.0",
    events: [CanaryEvent] = []
  ) throws -> CanaryVerdict {
    CanaryJudge.judge(
      CanaryRecord(probes: 1440, blocks: blocks, events: events), observed: observed,
      gates: CanaryGates(required: required, minimumProbes: 1), baseline: try baseline.map { try ReleaseVersion($0) })
  }

  private func refusals(_ verdict: CanaryVerdict) -> [String] {
    verdict.findings.filter { $0.severity == .refusal }.map { "\($0.code): \($0.sentence)" }
  }

  private func notices(_ verdict: CanaryVerdict) -> [String] {
    verdict.findings.filter { $0.severity == .notice }.map(\.code)
  }

  private func figure(_ verdict: CanaryVerdict, _ quantity: CanaryQuantity) throws -> CanaryFigure {
    try #require(verdict.figures.first { $0.quantity == quantity })
  }

  @Test func `a candidate that differs by nothing passes, and says in what it was compared`() throws {
    let verdict = try judge(QuietBlocks.day)
    #expect(verdict.kind == .pass)
    #expect(verdict.judgeAgainAt == nil)
    #expect(verdict.figures.map(\.quantity) == CanaryQuantity.allCases)
    #expect(verdict.figures.allSatisfy { $0.outcome == .fine })
    let compared = try #require(verdict.findings.first { $0.code == "compared" })
    #expect(compared.sentence.hasPrefix("in 24 hours beside 1.0 it was no worse in: errors, times of calls, "))
  }

  @Test func `slower calls fail, with both sides in the sentence`() throws {
    let verdict = try judge(QuietBlocks.day.map { $0.slower([.callLatency], by: 1.24) })
    #expect(verdict.kind == .fail)
    #expect(
      refusals(verdict) == [
        "call-latency: calls take 24 % longer than with 1.0 (longer in 24 of 24 hours), more than the 13 % allowed"
      ])
    let figure = try figure(verdict, .callLatency)
    #expect(figure.outcome == .worse)
    #expect(figure.interval.contains(0.24))
    #expect(figure.probability <= figure.level && figure.level < JudgeRules.level)
    #expect(figure.candidate > figure.installed)
  }

  @Test func `a tenth slower is allowed, and so is what nobody can notice`() throws {
    #expect(try judge(QuietBlocks.day.map { $0.slower([.callLatency], by: 1.10) }).kind == .pass)
    let tiny = QuietBlocks.day.map { block in
      var block = block.slower([.callLatency], by: 2)
      block.installed.medians[.callLatency] = 90
      block.candidate.medians[.callLatency] = 180
      return block
    }
    #expect(try judge(tiny).kind == .pass)
  }

  // What stands out at twelve hours is judged by the figures of that look.
  @Test func `growing memory fails by the hour, as do descriptors and threads`() throws {
    let verdict = try judge(
      QuietBlocks.day.map {
        $0.growing(.memory, by: 204_800).growing(.descriptors, by: 1).growing(.threads, by: 0.5)
      })
    #expect(
      refusals(verdict) == [
        "memory-growth: its bytes in memory grow by 200 KiB an hour more than those of 1.0 over 12 hours, "
          + "more than the 100 KiB allowed",
        "descriptor-growth: its open descriptors grow by 1.0 an hour more than those of 1.0 over 12 hours, "
          + "more than the 0.3 allowed",
        "thread-growth: its processes and threads grow by 0.5 an hour more than those of 1.0 over 12 hours, "
          + "more than the 0.3 allowed",
      ])
  }

  @Test func `memory that the installed release loses too is not the candidate's fault`() throws {
    let blocks = QuietBlocks.day.map { block in
      var block = block.growing(.memory, by: 500_000)
      block.installed.medians[.memory] = block.candidate.medians[.memory]
      return block
    }
    #expect(try judge(blocks).kind == .pass)
  }

  @Test func `a restart hides no leak, and makes none`() throws {
    let leaking = QuietBlocks.day.map { block in
      var block = block.growing(.memory, by: 500_000)
      if block.number > 12 {
        block.candidate.medians[.memory]? -= 6_000_000
        block.session = 1
      }
      return block
    }
    #expect(try judge(leaking).findings.first?.code == "memory-growth")
    let risen = QuietBlocks.day.map { block in
      var block = block
      if block.number > 12 {
        block.candidate.medians[.memory]? += 9_000_000
        block.session = 1
      }
      return block
    }
    #expect(try judge(risen).kind == .pass)
  }

  @Test func `a cache that fills once is no leak`() throws {
    let blocks = QuietBlocks.day.map { block in
      var block = block
      let noise = Double((block.number * 5) % 7 - 3) * 200_000
      block.candidate.medians[.memory]? += noise + (block.number > 10 && !block.isNoiseCheck ? 12_000_000 : 0)
      return block
    }
    #expect(try judge(blocks).kind == .pass)
  }

  @Test func `errors fail when the installed release has fewer`() throws {
    let verdict = try judge(QuietBlocks.day.map { $0.failing($0.number.isMultiple(of: 2) ? 2 : 1) })
    #expect(
      refusals(verdict) == [
        "errors: 0.60 % of its requests failed, 0.00 % with 1.0 (more in 12 of 12 hours); 0.10 % more are allowed"
      ])
    #expect(try judge(QuietBlocks.day.map { $0.failing(1, installed: 1) }).kind == .pass)
  }

  @Test func `one bad hour is looked at longer before anybody is blamed for it`() throws {
    let verdict = try judge(QuietBlocks.day.map { $0.failing($0.number == 7 ? 200 : 0) })
    #expect(verdict.kind == .inconclusive)
    #expect(refusals(verdict).map { $0.prefix(17) } == ["errors-undecided:"])
    #expect(verdict.judgeAgainAt == .seconds(129_600))
  }

  @Test func `a machine that differs from itself judges nobody`() throws {
    var blocks = QuietBlocks.day
    blocks[0].pairs[.callLatency] = PairSummary(pairs: 60, medianLogRatio: 0.5)
    let verdict = try judge(blocks)
    #expect(verdict.kind == .inconclusive)
    #expect(
      refusals(verdict) == [
        "machine-noisy: two sandboxes with 1.0 alone already differed by 65 % in times of calls; "
          + "this machine is too noisy to judge it"
      ])
    // A later check that is quiet settles it.
    blocks.append(QuietBlocks.block(25, isNoiseCheck: true))
    #expect(try judge(blocks).kind == .pass)
  }

  @Test func `what a noise check shows is allowed on top`() throws {
    var blocks = QuietBlocks.day.map { $0.slower([.callLatency], by: 1.2) }
    #expect(try judge(blocks).kind == .fail)
    blocks[0].pairs[.callLatency] = PairSummary(pairs: 60, medianLogRatio: 0.23)
    let verdict = try judge(blocks)
    #expect(verdict.kind == .pass)
    #expect(try figure(verdict, .callLatency).allowed > 0.2)
  }
}
