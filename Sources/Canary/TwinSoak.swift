import MCP
import Platform

/// One run of a soak: opens the sessions of both twins, and asks them what the schedule says.
final class TwinSoak {
  /// Starts of the installed release in a row without a complete round, after which it is done without.
  private static let mostFruitlessStarts = 3

  let watch: CanaryWatch
  let candidate: any CanarySubject
  let installed: InstalledTwin?
  var flips: CoinFlips
  /// Bursts and cold starts of the noise check of this run.
  var noiseBursts = 0
  var noiseColdStarts = 0
  private var fruitlessStarts = 0

  init(watch: CanaryWatch, candidate: any CanarySubject, installed: InstalledTwin?) {
    self.watch = watch
    self.candidate = candidate
    self.installed = installed
    flips = CoinFlips(seed: watch.plan.seed)
  }

  var plan: CanaryPlan { watch.plan }
  var clock: any WallClock { watch.clock }

  /// How the rounds of two sessions ended.
  enum RoundsEnd: Sendable {
    /// There is nothing more to ask at present.
    case finished
    /// The candidate has failed.
    case failed
    /// The installed release has to be started again.
    case installedIsGone
  }

  /// How a session of one twin ended.
  enum TwinEnd<Value: Sendable>: Sendable {
    /// It was opened, and this came of it.
    case ran(Value)
    /// Its handshake missed the deadline for the first time.
    case startedLate
    /// It could not be opened, which is noted.
    case failed
  }

  /// Compares the installed release with itself for a while, which shows what differences this machine makes alone.
  ///
  /// A candidate that does not even start must not wait for that, so it is started once before.
  func checkNoise() async throws {
    guard let installed else { return }
    if watch.progress.record.coldStarts == 0 {
      guard try await coldStart([.candidate: candidate]) else { return }
    }
    watch.stage = .noiseCheck
    defer { watch.stage = .comparison }
    while watch.wantsNoiseCheck, watch.isPatient {
      let end = try await withTwin(.installed, installed.subject, .soak) { first in
        try await self.withTwin(.candidate, installed.double, .soak) { second in
          try await self.rounds(second, first)
        }
      }
      if case .ran(.ran(.finished)) = end { continue }
      guard canStartInstalledAgain() else {
        watch.remark(
          CanaryWatch.noNoiseCheck,
          "the installed release does not keep running, so that this machine's own noise could not be measured")
        return
      }
    }
  }

  /// Watches the candidate, beside the installed release where there is one that keeps running.
  func compare() async throws {
    fruitlessStarts = 0
    for attempt in 0..<2 where !watch.hasFailed && watch.isPatient {
      let end = try await withTwin(.candidate, candidate, .soak, isRetry: attempt == 1) { twin in
        try await self.besideInstalled(twin)
      }
      guard case .startedLate = end else { return }
    }
  }

  private func besideInstalled(_ twin: TwinSession) async throws -> RoundsEnd {
    guard let installed else { return try await rounds(twin, nil) }
    while canStartInstalledAgain() {
      let end = try await withTwin(.installed, installed.subject, .soak) { other in
        try await self.rounds(twin, other)
      }
      switch end {
      case .ran(.finished), .ran(.failed): return watch.hasFailed ? .failed : .finished
      case .ran(.installedIsGone), .startedLate, .failed: continue
      }
    }
    watch.remark(
      "installed-gone", "the installed release does not keep running, so that the candidate was watched alone")
    return try await rounds(twin, nil)
  }

  private func canStartInstalledAgain() -> Bool {
    fruitlessStarts += 1
    return fruitlessStarts <= Self.mostFruitlessStarts
  }

  /// Notes a round that was answered completely.
  func noteFruit() { fruitlessStarts = 0 }

  /// Opens a session of one twin, lends it to the body once the handshake is done, and notes what its sandbox says.
  func withTwin<R: Sendable>(
    _ arm: CanaryArm, _ subject: any CanarySubject, _ purpose: SessionPurpose, isRetry: Bool = false,
    _ body: (TwinSession) async throws -> R
  ) async throws -> TwinEnd<R> {
    let gates = plan.gates
    var unopened: ProbeResult?
    var seen: [CanaryEvent] = []
    let (end, report) = try await subject.withSession(purpose) { session -> TwinEnd<R> in
      let twin = TwinSession(arm, purpose, session: session, gates: gates, clock: clock)
      defer { seen = twin.events }
      switch try await twin.open(isRetry: isRetry) {
      case .open(let result, let peer):
        watch.noteStart(peer, of: arm, purpose)
        if try await note(result, twin) == .failed { return .failed }
        return .ran(try await body(twin))
      case .late(let result):
        // Late for the second time is a failure; late once is only told.
        guard isRetry else { return .startedLate }
        _ = try await note(result, twin)
        return .failed
      case .failed(let result, hasEnded: let hasEnded):
        // Whether an early end is its own fault is known when the sandbox has reported.
        if hasEnded { unopened = result } else { _ = try await note(result, twin) }
        return .failed
      }
    }
    if let unopened { _ = try await watch.settle([arm: unopened], purpose) }
    try await watch.note(report, of: arm, purpose, seen: seen)
    return end
  }

  /// Notes a probe that is not compared, for it happens once.
  private func note(_ result: ProbeResult, _ twin: TwinSession) async throws -> CanaryWatch.PairEnd {
    watch.noteConduct(of: twin)
    return try await watch.settle([twin.arm: result], twin.purpose)
  }
}
