import Canary
import CanarySupport
import MCP
import Releases
import Signing
import StrictJSON
import Testing

/// What is done less often than each minute, and what of it survives an end of the supervisor.
@Suite struct TwinTierTests {
  private static let echo: JSON = [
    "name": "echo", "description": "does it", "inputSchema": ["type": "object"], "annotations": ["readOnlyHint": true],
  ]
  private static let shout: JSON = ["name": "shout", "inputSchema": ["type": "object"]]

  private func wholePlan(replay: [ToolCallProbe] = [], isProvoking: Bool = false) throws -> CanaryPlan {
    var plan = try plan(
      baseline: ToolList([Self.echo, Self.shout]), calls: [ToolCallProbe(tool: "echo", arguments: ["x": 1])],
      isWhole: true, hasTwin: true)
    plan.schedule.burst = 5
    plan.replay = replay
    if !isProvoking { plan.schedule.provokeEvery = nil }
    return plan
  }

  private func plugin(
    _ clock: VirtualClock, _ shape: (inout PretendPlugin.Behaviour) -> Void = { _ in }
  ) -> PretendPlugin {
    PretendPlugin(clock) {
      $0.tools = [Self.echo, Self.shout]
      shape(&$0)
    }
  }

  @Test func `an hour has in small what a day has`() async throws {
    let clock = VirtualClock()
    let outcome = try await watch(plugin(clock), wholePlan(isProvoking: true), beside: plugin(clock))
    #expect(outcome.verdict.kind == .pass, "\(outcome.verdict.findings)")
    let record = outcome.progress.record
    #expect((22...25).contains(record.bursts))
    #expect(record.idleStretches == 1)
    #expect(record.clockStretches == 1)
    #expect((4...5).contains(record.provocations))
    #expect(record.requests > 24 * 5 + 60 * 3)
    #expect(record.remarks.isEmpty && record.sharedFailures.isEmpty && record.installedFailures.isEmpty)
  }

  @Test func `a schedule scales with its soak`() {
    let (day, hour) = (CanarySchedule(for: .seconds(86_400)), CanarySchedule(for: .seconds(3600)))
    #expect((day.interval, day.block, day.noiseCheck) == (.seconds(60), .seconds(3600), .seconds(3600)))
    #expect((day.coldStartEvery, day.idle, day.burst) == (.seconds(1800), .seconds(7200), 250))
    #expect((hour.interval, hour.block, hour.idle) == (.milliseconds(2500), .seconds(150), .seconds(300)))
    let short = CanarySchedule(for: .seconds(2))
    #expect((short.interval, short.noiseCheck, short.burst, short.idle) == (.seconds(1), .zero, 0, .zero))
    #expect(short.provokeEvery == nil && short.clockAheadAt == nil)
  }

  @Test func `a first release that a line of no JSON ends is told so, one that a cancelled request ends fails`()
    async throws
  {
    let clock = VirtualClock()
    func alone(_ dies: @escaping @Sendable (PretendPlugin.Request) -> Bool) async throws -> CanaryVerdict {
      let plugin = plugin(clock) { $0.script = { dies($0) ? .exit(1) : .answer() } }
      return try await watch(plugin, wholePlan(isProvoking: true)).verdict
    }
    let told = try await alone { $0.method == "garbage" }
    #expect(told.kind == .pass, "\(told.findings)")
    #expect(told.findings.contains { $0.code == "provoked-bad-json" && $0.severity == .notice }, "\(told.findings)")
    let failed = try await alone(\.wasCancelled)
    #expect(failed.findings.first?.code == "provoked-cancelled", "\(failed.findings)")
    #expect(failed.kind == .fail)
  }

  @Test func `where no clock can be set that is said, and so it is of a program that takes no notice`() async throws {
    let clock = VirtualClock()
    let outcome = try await watch(
      plugin(clock) { $0.obeysClock = false }, wholePlan(), beside: plugin(clock) { $0.obeysClock = false })
    #expect(outcome.verdict.kind == .pass)
    #expect(outcome.verdict.findings.contains { $0.code == "clock-not-set" })
  }

  @Test func `a program that does not bear what sets its clock is not blamed, one that minds the time is`() async throws
  {
    let clock = VirtualClock()
    func alone(_ minds: @escaping @Sendable (SessionPurpose) -> Bool) async throws -> CanaryVerdict {
      let plugin = plugin(clock) { $0.script = { minds($0.purpose) ? .exit(1) : .answer() } }
      return try await watch(plugin, wholePlan()).verdict
    }
    let frail = try await alone { $0.clockShift != nil }
    #expect(frail.kind == .pass, "\(frail.findings)")
    #expect(frail.findings.contains { $0.code == "clock-not-set" })
    #expect(try await alone { $0 == .yearAhead }.findings.first?.code == "clock-ahead")
  }

