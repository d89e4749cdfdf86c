import MCP
import Platform

/// What is done less often than each minute.
extension TwinSoak {
  /// Everything that is due now.
  ///
  /// - Returns: why no other round can follow; nil when one can.
  func tiers(_ twins: [TwinSession]) async throws -> RoundsEnd? {
    let schedule = plan.schedule
    let observed = watch.stageObserved
    if watch.stage == .noiseCheck {
      if noiseBursts < schedule.due(observed, every: schedule.noiseCheck, after: schedule.noiseCheck / 2) {
        noiseBursts += 1
        if let end = try await burst(twins) { return end }
      }
      if noiseColdStarts < schedule.due(observed, every: schedule.coldStartEvery, after: schedule.coldStartEvery / 2),
        let installed
      {
        noiseColdStarts += 1
        _ = try await coldStart([.installed: installed.subject, .candidate: installed.double])
      }
      return nil
    }
    let record = watch.progress.record
    if watch.hasEnough {
      // What became due with the last round comes too late to be compared.
      if watch.wantsColdStart { guard try await coldStart(subjects) else { return .failed } }
      return nil
    }
    let hasBurst =
      schedule.burst > 0
      && record.bursts
        < schedule.due(
          observed, every: schedule.block, after: schedule.block / 2)
    if hasBurst {
      watch.count(\.bursts)
      if let end = try await burst(twins) { return end }
    }
    if watch.wantsColdStart { guard try await coldStart(subjects) else { return .failed } }
    if let every = schedule.provokeEvery, record.provocations < schedule.due(observed, every: every) {
      guard try await provoke() else { return .failed }
    }
    if let at = schedule.clockAheadAt, observed >= at, record.clockStretches == 0 {
      guard try await setClockAhead() else { return .failed }
    }
    if !plan.replay.isEmpty, record.replays < schedule.due(observed, every: schedule.replayEvery) {
      if let end = try await replay(twins) { return end }
    }
    if schedule.idle > .zero, observed >= schedule.idleAt, record.idleStretches == 0 {
      return try await beIdle(twins)
    }
    return nil
  }

  /// Both arms, as far as there are two.
  private var subjects: [CanaryArm: any CanarySubject] {
    guard let installed else { return [.candidate: candidate] }
    return [.installed: installed.subject, .candidate: candidate]
  }

  /// A few hundred calls without a pause: what only shows under load, and what every call leaves behind.
  private func burst(_ twins: [TwinSession]) async throws -> RoundsEnd? {
    for number in 0..<plan.schedule.burst {
      let end =
        plan.calls.isEmpty
        ? try await pair(twins) { try await $0.checkAlive() }
        : try await callPair(twins, plan.calls[number % plan.calls.count])
      if let end { return end }
      watch.finishPair()
    }
    try await watch.markAnswered(within: plan.schedule.block)
    return nil
  }

  /// Starts the arms afresh beside the long sessions, lists their tools and ends their input.
  ///
  /// - Returns: true when all of it went well for the candidate.
  func coldStart(_ subjects: [CanaryArm: any CanarySubject]) async throws -> Bool {
    var stops: [CanaryArm: ProbeResult] = [:]
    for arm in CanaryArm.allCases.shuffled(using: &flips) {
      guard let subject = subjects[arm] else { continue }
      var end = TwinEnd<ProbeResult?>.startedLate
      for attempt in 0..<2 {
        guard case .startedLate = end else { break }
        end = try await withTwin(arm, subject, .coldStart, isRetry: attempt == 1) { twin in
          try await self.startAndStop(twin)
        }
      }
      if case .ran(let stop?) = end { stops[arm] = stop }
      if watch.hasFailed { return false }
    }
    watch.finishPair()
    let end = try await watch.settle(stops, .coldStart)
    if watch.stage == .comparison, end != .failed, stops[.candidate] != nil { watch.count(\.coldStarts) }
    try await watch.flush()
    return !watch.hasFailed
  }

  private func startAndStop(_ twin: TwinSession) async throws -> ProbeResult? {
    var (result, list) = try await twin.listTools()
    if let list, let fault = watch.note(list, of: twin.arm) { result.misconduct.append(fault) }
    watch.noteConduct(of: twin)
    guard try await watch.settle([twin.arm: result], .coldStart) == .goesOn else { return nil }
    let (stop, code) = try await twin.stop()
    if let code, twin.arm == .candidate, watch.stage == .comparison { watch.noteStop(code: code) }
    return stop
  }

  /// Asks nothing for a long time, and looks now and then whether the candidate is still there.
  private func beIdle(_ twins: [TwinSession]) async throws -> RoundsEnd? {
    let began = clock.uptime()
    let length = plan.schedule.idle
    while true {
      let left = min(length - (clock.uptime() - began), watch.patience ?? length)
      guard left > .zero else { break }
      try await clock.sleep(for: min(plan.schedule.interval, left))
      // It ended without having been asked anything; the next question says how.
      if let candidate = twins.last, await candidate.session.waitForExit(within: .zero) != nil { break }
    }
    let end = try await pair(twins) { try await $0.checkAlive() }
    // Only now: whoever is killed in the middle begins the stretch again. An installed release that did not outlive it
    // must not have the candidate try for ever.
    guard end != .failed, clock.uptime() - began >= length else { return end }
    watch.count(\.idleStretches)
    try await watch.markAnswered(within: length)
    return end
  }
}
