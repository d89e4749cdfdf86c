import Canary
import Platform
import Releases
import Signing
import Storage
import StrictJSON
import TestSupport
import Testing

@testable import Updating

/// What a host makes of verdicts that it reached before; no sandbox runs here, the ledger is told what happened.
@Suite("Verdicts of before")
struct VerdictTests {
  private let shop: Shop
  private let host: PluginHost
  private let release: PreparedRelease
  private let time = SoakTime.standard.asking(for: DurationText(seconds: 3600))

  init() async throws {
    shop = try Shop()
    host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: host, event: "install")
    try shop.release("1.1.0", sequence: 2, permissions: #"{"net": {"allow": ["time.example.org:443"]}}"#)
    release = try await host.prepare(host.offer(of: "time", in: shop.channel))
  }

  /// Writes a canary of the prepared release into the ledger.
  private func record(
    _ verdict: VerdictKind, observed: Int64 = 3600, baseline: TreeName? = nil, toolText: Bool = false
  ) throws {
    let home = try host.folder.plugin(shop.plugin)
    let run = try host.ledger.startCanary(
      of: shop.plugin, version: release.manifest.version, tree: release.tree, baseline: baseline ?? home.current(),
      at: shop.clock.now(), required: .seconds(3600), isShortened: true)
    try host.ledger.observe(run.id, observed: .seconds(observed), probes: 40)
    let change: JSON = [
      "kind": "approval", "sentence": "now: the description changed", "needsApproval": true, "fields": 1,
    ]
    let reasons = verdict == .pass ? [] : [Finding(.refusal, code: "crash", "it crashed").json]
    let json: JSON = [
      "verdict": .string(verdict.rawValue), "findings": .array(reasons),
      "toolChanges": .array(toolText ? [change] : []), "observedSeconds": .integer(observed), "probes": 40,
      "shortened": true,
    ]
    try host.ledger.endCanary(run.id, as: .init(verdict), verdict: json, at: shop.clock.now())
    try home.setMark(.candidate, to: release.tree)
  }

  private func reached() throws -> VerdictKind? {
    try host.reachedVerdict(
      on: release, baseline: host.folder.plugin(shop.plugin).current(), atLeast: time)?.verdict
  }

  private func approve(_ reason: String = "seen") throws -> [String] {
    try host.approve(shop.plugin, version: release.manifest.version, by: "me", reason: reason).map(\.kind)
  }

  @Test func `a pass counts for its time and for the release it was compared with`() throws {
    #expect(try reached() == nil)
    try record(.pass, observed: 3599)
    #expect(try reached() == nil, "observed too shortly")
    try record(.pass, baseline: release.tree)
    #expect(try reached() == nil, "compared with another release")
    try record(.pass)
    #expect(try reached() == .pass)
  }

