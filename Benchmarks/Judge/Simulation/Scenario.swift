/// How restless a simulated machine and plugin are.
package struct NoiseModel: Sendable {
  /// Spread of the logarithm of a single latency.
  var latencySpread = 0.3
  /// Spread of the logarithm by which one arm alone drifts, with a memory of twenty minutes.
  var armDrift = 0.08
  /// Spikes of load that hit both arms.
  var spikesPerDay = 6.0
  /// How many times slower the worst spike makes everything.
  var mostSpike = 4.0
  /// Spread of the wandering part of memory, in bytes; each minute keeps 0.9 of the last.
  var memorySpread = 2_000_000.0
  /// Height of a collector's sawtooth in bytes.
  var sawtooth = 3_000_000.0
  /// Lasting steps, up or down by at most a megabyte, beyond the chunks in which an allocator takes memory.
  var stepsPerDay = 0.0
  /// Share of requests that fail with any release.
  var errors = 0.0002
  /// Share of calls that take five times as long, as when a cache misses.
  var misses = 0.0
  /// Spread of the number of threads and descriptors about their mean.
  var poolSpread = 0.3

  /// A usual machine.
  package static let usual = NoiseModel()

  /// A busy machine and a plugin that collects garbage by large lots.
  package static let restless = NoiseModel(
    latencySpread: 0.6, armDrift: 0.15, spikesPerDay: 24, mostSpike: 8, memorySpread: 4_000_000, sawtooth: 10_000_000,
    stepsPerDay: 0.5, errors: 0.001, poolSpread: 1)

  /// A plugin whose answers depend on luck: caches that miss, pools that breathe, requests that fail.
  package static let lucky = NoiseModel(
    latencySpread: 0.5, sawtooth: 6_000_000, errors: 0.002, misses: 0.3, poolSpread: 2)
}

/// A candidate with one fault or none, on a machine with its noise.
package struct Scenario: Sendable {
  /// What the table calls it.
  package let name: String
  /// The noise.
  package var noise = NoiseModel.usual
  /// How much slower every answer of the candidate is, as a share.
  package var slower = 0.0
  /// Bytes that the candidate loses by the hour.
  package var leak = 0.0
  /// Share of requests that fail with the candidate alone.
  package var errors = 0.0
  /// What the share of runs in percent that fail should be; nil for information only.
  package var wanted: ClosedRange<Double>?

  /// Describes a scenario.
  package init(
    _ name: String, noise: NoiseModel = .usual, slower: Double = 0, leak: Double = 0, errors: Double = 0,
    wanted: ClosedRange<Double>? = nil
  ) {
    self.name = name
    self.noise = noise
    self.slower = slower
    self.leak = leak
    self.errors = errors
    self.wanted = wanted
  }

  /// A candidate as good as the installed release.
  package static let healthy = Scenario("healthy", wanted: 0...1)
  /// As good, on a restless machine.
  package static let noisy = Scenario("healthy, noisy", noise: .restless, wanted: 0...1)
  /// As good, with answers that depend on luck.
  package static let nondeterministic = Scenario("healthy, non-deterministic", noise: .lucky, wanted: 0...1)
  /// A fifth slower.
  package static let slow = Scenario("20 % slower", slower: 0.2, wanted: 95...100)
  /// Loses 200 KB an hour.
  package static let leaking = Scenario("leak of 200 KB an hour", leak: 200_000, wanted: 85...100)
  /// One request in 200 fails.
  package static let failing = Scenario("1 request in 200 fails", errors: 0.005, wanted: 95...100)

  /// All rows of the table.
  package static let all = [
    healthy, noisy, nondeterministic, Scenario("5 % slower", slower: 0.05), Scenario("10 % slower", slower: 0.1), slow,
    Scenario("50 % slower", slower: 0.5), Scenario("leak of 100 KB an hour", leak: 100_000), leaking,
    Scenario("leak of 500 KB an hour", leak: 500_000), Scenario("1 request in 1000 fails", errors: 0.001), failing,
    Scenario("20 % slower, noisy", noise: .restless, slower: 0.2),
    Scenario("leak of 500 KB an hour, noisy", noise: .restless, leak: 500_000),
  ]
}
