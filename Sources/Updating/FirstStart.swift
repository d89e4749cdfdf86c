import Canary
import Platform
import Releases
import Sandbox

extension PluginHost {
  /// Starts a release that was just switched on once more, now with the user's own data and settings, and goes back by
  /// itself where it does not start.
  ///
  /// A canary never sees the user's data, so that a release may pass it and still stumble over them. Tried twice, for a
  /// busy machine must not take a good release away. Returns a sentence where the machine could not try at all. Throws
  /// ``UpdatingError/rolledBack(plugin:from:to:reasons:)`` after it went back, with a hold on what it left.
  package func confirmStart(of result: SwitchResult) async throws -> String? {
    let installed = try installed(result.plugin)
    guard result.from != nil, installed.tree == result.tree else { return nil }
    var reasons: [String] = []
    do {
      for _ in 0..<2 {
        let outcome = try await start(installed)
        if outcome.verdict.kind == .pass { return nil }
        reasons = outcome.verdict.findings.filter { $0.severity == .refusal }.map(\.sentence)
      }
    } catch let error as SandboxError {
      return "\(result.plugin) \(result.to) was switched to, but its first start could not be tried: \(error)"
    }
    let back = try rollBack(
      result.plugin, keepState: false, reason: "its first start failed: " + reasons.joined(separator: "; "))
    throw UpdatingError.rolledBack(
      plugin: result.plugin.text, from: back.from.text, to: back.to.text, reasons: reasons)
  }

  /// One start, one handshake, one tool list, one end, as `serin run` would start it; the publisher's sample calls are
  /// left out, for they would work on real data.
  private func start(_ installed: InstalledRelease) async throws -> CanaryOutcome {
    let runner = try sandbox()
    let request = try liveRequest(installed)
    var plan = CanaryPlan(observing: installed.manifest, required: .zero, policy: .zero, probes: 1)
    plan.calls = []
    return try await Canary.CanaryRun(
      plan: plan, subject: SandboxSubject(runner: runner, clock: machine.clock) { _ in try runner.plan(request) },
      ledger: SoakFile(path: nil, files: machine.files), clock: machine.clock
    ).run()
  }
}
