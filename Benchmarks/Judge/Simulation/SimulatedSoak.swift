package import Canary
import RealModule

/// A day of twin sandboxes as a run would record it: the same aggregation, other measurements.
package struct SimulatedSoak {
  /// The blocks; the first is a noise check.
  package private(set) var blocks: [CanaryBlock] = []
  /// Values of each minute outside the noise check, for a judge that pools them.
  package private(set) var pooled: [CanaryMetric: (installed: [Double], candidate: [Double])] = [:]
  /// The share of requests that failed in each minute outside the noise check.
  package private(set) var failing: (installed: [Double], candidate: [Double]) = ([], [])

  /// How a soak is measured.
  package struct Schedule: Sendable {
    /// Hours of comparison, after one of noise check.
    package var hours = 24
    /// Calls in the burst of each hour.
    package var burst = 190

    /// A day, with 190 calls in each burst: 6000 requests in all.
    package init(hours: Int = 24, burst: Int = 190) {
      self.hours = hours
      self.burst = burst
    }
  }

  private static let pooledMetrics: [CanaryMetric] = [.callLatency, .memory, .processorTime]

  private let scenario: Scenario
  private let schedule: Schedule
  private var dice: Dice
  private var load: SharedLoad
  private var drifts: (installed: Drift, candidate: Drift)
  private var memory: (installed: MemoryModel, candidate: MemoryModel)

  /// Simulates a soak; the same seed gives the same one.
  package init(_ scenario: Scenario, seed: UInt64, schedule: Schedule = Schedule()) {
    self.scenario = scenario
    self.schedule = schedule
    dice = Dice(seed: seed)
    load = SharedLoad(scenario.noise, &dice)
    let spread = scenario.noise.armDrift
    drifts = (Drift(kept: 0.95, spread: spread, &dice), Drift(kept: 0.95, spread: spread, &dice))
    memory = (MemoryModel(scenario.noise, &dice), MemoryModel(scenario.noise, &dice))
    for hour in 0...schedule.hours { blocks.append(block(hour)) }
  }

  private mutating func block(_ hour: Int) -> CanaryBlock {
    var builder = BlockBuilder(CanaryBlock(number: hour, isNoiseCheck: hour == 0))
    // Both processes begin anew after the noise check, so that they warm up together.
    if hour == 1 { memory = (MemoryModel(scenario.noise, &dice), MemoryModel(scenario.noise, &dice)) }
    let burstAt = Int(dice.even(5...55))
    for minute in 0..<60 {
      let (shared, isSpike) = load.minute(hour * 60 + minute, &dice)
      drifts.installed.move(&dice)
      drifts.candidate.move(&dice)
      // A spike does not hit both arms exactly alike.
      let uneven = isSpike ? 0.15 : 0
      let logs = (
        shared + drifts.installed.value + uneven * dice.normal(),
        shared + drifts.candidate.value + uneven * dice.normal()
      )
      measure(hour, minute, logs, shared, &builder)
      if minute == burstAt { burst(hour, logs, &builder) }
      ask(hour, calls: minute == burstAt ? schedule.burst + 1 : 1, &builder)
      builder.observe(.seconds(60))
    }
    return builder.block
  }

  /// One round of probes.
  private mutating func measure(
    _ hour: Int, _ minute: Int, _ logs: (Double, Double), _ shared: Double, _ builder: inout BlockBuilder
  ) {
    let since = hour == 0 ? minute : (hour - 1) * 60 + minute
    let leaked = hour == 0 ? 0 : scenario.leak * Double(since) / 60
    var round = PairedRound(
      installed: side(logs.0, shared, memory.installed.minute(since, leaked: 0, &dice)),
      candidate: side(logs.1 + slowness(hour), shared, memory.candidate.minute(since, leaked: leaked, &dice)),
      session: hour == 0 ? 0 : 1)
    if minute.isMultiple(of: 30) {
      round.installed[.startLatency] = latency(180_000, logs.0)
      round.candidate[.startLatency] = latency(180_000, logs.1 + slowness(hour))
    }
    builder.add(round)
    guard hour > 0 else { return }
    for metric in Self.pooledMetrics {
      if let value = round.installed[metric] { pooled[metric, default: ([], [])].installed.append(value) }
      if let value = round.candidate[metric] { pooled[metric, default: ([], [])].candidate.append(value) }
    }
  }

  /// What one arm takes for one round.
  private mutating func side(_ log: Double, _ shared: Double, _ memory: Double) -> [CanaryMetric: Double] {
    [
      .aliveLatency: latency(900, log), .toolsLatency: latency(2500, log), .callLatency: latency(5000, log),
      .processorTime: 8000 * .exp(0.3 * shared + 0.15 * dice.normal()), .memory: memory, .descriptors: pool(14),
      .threads: pool(8),
    ]
  }

  private mutating func burst(_ hour: Int, _ logs: (Double, Double), _ builder: inout BlockBuilder) {
    for _ in 0..<schedule.burst {
      builder.add(
        PairedRound(
          installed: [.callLatency: latency(5000, logs.0)],
          candidate: [.callLatency: latency(5000, logs.1 + slowness(hour))], session: hour == 0 ? 0 : 1))
    }
  }

  /// Counts what was asked in a minute and what failed; some failures are the machine's and hit both arms.
  private mutating func ask(_ hour: Int, calls: Int, _ builder: inout BlockBuilder) {
    let rare = scenario.noise.errors
    let isOutage = dice.happens(rare * 2)
    let own = hour == 0 ? 0 : scenario.errors
    let failed = (
      dice.hits(of: calls, share: isOutage ? 0.2 : rare), dice.hits(of: calls, share: (isOutage ? 0.2 : rare) + own)
    )
    builder.count(.installed, requests: calls, errors: failed.0)
    builder.count(.candidate, requests: calls, errors: failed.1)
    guard hour > 0 else { return }
    failing.installed.append(Double(failed.0) / Double(calls))
    failing.candidate.append(Double(failed.1) / Double(calls))
  }

  private func slowness(_ hour: Int) -> Double { hour == 0 ? 0 : .log(1 + scenario.slower) }

  private mutating func latency(_ time: Double, _ log: Double) -> Double {
    let miss = scenario.noise.misses > 0 && dice.happens(scenario.noise.misses) ? Double.log(5) : 0
    return time * .exp(log + miss + scenario.noise.latencySpread * dice.normal())
  }

  private mutating func pool(_ mean: Double) -> Double {
    max(1, (mean + scenario.noise.poolSpread * dice.normal()).rounded())
  }
}
