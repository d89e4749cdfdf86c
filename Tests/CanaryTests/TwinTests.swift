import Canary
import CanarySupport
import MCP
import Releases
import StrictJSON
import Synchronization
import Testing

/// What is different when an installed release runs beside the candidate.
@Suite struct TwinTests {
  private static let echo: JSON = [
    "name": "echo", "description": "does it", "inputSchema": ["type": "object"], "annotations": ["readOnlyHint": true],
  ]
  private static let calls = [ToolCallProbe(tool: "echo", arguments: ["x": 1])]

  private func twinPlan(_ change: (inout CanaryPlan) -> Void = { _ in }) throws -> CanaryPlan {
    var plan = try plan(baseline: ToolList([Self.echo]), calls: Self.calls, hasTwin: true)
    change(&plan)
    return plan
  }

  private func plugin(
    _ clock: VirtualClock, _ shape: (inout PretendPlugin.Behaviour) -> Void = { _ in }
  ) -> PretendPlugin {
    PretendPlugin(clock) {
      $0.tools = [Self.echo]
      shape(&$0)
    }
  }

  private func refusals(_ outcome: CanaryOutcome) -> [String] {
    outcome.verdict.findings.filter { $0.severity == .refusal }.map(\.code)
  }

  @Test func `both are asked the same, in an order that is drawn anew and repeats with its seed`() async throws {
    func order(_ seed: UInt64) async throws -> [CanaryArm] {
      let clock = VirtualClock()
      let asked = Mutex<[CanaryArm]>([])
      func listed(_ arm: CanaryArm) -> PretendPlugin {
        plugin(clock) {
          $0.script = { request in
            if request.method == "tools/call" { asked.withLock { $0.append(arm) } }
            return .answer()
          }
        }
      }
      let plan = try twinPlan {
        $0.seed = seed
        $0.schedule.noiseCheck = .zero
      }
      let outcome = try await watch(listed(.candidate), plan, beside: listed(.installed))
      #expect(outcome.verdict.kind == .pass, "\(outcome.verdict.findings)")
      return asked.withLock { $0 }
    }
    let first = try await order(7)
    #expect(try await order(7) == first)
    #expect(try await order(8) != first)
    #expect(first.count { $0 == .installed } * 2 == first.count)
    let candidateFirst = stride(from: 0, to: first.count, by: 2).count { first[$0] == .candidate }
    #expect((first.count / 8...first.count * 3 / 8).contains(candidateFirst), "\(candidateFirst) of \(first.count / 2)")
  }

  @Test func `the installed release is compared with itself first, and that is no time of the candidate's`()
    async throws
  {
    let clock = VirtualClock()
    let candidate = plugin(clock)
    let outcome = try await watch(candidate, twinPlan(), beside: plugin(clock))
    #expect(outcome.progress.noiseObserved >= .seconds(150))
    #expect(outcome.progress.observed >= .seconds(3600))
    #expect(outcome.progress.record.blocks.map(\.isNoiseCheck).filter(\.self).count == 1)
    #expect(outcome.progress.record.blocks.first?.isNoiseCheck == true)
    let first = try #require(outcome.progress.record.blocks.first)
    #expect(first.installed.requests == first.candidate.requests)
  }

  @Test func `a candidate that does not start is known before anything else is measured`() async throws {
    let clock = VirtualClock()
    let installed = plugin(clock)
    let outcome = try await watch(plugin(clock) { $0.script = { _ in .exit(1) } }, twinPlan(), beside: installed)
    #expect(refusals(outcome) == ["start-failed"])
    #expect(installed.sessions(.soak) == 0)
  }

