import MCP
import Platform
import Releases
import Signing
import StrictJSON

/// What is tried in sessions of its own, or compared in its content.
extension TwinSoak {
  private var pairOfSubjects: [CanaryArm: any CanarySubject] {
    guard let installed else { return [.candidate: candidate] }
    return [.installed: installed.subject, .candidate: candidate]
  }

  /// Provokes both arms; what breaks both is reported only.
  ///
  /// - Returns: true when the candidate survived all that the installed release survives.
  func provoke() async throws -> Bool {
    watch.count(\.provocations)
    for provocation in Provocation.allCases {
      var results: [CanaryArm: ProbeResult] = [:]
      for arm in CanaryArm.allCases.shuffled(using: &flips) {
        guard let subject = pairOfSubjects[arm] else { continue }
        let end = try await withTwin(arm, subject, .provocation) { twin in try await self.provoke(twin, provocation) }
        if case .ran(let result) = end { results[arm] = result }
        if watch.hasFailed { return false }
      }
      // No client sends that, so for a first release, which cannot be a step back, it is only told.
      if installed == nil, provocation == .badJSON, let failure = results[.candidate]?.failure {
        watch.remark(failure.code, failure.sentence)
        results[.candidate]?.failure = nil
      }
      _ = try await watch.settle(results, .provocation)
      if watch.hasFailed { return false }
    }
    try await watch.flush()
    return true
  }

  private func provoke(_ twin: TwinSession, _ provocation: Provocation) async throws -> ProbeResult {
    var result = try await twin.probe(.provocation, tool: provocation.rawValue) { () throws(MCPError) in
      try await provocation.run(on: twin.client, within: twin.gates.call)
      try await twin.client.checkAlive(within: twin.gates.call)
    }
    // How it answers nonsense is its own affair.
    result.misconduct = []
    if let failure = result.failure {
      result.failure = ProbeFailure(
        code: "provoked-\(provocation.rawValue)", sentence: "after \(provocation.words): \(failure.sentence)")
    }
    return result
  }

  /// Starts both arms with their clock a month and a year ahead; what breaks both is reported only.
  ///
  /// - Returns: true when the candidate did as well as the installed release.
  func setClockAhead() async throws -> Bool {
    watch.count(\.clockStretches)
    for purpose in [SessionPurpose.monthAhead, .yearAhead] {
      if let obstacle = candidate.obstacle(to: purpose) {
        watch.remark("clock-not-set", "the clock could not be set ahead for it: \(obstacle)")
        return true
      }
      var results: [CanaryArm: ProbeResult] = [:]
      for arm in CanaryArm.allCases.shuffled(using: &flips) {
        guard let subject = pairOfSubjects[arm] else { continue }
        results[arm] = try await ahead(arm, subject, purpose)
      }
      // What sets the clock is a library in the plugin's own process, which not every program bears.
      if results[.candidate]?.failure != nil, results[.installed]?.failure == nil,
        try await ahead(.candidate, candidate, .sameClock).failure != nil
      {
        watch.remark(
          "clock-not-set", "the clock could not be set ahead for it: it does not bear what sets it, whatever the time")
        return true
      }
      _ = try await watch.settle(results, purpose)
      try await watch.flush()
      if watch.hasFailed { return false }
    }
    return true
  }

  /// One session with another clock: start, sign of life, tool list, each declared call, end.
  private func ahead(
    _ arm: CanaryArm, _ subject: any CanarySubject, _ purpose: SessionPurpose
  ) async throws -> ProbeResult {
    let days = (purpose.clockShift?.components.seconds ?? 0) / 86_400
    let gates = plan.gates
    let (found, _) = try await subject.withSession(purpose) { session -> ProbeFailure? in
      let twin = TwinSession(arm, purpose, session: session, gates: gates, clock: clock)
      switch try await twin.open(isRetry: false) {
      case .late(let result), .failed(let result, hasEnded: _): return result.failure
      case .open: break
      }
      guard await session.isClockAhead() else {
        watch.remark(
          "clock-not-set", "the clock could not be set ahead for it: its program takes the time from nobody else")
        return nil
      }
      if let failure = try await twin.checkAlive().failure { return failure }
      if let failure = try await twin.listTools().0.failure { return failure }
      for call in plan.calls {
        if let failure = try await twin.call(call).0.failure { return failure }
      }
      return nil
    }
    var result = ProbeResult(probe: .start, tool: purpose.rawValue)
    result.failure = found.map {
      ProbeFailure(code: "clock-ahead", sentence: "with its clock \(days) days ahead: \($0.sentence)")
    }
    return result
  }

  /// Replays the user's own recorded calls: the candidate must bring no error where the installed release brings none.
  ///
  /// Other content is reported only. What the installed release itself answers differently twice is not compared.
  func replay(_ twins: [TwinSession]) async throws -> RoundsEnd? {
    watch.count(\.replays)
    for call in plan.replay {
      guard isReadOnly(call.tool) else {
        watch.remark(
          "replay-skipped",
          "recorded calls of \(Quoted(call.tool)) were not replayed: the tool does not say that it only reads")
        continue
      }
      var results: [CanaryArm: ProbeResult] = [:]
      var answers: [CanaryArm: [ToolResult]] = [:]
      for twin in twins.shuffled(using: &flips) {
        for _ in 0..<(twin.arm == .installed ? 2 : 1) {
          let (result, answer) = try await twin.call(call, as: .replay)
          results[twin.arm] = result
          if result.failure?.code == "call-failed" {
            let words = "the recorded call of \(Quoted(call.tool)) failed: \(result.failure?.sentence ?? "")"
            results[twin.arm]?.failure = ProbeFailure(code: "replay-failed", sentence: words)
          }
          if let answer { answers[twin.arm, default: []].append(answer) }
        }
      }
      if let difference = AnswerComparison.difference(
        installed: answers[.installed] ?? [], candidate: answers[.candidate] ?? [])
      {
        watch.remark(
          "replay-differs", "the recorded call of \(Quoted(call.tool)) is answered differently: \(difference)")
      }
      if let end = try await settleReplay(results, twins) { return end }
    }
    try await watch.flush()
    return nil
  }

  private func settleReplay(_ results: [CanaryArm: ProbeResult], _ twins: [TwinSession]) async throws -> RoundsEnd? {
    for twin in twins { watch.noteConduct(of: twin) }
    switch try await watch.settle(results, .soak) {
    case .goesOn: return nil
    case .installedIsGone: return .installedIsGone
    case .failed: return .failed
    }
  }

  /// What the tool says about itself, in the installed release where there is one: a claim, in a sandbox.
  private func isReadOnly(_ tool: String) -> Bool {
    let list = watch.installedTools ?? watch.tools
    return list?[tool]?.json["annotations"]?["readOnlyHint"]?.boolValue == true
  }
}
