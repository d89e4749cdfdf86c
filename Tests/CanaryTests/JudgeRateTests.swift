import Canary
import JudgeSimulation
import RealModule
import Testing

/// How often the judge errs over simulated days; `script/bench judge` prints the same with 10,000 days of each kind.
///
/// Seeds are fixed, so that a change of the judge or of the noise shows, and luck does not. Bounds are three standard
/// deviations beyond the rates that must hold.
@Suite struct JudgeRateTests {
  /// Few enough for a test; the burst is shorter than a real one.
  static let schedule = SimulatedSoak.Schedule(burst: 10)

  private func rates(_ scenario: Scenario, days: UInt64) throws -> Rates {
    var rates = Rates()
    try rates.run(scenario, seeds: 0..<days, schedule: Self.schedule)
    return rates
  }

  /// The share that `days` days may have when the rate is `rate`.
  private func bounds(_ rate: Double, days: UInt64) -> ClosedRange<Double> {
    let reach = 3 * (rate * (1 - rate) / Double(days)).squareRoot()
    return (rate - reach)...(rate + reach)
  }

  @Test(arguments: [Scenario.healthy, .noisy, .nondeterministic])
  func `a candidate that is as good is hardly ever failed`(scenario: Scenario) throws {
    let rates = try rates(scenario, days: 40)
    #expect(rates.runs == 40)
    #expect(Double(rates.failed) / 40 <= bounds(0.01, days: 40).upperBound, "\(rates.codes)")
    #expect(rates.passed >= 28, "\(rates.codes)")
  }

  @Test(arguments: [(Scenario.slow, 0.95), (.leaking, 0.85)])
  func `a candidate that is worse is caught`(scenario: Scenario, wanted: Double) throws {
    let rates = try rates(scenario, days: 30)
    #expect(Double(rates.failed) / 30 >= bounds(wanted, days: 30).lowerBound, "\(rates.codes)")
  }

  @Test func `the same seed is the same day`() {
    let first = SimulatedSoak(.healthy, seed: 5, schedule: Self.schedule)
    #expect(first.blocks == SimulatedSoak(.healthy, seed: 5, schedule: Self.schedule).blocks)
    #expect(first.blocks != SimulatedSoak(.healthy, seed: 6, schedule: Self.schedule).blocks)
    #expect(first.blocks.count == 25)
  }

  @Test func `simulated faults are as large as they say`() {
    // The same seed brings the same noise, so that the difference is the fault.
    func compared(_ scenario: Scenario) -> [CanaryBlock] {
      SimulatedSoak(scenario, seed: 1, schedule: Self.schedule).blocks.filter { !$0.isNoiseCheck }
    }
    let healthy = compared(.healthy)
    for (block, slow) in zip(healthy, compared(Scenario("slow", slower: 0.5))) {
      let more = (slow.pairs[.callLatency]?.medianLogRatio ?? 0) - (block.pairs[.callLatency]?.medianLogRatio ?? 0)
      #expect((more - .log(1.5)).magnitude < 1e-9)
    }
    for (block, leaking) in zip(healthy, compared(Scenario("leaking", leak: 1_000_000))) {
      let more = (leaking.candidate.medians[.memory] ?? 0) - (block.candidate.medians[.memory] ?? 0)
      // In the middle of the first hour half of it is lost, give or take a chunk of the allocator.
      #expect((more - (Double(block.number) - 0.5) * 1_000_000).magnitude < 600_000)
    }
    let failing = SimulatedSoak(.failing, seed: 1).blocks.filter { !$0.isNoiseCheck }
    #expect(failing.reduce(0) { $0 + $1.candidate.requests } == 6000)
    #expect((15...50).contains(failing.reduce(0) { $0 + $1.candidate.errors }))
  }
}
