import MCP
import Platform

extension TwinSoak {
  /// Tries of a call that brings an error, before it counts as broken.
  private static let mostTries = 3

  /// Rounds of probes of both sessions until the stage is over, with everything in between that the schedule says.
  func rounds(_ candidate: TwinSession, _ installed: TwinSession?) async throws -> RoundsEnd {
    let twins = [installed, candidate].compactMap(\.self)
    while true {
      let began = clock.uptime()
      if let end = try await round(twins) { return end }
      try await watch.finishRound()
      noteFruit()
      if let end = try await tiers(twins) { return end }
      if watch.hasFailed { return .failed }
      let patience = watch.patience ?? .seconds(Int64.max)
      if watch.stageIsOver() || patience <= .zero { return try await stop(twins) }
      let left = min(plan.schedule.interval - (clock.uptime() - began), patience)
      if left > .zero { try await clock.sleep(for: left) }
    }
  }

  /// One round: a sign of life, the tool list, one of the declared calls, and what the twins use.
  ///
  /// - Returns: why no other round can follow; nil when one can.
  private func round(_ twins: [TwinSession]) async throws -> RoundsEnd? {
    if let end = try await pair(twins, { try await $0.checkAlive() }) { return end }
    if let end = try await pair(twins, { try await self.listTools($0) }) { return end }
    if !plan.calls.isEmpty {
      let call = plan.calls[watch.progress.record.probes % plan.calls.count]
      if let end = try await callPair(twins, call) { return end }
    }
    await watch.measure(twins)
    return watch.hasFailed ? .failed : nil
  }

  /// Asks both the same, in an order that is drawn anew each time, and compares what came of it.
  ///
  /// - Returns: why the rounds must end; nil when they can go on.
  func pair(
    _ twins: [TwinSession], _ ask: (TwinSession) async throws -> ProbeResult
  ) async throws -> RoundsEnd? {
    var results: [CanaryArm: ProbeResult] = [:]
    for twin in twins.shuffled(using: &flips) { results[twin.arm] = try await ask(twin) }
    return try await settle(results, twins)
  }

  private func settle(_ results: [CanaryArm: ProbeResult], _ twins: [TwinSession]) async throws -> RoundsEnd? {
    for twin in twins { watch.noteConduct(of: twin) }
    switch try await watch.settle(results, twins.first?.purpose ?? .soak) {
    case .goesOn: return nil
    case .installedIsGone: return .installedIsGone
    case .failed: return .failed
    }
  }

  private func listTools(_ twin: TwinSession) async throws -> ProbeResult {
    var (result, list) = try await twin.listTools()
    if let list, let fault = watch.note(list, of: twin.arm) { result.misconduct.append(fault) }
    return result
  }

  /// Makes a declared call in both arms.
  ///
  /// An error is counted, and tried again: only a call that fails every time is broken. Whether it is the candidate that
  /// is broken or what the call needs (the network, a service) shows in the installed release at that very moment.
  func callPair(_ twins: [TwinSession], _ call: ToolCallProbe) async throws -> RoundsEnd? {
    var results: [CanaryArm: ProbeResult] = [:]
    for twin in twins.shuffled(using: &flips) { results[twin.arm] = try await self.call(twin, call) }
    if results[.candidate]?.failure?.code == "call-failed", results[.installed]?.failure == nil,
      let installed = twins.first(where: { $0.arm == .installed })
    {
      results[.installed] = try await self.call(installed, call)
    }
    return try await settle(results, twins)
  }

  private func call(_ twin: TwinSession, _ call: ToolCallProbe) async throws -> ProbeResult {
    var (result, _) = try await twin.call(call)
    for _ in 1..<Self.mostTries where result.failure?.code == "call-failed" {
      let misconduct = result.misconduct
      (result, _) = try await twin.call(call)
      result.retried = true
      result.misconduct += misconduct
    }
    return result
  }

  /// Ends the input of both, the candidate's only when its watching is over.
  func stop(_ twins: [TwinSession]) async throws -> RoundsEnd {
    var results: [CanaryArm: ProbeResult] = [:]
    for twin in twins.shuffled(using: &flips) {
      let (result, code) = try await twin.stop()
      results[twin.arm] = result
      if let code, twin.arm == .candidate, watch.stage == .comparison { watch.noteStop(code: code) }
    }
    _ = try await settle(results, twins)
    return watch.hasFailed ? .failed : .finished
  }
}