  @Test func `a failure is not forgotten, and not outweighed by a soak that was given up`() async throws {
    try record(.fail)
    #expect(try reached() == .fail)
    _ = try host.ledger.startCanary(
      of: shop.plugin, version: release.manifest.version, tree: release.tree, baseline: nil, at: shop.clock.now(),
      required: .seconds(1), isShortened: true)
    #expect(try reached() == nil, "somebody began anew")
    _ = try host.ledger.startCanary(
      of: shop.plugin, version: ReleaseVersion("9.9.9"), tree: TreeName(.of([9])), baseline: nil,
      at: shop.clock.now(), required: .seconds(1), isShortened: true)
    #expect(try reached() == .fail, "and gave it up")
    await #expect(
      throws: UpdatingError.canaryFailed(plugin: shop.plugin.text, version: "1.1.0", reasons: ["it crashed"])
    ) { try await host.update(release, soak: time) }
    #expect(try host.installed(shop.plugin).manifest.version.text == "1.0.0")
    try record(.pass)
    #expect(try reached() == .pass, "a soak that was begun anew by somebody's word counts")
  }

  @Test func `a doubt counts once a person took it on`() async throws {
    try record(.inconclusive)
    #expect(try reached() == nil)
    #expect(try approve() == ["permission-widening", "inconclusive"])
    #expect(try reached() == .inconclusive)
    let result = try await host.update(release, soak: time)
    #expect(result.to.text == "1.1.0" && result.soak.verdict == .inconclusive)
  }

  @Test func `what widens or changes the texts of tools waits for a person, and for the same tree only`() async throws {
    try record(.pass, toolText: true)
    do {
      _ = try await host.update(release, soak: time)
      Issue.record("it was switched to")
    } catch UpdatingError.needsApproval(_, let version, let reasons) {
      #expect(version == "1.1.0" && reasons.count == 2)
    }
    #expect(try host.installed(shop.plugin).manifest.version.text == "1.0.0")
    #expect(throws: UpdatingError.nothingToApprove(plugin: shop.plugin.text)) {
      try host.approve(shop.plugin, version: ReleaseVersion("1.0.0"), by: "me", reason: "")
    }
    #expect(try approve() == ["permission-widening", "tool-text"])
    #expect(throws: UpdatingError.nothingToApprove(plugin: shop.plugin.text)) { try approve() }
    let result = try await host.update(release, soak: time)
    #expect(result.from?.text == "1.0.0" && result.to.text == "1.1.0")
    #expect(try host.ledger.history(of: shop.plugin).map(\.event) == ["update", "approve", "install"])
  }

  @Test func `what was withdrawn, paused or held during the soak is not switched to`() async throws {
    try record(.pass)
    _ = try approve()
    let bundle = release.offer.bundle
    try shop.offer(shop.manifest(bundle, "1.1.0", sequence: 3, paused: true))
    await #expect(
      throws: UpdatingError.heldBack(
        plugin: shop.plugin.text, version: "1.1.0", reason: UpdateDecision.paused.sentence)
    ) { try await host.update(release, soak: time) }
    try shop.offer(shop.manifest(bundle, "1.1.0", sequence: 4))
    _ = try host.hold(shop.plugin, reason: "not today")
    await #expect(
      throws: UpdatingError.heldBack(plugin: shop.plugin.text, version: "1.1.0", reason: "held: not today")
    ) { try await host.update(release, soak: time) }
    _ = try host.unhold(shop.plugin)
    let yank = try YankedRelease(version: release.manifest.version, reason: "it eats data")
    try shop.release("1.2.0", sequence: 5, yanked: [yank])
    await #expect(
      throws: UpdatingError.yanked(plugin: shop.plugin.text, version: "1.1.0", reason: "it eats data")
    ) { try await host.update(release, soak: time) }
    #expect(try host.installed(shop.plugin).manifest.version.text == "1.0.0")
  }

  @Test func `a verdict is enough when the network is away`() async throws {
    try record(.pass)
    _ = try approve()
    shop.transport.isDown = true
    #expect(try await host.update(release, soak: time).to.text == "1.1.0")
  }

  @Test func `an install that was cut after the switch goes on, and a whole one does not begin again`() async throws {
    let other = try Shop()
    let fresh = try await other.trustingHost()
    try other.release("1.0.0", sequence: 1)
    let first = try await other.activate(on: fresh, event: "install")
    await #expect(throws: UpdatingError.alreadyInstalled(plugin: other.plugin.text, version: "1.0.0")) {
      try await fresh.install(first, setting: [], decidedBy: "me")
    }
    // As it is when the process ends between the switch and its record.
    try fresh.ledger.forget(other.plugin)
    let run = try fresh.ledger.startCanary(
      of: other.plugin, version: first.manifest.version, tree: first.tree, baseline: first.tree,
      at: other.clock.now(), required: .seconds(1), isShortened: true)
    let pass: JSON = [
      "verdict": "pass", "findings": [], "toolChanges": [], "observedSeconds": 3600, "probes": 40, "shortened": true,
    ]
    try fresh.ledger.observe(run.id, observed: .seconds(3600), probes: 40)
    try fresh.ledger.endCanary(run.id, as: .passed, verdict: pass, at: other.clock.now())
    let result = try await fresh.install(first, setting: [], decidedBy: "me", soak: time)
    #expect(result.to.text == "1.0.0")
    #expect(try fresh.plugin(named: "time").version?.text == "1.0.0")
  }
}
