import Canary
import CanarySupport
import Platform
import Releases
import Testing

@Suite struct CanaryResumeTests {
  @Test(arguments: [1, 2, 3, 10, 30, 57, 63])
  func `a supervisor that is killed at any write goes on and observes the full time`(writes: Int) async throws {
    let clock = VirtualClock()
    let ledger = MemoryLedger()
    ledger.failAfter(writes)
    await #expect(throws: MemoryLedger.PulledPlug.self) {
      try await watch(PretendPlugin(clock), plan(), ledger: ledger)
    }
    ledger.failAfter(nil)
    let kept = try await ledger.progress(of: plan().tree)?.observed ?? .zero
    clock.jump(.seconds(40 * 86_400))
    clock.reboot()
    let began = clock.uptime()
    let outcome = try await watch(PretendPlugin(clock), plan(), ledger: ledger)
    #expect(outcome.verdict.kind == .pass)
    #expect(outcome.progress.observed >= .seconds(3600))
    #expect(clock.uptime() - began >= .seconds(3600) - kept)
  }

  @Test func `repeated kills never add time that nobody watched`() async throws {
    let clock = VirtualClock()
    let ledger = MemoryLedger()
    var running = Duration.zero
    var outcome: CanaryOutcome?
    for _ in 0..<200 where outcome == nil {
      ledger.failAfter(25)
      let began = clock.uptime()
      outcome = try? await watch(PretendPlugin(clock), plan(), ledger: ledger)
      running += clock.uptime() - began
      let observed = try await ledger.progress(of: plan().tree)?.observed ?? .zero
      #expect(observed <= running)
      clock.pass(.seconds(86_400))
    }
    #expect(running >= .seconds(3600))
  }

  @Test func `suspend and a clock that is set shorten nothing`() async throws {
    let clock = VirtualClock()
    clock.afterSleep { count, clock in clock.jump(count.isMultiple(of: 2) ? .seconds(86_400) : .seconds(-90_000)) }
    let began = clock.uptime()
    let outcome = try await watch(PretendPlugin(clock), plan())
    #expect(outcome.verdict.kind == .pass)
    #expect(clock.uptime() - began >= .seconds(3600))
  }

  @Test func `a stall between two rounds counts as one interval`() async throws {
    let clock = VirtualClock()
    clock.afterSleep { count, clock in if count == 5 { clock.pass(.seconds(3000)) } }
    let began = clock.uptime()
    let outcome = try await watch(PretendPlugin(clock), plan())
    #expect(outcome.verdict.kind == .pass)
    #expect(clock.uptime() - began >= .seconds(3600 + 3000))
  }

  @Test func `a new digest starts anew, and so does a plan that wants it`() async throws {
    let clock = VirtualClock()
    let ledger = MemoryLedger()
    _ = try await watch(PretendPlugin(clock), plan(), ledger: ledger)
    let began = clock.uptime()
    _ = try await watch(PretendPlugin(clock), plan(tree: "other"), ledger: ledger)
    #expect(clock.uptime() - began >= .seconds(3600))
    var again = try plan()
    again.startsAnew = true
    let second = clock.uptime()
    _ = try await watch(PretendPlugin(clock), again, ledger: ledger)
    #expect(clock.uptime() - second >= .seconds(3600))
  }

  @Test func `a failed soak stays failed for its digest`() async throws {
    let clock = VirtualClock()
    let ledger = MemoryLedger()
    let sick = PretendPlugin(clock) { $0.script = { _ in .exit(1) } }
    #expect(try await watch(sick, plan(), ledger: ledger).verdict.kind == .fail)
    let well = PretendPlugin(clock)
    #expect(try await watch(well, plan(), ledger: ledger).verdict.kind == .fail)
    #expect(well.sessions(.soak) == 0)
  }

  @Test func `a supervisor that is told to stop blames nobody`() async throws {
    let clock = VirtualClock()
    let ledger = MemoryLedger()
    let plugin = PretendPlugin(clock)
    clock.afterSleep { count, _ in if count == 5 { throw CancellationError() } }
    await #expect(throws: CancellationError.self) { try await watch(plugin, plan(), ledger: ledger) }
    let progress = try #require(try await ledger.progress(of: plan().tree))
    #expect(!progress.record.hasFailed)
    #expect(progress.record.probes == 5)
  }

  @Test func `progress reads back as it was kept, and nothing else is taken for it`() async throws {
    let ledger = MemoryLedger()
    let plugin = PretendPlugin(VirtualClock()) {
      $0.script = { $0.count == 30 ? .exit(9) : $0.count == 7 ? .noise(["x"]) : .answer() }
    }
    let outcome = try await watch(plugin, plan(), ledger: ledger)
    let bytes = outcome.progress.encoded()
    #expect(CanaryProgress(encoded: bytes)?.record == outcome.progress.record)
    #expect(CanaryProgress(encoded: bytes)?.observed == outcome.progress.observed)
    for cut in stride(from: 0, to: bytes.count, by: 37) {
      #expect(CanaryProgress(encoded: Array(bytes[..<cut])) == nil)
    }
    #expect(CanaryProgress(encoded: Array("{}".utf8)) == nil)
  }
}