  @Test(arguments: ["exit", "silence", "flood", "cold"])
  func `a fault of the installed release is told, and never the candidate's`(fault: String) async throws {
    let clock = VirtualClock()
    let installed = plugin(clock) {
      $0.script = { request in
        switch fault {
        case "cold": return request.purpose == .coldStart ? .exit(1) : .answer()
        case _ where request.method != "tools/call" || !request.count.isMultiple(of: 20): return .answer()
        case "exit": return .exit(1)
        case "silence": return request.count.isMultiple(of: 40) ? .answer() : .silence
        default: return .flood
        }
      }
    }
    let outcome = try await watch(plugin(clock), twinPlan(), beside: installed)
    #expect(outcome.verdict.kind == .pass, "\(outcome.verdict.findings)")
    #expect(fault == "silence" || !outcome.progress.record.installedFailures.isEmpty)
    if fault == "exit" || fault == "flood" {
      #expect(outcome.progress.record.installedStarts >= 2)
      #expect(outcome.verdict.findings.contains { $0.code == "installed-restarts" })
    }
  }

  @Test func `an installed release that does not start leaves the candidate alone, which is said`() async throws {
    let clock = VirtualClock()
    let outcome = try await watch(plugin(clock), twinPlan(), beside: plugin(clock) { $0.script = { _ in .exit(1) } })
    #expect(outcome.verdict.kind == .pass, "\(outcome.verdict.findings)")
    let codes = outcome.verdict.findings.map(\.code)
    #expect(codes.contains("no-noise-check") && codes.contains("installed-gone"), "\(codes)")
  }

  @Test func `a call that fails in both is reported only, one that fails in the candidate alone fails it`() async throws
  {
    let clock = VirtualClock()
    let failing: @Sendable (inout PretendPlugin.Behaviour) -> Void = {
      $0.script = { $0.method == "tools/call" ? .refusal(-32000) : .answer() }
    }
    let both = try await watch(plugin(clock, failing), twinPlan(), beside: plugin(clock, failing))
    #expect(both.verdict.findings.contains { $0.code == "both-call-failed" })
    #expect(!refusals(both).contains("call-failed"))
    let one = try await watch(plugin(clock, failing), twinPlan(), beside: plugin(clock))
    #expect(refusals(one) == ["call-failed"])
  }

  @Test func `one error that a second try makes good is counted and fails nobody`() async throws {
    let clock = VirtualClock()
    let outcome = try await watch(
      plugin(clock) { $0.script = { $0.method == "tools/call" && $0.count == 9 ? .refusal(-32000) : .answer() } },
      twinPlan(), beside: plugin(clock))
    #expect(outcome.verdict.kind == .pass, "\(outcome.verdict.findings)")
    #expect(outcome.progress.record.blocks.reduce(0) { $0 + $1.candidate.errors } == 1)
  }

  @Test func `a doubt is given more time up to the limit, then a person is asked`() async throws {
    let clock = VirtualClock()
    let required = Duration.seconds(6 * 3600)
    var plan = try plan(required: required, probes: 60, baseline: ToolList([Self.echo]), hasTwin: true)
    let doubtful = try await watch(plugin(clock), plan, beside: plugin(clock) { $0.script = { _ in .exit(1) } })
    #expect(doubtful.verdict.kind == .inconclusive, "\(doubtful.verdict.findings)")
    #expect(doubtful.progress.observed >= required * 2)
    #expect(doubtful.progress.observed < required * 2 + .seconds(120))
    #expect(doubtful.verdict.findings.contains { $0.code == "asks" })
    plan.longest = required
    let hasty = try await watch(plugin(clock), plan, beside: plugin(clock) { $0.script = { _ in .exit(1) } })
    #expect(hasty.verdict.kind == .inconclusive)
    #expect(hasty.progress.observed < required + .seconds(120))
  }

  @Test func `a person may ask for more time while it runs`() async throws {
    let clock = VirtualClock()
    let ledger = MemoryLedger()
    clock.afterSleep { count, _ in if count == 10 { ledger.extend(to: .seconds(5400)) } }
    let outcome = try await watch(plugin(clock), twinPlan(), beside: plugin(clock), ledger: ledger)
    #expect(outcome.verdict.kind == .pass, "\(outcome.verdict.findings)")
    #expect(outcome.progress.observed >= .seconds(5400))
  }
}
