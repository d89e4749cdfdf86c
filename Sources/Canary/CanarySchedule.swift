/// When a soak does what: a day's plan, scaled down for shorter ones.
///
/// All times are observed time, so that a machine that sleeps, or a supervisor that is killed, leaves nothing out.
package struct CanarySchedule: Equatable, Sendable {
  /// The observed time that the schedule fills.
  package var required: Duration
  /// Time between two rounds of probes.
  package var interval: Duration
  /// The length of one block of observations: an hour of a day.
  package var block: Duration
  /// How long the installed release is compared with itself first; zero for a soak that is too short for it.
  package var noiseCheck: Duration
  /// Time between two cold starts; one is made in any case.
  package var coldStartEvery: Duration
  /// Calls of each arm in the burst of a block; 0 for none.
  package var burst: Int
  /// Time between two provocations; nil for none.
  package var provokeEvery: Duration?
  /// When the idle stretch begins.
  package var idleAt: Duration
  /// How long the idle stretch is; zero for none.
  package var idle: Duration
  /// When the clock is set ahead; nil for never.
  package var clockAheadAt: Duration?
  /// Time between two replays of recorded calls.
  package var replayEvery: Duration

  /// The shortest soak that gets everything that a day gets, each in its share.
  package static let shortestWhole = Duration.seconds(240)
  /// Calls of each arm in the burst of an hour, so that a day brings some 6000.
  package static let hourlyBurst = 250

  /// The schedule of a soak: a round each minute of a day, blocks of an hour, a burst in each, a cold start each half
  /// hour, provocations each six hours, two hours of idleness.
  package init(for required: Duration) {
    self.required = required
    let isWhole = required >= Self.shortestWhole
    interval = Self.interval(for: required)
    block = BlockBuilder.length(for: required)
    noiseCheck = isWhole ? block : .zero
    coldStartEvery = min(max(required / 48, .seconds(30)), .seconds(1800))
    burst = isWhole ? Self.hourlyBurst : 0
    provokeEvery = isWhole ? required / 4 : nil
    idle = isWhole ? required / 12 : .zero
    idleAt = required / 2
    clockAheadAt = isWhole ? required / 8 : nil
    replayEvery = required / 4
  }

  /// The time between two rounds: a share of the soak as a minute is of a day, at least one second, at most one minute.
  package static func interval(for soak: Duration) -> Duration {
    min(max(soak / 1440, .seconds(1)), .seconds(60))
  }

  /// How often something that comes every so often, first after `offset`, is due by now.
  func due(_ observed: Duration, every period: Duration, after offset: Duration = .zero) -> Int {
    guard period > .zero, observed >= offset else { return 0 }
    return Int((observed - offset) / period) + 1
  }
}
