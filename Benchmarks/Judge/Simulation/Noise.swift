import RealModule
import TestSupport

/// A seeded source of what nature does to measurements.
struct Dice {
  private var random: SplitMix64
  private var spare: Double?

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// An even number from 0 up to 1.
  mutating func even() -> Double { Double(random.next() >> 11) * 0x1p-53 }

  /// An even number in a range.
  mutating func even(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + even() * (range.upperBound - range.lowerBound)
  }

  /// A normal number, by Box and Muller.
  mutating func normal() -> Double {
    if let spare {
      self.spare = nil
      return spare
    }
    let radius = (-2 * Double.log(1 - even())).squareRoot()
    let angle = 2 * Double.pi * even()
    spare = radius * .sin(angle)
    return radius * .cos(angle)
  }

  /// True in so large a share of all cases.
  mutating func happens(_ share: Double) -> Bool { even() < share }

  /// How many of so many tries succeed.
  mutating func hits(of tries: Int, share: Double) -> Int {
    guard share > 0 else { return 0 }
    return (0..<tries).reduce(0) { sum, _ in happens(share) ? sum + 1 : sum }
  }
}

/// A wandering value that forgets: each step keeps a share of the last one.
struct Drift {
  private let kept: Double
  private let step: Double
  private(set) var value: Double

  /// A drift that keeps a share of itself each minute and scatters by `spread` in the long run.
  init(kept: Double, spread: Double, _ dice: inout Dice) {
    self.kept = kept
    step = spread * (1 - kept * kept).squareRoot()
    value = spread * dice.normal()
  }

  mutating func move(_ dice: inout Dice) { value = kept * value + step * dice.normal() }
}

/// What the machine does to both arms at the same time: the hour of the day, drifting load, and spikes of it.
struct SharedLoad {
  private let phase: Double
  private var drift: Drift
  private let spikesPerMinute: Double
  private let mostSpike: Double
  private var spikeLeft = 0
  private var spike = 0.0

  init(_ noise: NoiseModel, _ dice: inout Dice) {
    phase = dice.even(0...(2 * .pi))
    drift = Drift(kept: 0.98, spread: 0.1, &dice)
    spikesPerMinute = noise.spikesPerDay / 1440
    mostSpike = noise.mostSpike
  }

  /// The logarithm of how much slower everything is in a minute, and whether there is a spike.
  mutating func minute(_ minute: Int, _ dice: inout Dice) -> (log: Double, isSpike: Bool) {
    drift.move(&dice)
    if spikeLeft > 0 {
      spikeLeft -= 1
    } else if dice.happens(spikesPerMinute) {
      spikeLeft = Int(dice.even(1...20))
      spike = .log(dice.even(1.5...mostSpike))
    }
    let daily = 0.1 * .sin(2 * .pi * Double(minute) / 1440 + phase)
    return (daily + drift.value + (spikeLeft > 0 ? spike : 0), spikeLeft > 0)
  }
}

/// The memory of one process: what it needs, what wanders, a sawtooth of a collector, in chunks of an allocator.
struct MemoryModel {
  private static let chunk = 262_144.0
  private var drift: Drift
  private let sawtooth: Double
  private let period: Double
  private var phase: Double
  private var steps = 0.0
  private let stepsPerMinute: Double

  init(_ noise: NoiseModel, _ dice: inout Dice) {
    drift = Drift(kept: 0.9, spread: noise.memorySpread, &dice)
    sawtooth = noise.sawtooth
    period = dice.even(13...23)
    phase = dice.even(0...period)
    stepsPerMinute = noise.stepsPerDay / 1440
  }

  /// The memory after a minute, `leaked` bytes of it lost.
  mutating func minute(_ minute: Int, leaked: Double, _ dice: inout Dice) -> Double {
    drift.move(&dice)
    phase += dice.even(0.7...1.3)
    if phase >= period { phase -= period }
    if dice.happens(stepsPerMinute) { steps += dice.even(-1_000_000...1_000_000) }
    // What caches take at first grows towards a bound, in both arms alike.
    let warm = 6_000_000 * (1 - .exp(-Double(minute) / 40))
    let bytes = 40_000_000 + warm + drift.value + sawtooth * phase / period + steps + leaked
    return (bytes / Self.chunk).rounded(.up) * Self.chunk
  }
}
