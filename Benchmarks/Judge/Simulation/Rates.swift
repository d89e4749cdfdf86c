package import Canary
import Releases

/// How often which verdict came out of many simulated soaks.
package struct Rates: Sendable {
  /// Soaks that were judged.
  package private(set) var runs = 0
  /// Those that passed.
  package private(set) var passed = 0
  /// Those that failed.
  package private(set) var failed = 0
  /// Those that were inconclusive.
  package private(set) var inconclusive = 0
  /// Those that the pooled rule fails, with any ratio of means and with one of 1.1.
  package private(set) var pooled = (any: 0, tenth: 0)
  /// The codes of the findings that decided against a pass.
  package private(set) var codes: [String: Int] = [:]

  /// Begins with nothing.
  package init() {}

  /// Judges a soak as a run would when its day is over.
  package static func judge(_ soak: SimulatedSoak) throws -> CanaryVerdict {
    let compared = soak.blocks.filter { !$0.isNoiseCheck }
    let observed = compared.reduce(Duration.zero) { $0 + $1.observed }
    let probes = compared.count * 60
    return CanaryJudge.judge(
      CanaryRecord(probes: probes, blocks: soak.blocks), observed: observed,
      gates: CanaryGates(required: observed, minimumProbes: probes), baseline: try ReleaseVersion("2026.10.10"))
  }

  /// Simulates and judges the soaks of some seeds.
  package mutating func run(
    _ scenario: Scenario, seeds: Range<UInt64>, schedule: SimulatedSoak.Schedule = SimulatedSoak.Schedule(),
    comparesPooled: Bool = false
  ) throws {
    for seed in seeds {
      let soak = SimulatedSoak(scenario, seed: seed, schedule: schedule)
      let verdict = try Self.judge(soak)
      runs += 1
      switch verdict.kind {
      case .pass: passed += 1
      case .fail: failed += 1
      case .inconclusive: inconclusive += 1
      }
      for finding in verdict.findings where finding.severity == .refusal { codes[finding.code, default: 0] += 1 }
      guard comparesPooled else { continue }
      guard let ratio = PooledJudge.highest(soak) else { continue }
      pooled.any += 1
      if ratio >= 1.1 { pooled.tenth += 1 }
    }
  }

  /// Adds what another task has counted.
  package mutating func add(_ other: Rates) {
    runs += other.runs
    passed += other.passed
    failed += other.failed
    inconclusive += other.inconclusive
    pooled.any += other.pooled.any
    pooled.tenth += other.pooled.tenth
    codes.merge(other.codes) { $0 + $1 }
  }
}
