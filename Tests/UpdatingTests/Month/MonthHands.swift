import Canary
import Platform
import Releases
import Storage
import StrictJSON
import Synchronization

@testable import Updating

/// Observations without sandboxes: time passes, and at the end there is the verdict that the script holds.
///
/// What a real observation leaves in the ledger and beside the trees is there as well, so that an agent that is started
/// anew finds it.
final class MonthHands: AgentHands {
  private struct Soak {
    let run: Storage.CanaryRun
    let verdict: VerdictKind
    let began: Instant
    let ends: Instant
  }

  private let host: PluginHost
  private let verdicts: [String: VerdictKind]
  private let soaks = Mutex<[PluginName: Soak]>([:])

  init(_ host: PluginHost, verdicts: [String: VerdictKind]) {
    self.host = host
    self.verdicts = verdicts
  }

  private var now: Instant { host.machine.clock.now() }

  /// When the next observation ends.
  var nextEnd: Instant? { soaks.withLock { $0.values.map(\.ends).min() } }

  func begin(_ release: PreparedRelease, time: SoakTime) {
    let plugin = release.manifest.plugin
    guard
      let home = try? host.folder.plugin(plugin), let baseline = try? home.current(),
      (try? home.setMark(.baseline, to: baseline)) != nil,
      let run = try? host.ledger.runningCanary(of: plugin, tree: release.tree)
        ?? host.ledger.startCanary(
          of: plugin, version: release.manifest.version, tree: release.tree, baseline: baseline, at: now,
          required: time.required.duration, isShortened: time.isShortened)
    else { return }
    let soak = Soak(
      run: run, verdict: verdicts[release.manifest.version.text] ?? .pass, began: now,
      ends: now.advanced(by: time.required.duration - run.observed))
    soaks.withLock { $0[plugin] = soak }
  }

  func stop(_ plugin: PluginName) { soaks.withLock { $0[plugin] = nil } }

  func stopAll() async { soaks.withLock { $0 = [:] } }

  /// The machine stops: what was observed so far is kept, as after each round of a real observation.
  func cut() throws {
    for soak in soaks.withLock({ $0.values.map { $0 } }) {
      try host.ledger.observe(soak.run.id, observed: soak.run.observed + soak.began.duration(to: now), probes: 1)
    }
    soaks.withLock { $0 = [:] }
  }

  func takeEnded() -> [AgentSoakEnd] {
    let over = soaks.withLock { soaks in
      let over = soaks.filter { $0.value.ends <= now }
      for plugin in over.keys { soaks[plugin] = nil }
      return over
    }
    return over.keys.sorted().map { plugin in
      do {
        if let soak = over[plugin] { try conclude(soak) }
        return AgentSoakEnd(plugin: plugin, failure: nil)
      } catch {
        return AgentSoakEnd(plugin: plugin, failure: error)
      }
    }
  }

  private func conclude(_ soak: Soak) throws {
    let reasons = soak.verdict == .pass ? [] : [Finding(.refusal, code: "crash", "it crashed").json]
    let json: JSON = [
      "verdict": .string(soak.verdict.rawValue), "findings": .array(reasons), "toolChanges": [],
      "observedSeconds": 86_400, "probes": 1440, "shortened": false,
    ]
    try host.ledger.observe(soak.run.id, observed: soak.run.required, probes: 1440)
    try host.ledger.endCanary(soak.run.id, as: .init(soak.verdict), verdict: json, at: now)
  }

  func waitForEnd() async {}

  func settle(_ plugin: PluginName) async throws -> String? { nil }

  func confirmStart(of result: SwitchResult) async throws -> String? {
    try host.folder.plugin(result.plugin).setMark(.unconfirmed, to: nil)
    return nil
  }
}