  @Test func `recorded calls are replayed where the tool only reads`() async throws {
    let clock = VirtualClock()
    let recorded = [
      ToolCallProbe(tool: "echo", arguments: ["x": 2]), ToolCallProbe(tool: "shout", arguments: [:]),
    ]
    let volatile: @Sendable (inout PretendPlugin.Behaviour) -> Void = {
      $0.script = { request in
        guard request.method == "tools/call" else { return .answer() }
        return .result(["content": [["type": "text", "text": .string("it is 12:0\(request.count % 10) now")]]])
      }
    }
    let ledger = MemoryLedger()
    let same = try await watch(
      plugin(clock, volatile), wholePlan(replay: recorded), beside: plugin(clock, volatile), ledger: ledger)
    #expect(same.verdict.kind == .pass, "\(same.verdict.findings)")
    #expect(ledger.samples.contains { $0.probe == .replay && $0.tool == "echo" })
    #expect(!ledger.samples.contains { $0.tool == "shout" }, "it does not say that it only reads")
    let codes = same.verdict.findings.map(\.code)
    #expect(codes.contains("replay-skipped") && !codes.contains("replay-differs"), "\(codes)")

    let other = try await watch(
      plugin(clock) {
        $0.script = { request in
          guard request.method == "tools/call" else { return .answer() }
          return .result(["content": [["type": "text", "text": "ask me later"]]])
        }
      }, wholePlan(replay: recorded), beside: plugin(clock, volatile))
    #expect(other.verdict.kind == .pass, "another content is reported only")
    #expect(other.verdict.findings.contains { $0.code == "replay-differs" })
  }

  @Test func `a recorded call that only the candidate refuses fails it`() async throws {
    let clock = VirtualClock()
    var plan = try wholePlan(replay: [ToolCallProbe(tool: "echo", arguments: ["x": 2])])
    plan.calls = []
    let outcome = try await watch(
      plugin(clock) { $0.script = { $0.method == "tools/call" && $0.tool == "echo" ? .refusal(-32602) : .answer() } },
      plan, beside: plugin(clock))
    #expect(outcome.verdict.findings.first?.code == "replay-failed", "\(outcome.verdict.findings)")
  }

  @Test func `an idle stretch that was cut is begun again, and counts only when it is whole`() async throws {
    let clock = VirtualClock()
    let ledger = MemoryLedger()
    var isCut = false
    clock.afterSleep { count, _ in if count == 36 { throw CancellationError() } }
    do {
      _ = try await watch(plugin(clock), wholePlan(), beside: plugin(clock), ledger: ledger)
    } catch is CancellationError {
      isCut = true
    }
    #expect(isCut)
    let kept = try #require(try await ledger.progress(of: wholePlan().tree))
    #expect(kept.record.idleStretches == 0)
    clock.afterSleep { _, _ in }
    let outcome = try await watch(plugin(clock), wholePlan(), beside: plugin(clock), ledger: ledger)
    #expect(outcome.verdict.kind == .pass, "\(outcome.verdict.findings)")
    #expect(outcome.progress.record.idleStretches == 1)
  }

  @Test(arguments: 0..<6 as Range<Int>)
  func `twins whose supervisor is killed at random moments, while the clock jumps, are observed for the full time`(
    seed: Int
  ) async throws {
    let clock = VirtualClock()
    let ledger = MemoryLedger()
    var running = Duration.zero
    var outcome: CanaryOutcome?
    var kills = 0
    for round in 0..<60 where outcome == nil {
      // As often as not the noise check is cut, too.
      ledger.failAfter(round == 59 ? nil : 3 + (seed * 31 + round * 17) % 40)
      clock.afterSleep { count, clock in
        if count.isMultiple(of: 7) { clock.jump(.seconds(Int64((seed + count) % 3 - 1) * 90_000)) }
      }
      let began = clock.uptime()
      do {
        outcome = try await watch(plugin(clock), wholePlan(), beside: plugin(clock), ledger: ledger)
      } catch is MemoryLedger.PulledPlug {
        kills += 1
      }
      running += clock.uptime() - began
      let kept = try await ledger.progress(of: wholePlan().tree)
      #expect(kept?.observed ?? .zero <= running)
      if round.isMultiple(of: 5) { clock.reboot() } else { clock.pass(.seconds(86_400)) }
    }
    let last = try #require(outcome)
    #expect(kills > 1)
    #expect(last.verdict.kind == .pass, "\(last.verdict.findings)")
    #expect(last.progress.observed >= .seconds(3600) && running >= .seconds(3600))
    #expect(last.progress.noiseObserved >= .seconds(150))
    let blocks = last.progress.record.blocks
    #expect(blocks.map(\.number) == Array(0..<blocks.count))
    // Time that was cut is in no block twice.
    #expect(blocks.reduce(.zero) { $0 + $1.observed } <= last.progress.observed + last.progress.noiseObserved)
  }

  @Test func `another installed release begins the soak anew`() async throws {
    let clock = VirtualClock()
    let ledger = MemoryLedger()
    var plan = try plan(hasTwin: true)
    plan.baselineTree = .of([1])
    _ = try await watch(plugin(clock), plan, beside: plugin(clock), ledger: ledger)
    let began = clock.uptime()
    plan.baselineTree = .of([2])
    let outcome = try await watch(plugin(clock), plan, beside: plugin(clock), ledger: ledger)
    #expect(outcome.verdict.kind == .pass)
    #expect(clock.uptime() - began >= .seconds(3600))
  }
}
