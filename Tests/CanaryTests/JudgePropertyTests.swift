import Releases
import TestSupport
import Testing

@testable import Canary

/// What holds for any facts, however foreign.
@Suite struct JudgePropertyTests {
  private static let extremes: [Double] = [
    0, -0.0, 1, -1, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
    .leastNonzeroMagnitude, 1e15, 1e-9, 4e7, 5000,
  ]
  private static let counts = [0, 1, -1, .max, .min, 250, 6000]

  /// A record of anything at all.
  private static func record(_ random: inout SplitMix64) -> CanaryRecord {
    func value() -> Double { extremes[random.below(extremes.count)] }
    func count() -> Int { counts[random.below(counts.count)] }
    let durations: [Duration] = [.zero, .seconds(3600), .seconds(-5), .seconds(Int64.max), .seconds(60)]
    let blocks = (0..<random.below(60)).map { number in
      var block = CanaryBlock(
        number: random.below(9) == 0 ? count() : number, isNoiseCheck: random.below(8) == 0,
        observed: durations[random.below(3) == 0 ? random.below(durations.count) : 1])
      block.session = count()
      for metric in CanaryMetric.allCases where random.below(10) > 0 {
        let usual = random.below(3) > 0
        block.installed.medians[metric] = usual ? 5000 : value()
        block.candidate.medians[metric] = usual ? 5000 + Double(random.below(900)) : value()
        block.pairs[metric] = PairSummary(pairs: usual ? 60 : count(), medianLogRatio: usual ? 0.2 : value())
      }
      (block.installed.requests, block.installed.errors) = (count(), count())
      (block.candidate.requests, block.candidate.errors) = (count(), count())
      return block
    }
    let events = (0..<random.below(4)).map { _ in
      CanaryEvent(CanaryEvent.Kind.allCases[random.below(CanaryEvent.Kind.allCases.count)], "x", count: count())
    }
    return CanaryRecord(
      probes: max(0, count() / 2), coldStarts: random.below(2), cleanStops: random.below(2), blocks: blocks,
      events: events)
  }

  private static func judge(
    _ record: CanaryRecord, observed: Duration = .seconds(86_400), required: Duration = .seconds(86_400)
  ) throws -> CanaryVerdict {
    CanaryJudge.judge(
      record, observed: observed, gates: CanaryGates(required: required, minimumProbes: 1),
      baseline: try ReleaseVersion("1.0"))
  }

  @Test(arguments: 0..<12 as Range<UInt64>)
  func `any facts have a verdict, the same one each time`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let record = Self.record(&random)
    let day = Duration.seconds(86_400)
    let times: [(Duration, Duration)] = [
      (day, day), (.seconds(200_000), day), (.zero, day), (.seconds(1), .zero), (day, .seconds(Int64.max / 4)),
      (.seconds(Int64.max / 4), .seconds(Int64.max / 4)),
    ]
    for (observed, required) in times {
      let verdict = try Self.judge(record, observed: observed, required: required)
      let again = try Self.judge(record, observed: observed, required: required)
      #expect(verdict.kind == again.kind && verdict.findings == again.findings)
      #expect(verdict.findings.allSatisfy { $0.sentence.utf8.count < 2000 && !$0.code.isEmpty })
      #expect((verdict.kind == .fail) == CanaryJudge.hasFailed(record, gates: gates(required), observed: observed))
      #expect(verdict.judgeAgainAt == nil || verdict.kind == .inconclusive)
    }
  }

  private func gates(_ required: Duration) -> CanaryGates { CanaryGates(required: required, minimumProbes: 1) }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `the order in which facts are listed changes nothing`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var record = CanaryRecord(
      probes: 100,
      blocks: QuietBlocks.hours(30).map { $0.slower([.callLatency], by: 1.16).growing(.memory, by: 90_000) },
      events: (0..<9).map { CanaryEvent(.pathRefused, "/\($0)", count: $0) })
    let verdict = try Self.judge(record)
    record.blocks.shuffle(using: &random)
    record.events.shuffle(using: &random)
    #expect(try Self.judge(record) == verdict)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `one more hard failure always fails`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var failed = Self.record(&random)
    failed.fail(ProbeFailure(code: "exited", sentence: "it ended"))
    #expect(try Self.judge(failed).kind == .fail)
    var touched = Self.record(&random)
    touched.events.append(CanaryEvent(.decoyTouched, "key"))
    #expect(try Self.judge(touched).kind == .fail)
  }

  @Test func `a candidate that gets slower never fares better`() throws {
    var last = VerdictKind.pass
    for percent in stride(from: 0.0, through: 40, by: 4) {
      let blocks = QuietBlocks.day.map { $0.slower([.callLatency, .toolsLatency], by: 1 + percent / 100) }
      let kind = try Self.judge(CanaryRecord(probes: 100, blocks: blocks)).kind
      #expect(kind == .fail || last != .fail, "\(percent) %")
      last = kind
    }
    #expect(last == .fail)
  }

  @Test func `a record of many blocks is judged by the last of them`() throws {
    let blocks = (0..<3000).map { QuietBlocks.block($0, isNoiseCheck: false, length: .seconds(60)) }
    #expect(JudgeTimeline(blocks).blocks(at: JudgeLook(at: 1e9, level: 0.01, isFinal: true)).count == 512)
  }
}
