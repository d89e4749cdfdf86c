import Canary
import Platform
import Releases
import Signing
import Storage
import StrictJSON
import TestSupport
import Testing

@testable import Updating

/// What a person does to a canary and what is told of it; no sandbox runs here, the ledger is told what happened.
@Suite("Canaries by hand") struct CanaryControlTests {
  private let shop: Shop
  private let host: PluginHost
  private let release: PreparedRelease

  init() async throws {
    shop = try Shop()
    host = try await shop.trustingHost()
    try shop.release("1.0.0", sequence: 1)
    try await shop.activate(on: host, event: "install")
    try shop.release("1.1.0", sequence: 2)
    release = try await host.prepare(host.offer(of: "time", in: shop.channel))
  }

  private var home: PluginFolder { get throws { try host.folder.plugin(shop.plugin) } }

  /// Begins a canary as a supervisor does, up to its first round.
  private func start() throws -> Storage.CanaryRun {
    try home.setMark(.candidate, to: release.tree)
    return try host.ledger.startCanary(
      of: shop.plugin, version: release.manifest.version, tree: release.tree, baseline: home.current(),
      at: shop.clock.now(), required: .seconds(3600), isShortened: true)
  }

  private func ledger(_ run: Storage.CanaryRun) throws -> SoakRecord {
    SoakRecord(
      ledger: host.ledger, run: run.id,
      progress: SoakFile(path: host.progressPath(try home, release.tree), files: host.machine.files))
  }

  private var progress: CanaryProgress { CanaryProgress(tree: release.tree.tree, started: shop.clock.now()) }

  private var sample: Canary.CanarySample {
    CanarySample(sequence: 1, at: shop.clock.now(), purpose: .soak, probe: .alive, latency: .milliseconds(3))
  }

  @Test func `a canary that is ended by hand stops its supervisor after its round, and is forgotten`() async throws {
    let run = try start()
    let ledger = try ledger(run)
    try await ledger.record([sample], progress: progress)
    #expect(try host.account(of: shop.plugin).state == .running)

    // As while a supervisor observes: it holds the lock and writes the file.
    let lock = try host.updateLock(shop.plugin)
    #expect(host.isObserved(shop.plugin))
    #expect(try host.account(of: shop.plugin).isWatched)
    let ended = try host.abortCanary(of: shop.plugin, by: "me", reason: "enough")
    #expect(ended.state == .aborted)
    await #expect(
      throws: UpdatingError.canaryAborted(plugin: shop.plugin.text, version: "1.1.0", remark: "me ended it: enough")
    ) { try await ledger.record([sample], progress: progress) }
    try host.forgetProgress(of: run)
    withExtendedLifetime(lock) {}
    #expect(try !host.machine.files.exists(host.progressPath(home, release.tree)))
    #expect(try home.marked(.candidate) == nil)

    let account = try host.account(of: shop.plugin)
    #expect(account.state == .aborted && account.remark == "me ended it: enough")
    #expect(try host.ledger.history(of: shop.plugin).first?.event == "canary-abort")
    #expect(throws: UpdatingError.self) { try host.abortCanary(of: shop.plugin, by: "me", reason: "again") }
  }

  @Test func `a canary that nobody observes is ended with all that it left`() async throws {
    let run = try start()
    try await ledger(run).record([sample], progress: progress)
    #expect(!host.isObserved(shop.plugin))
    _ = try host.abortCanary(of: shop.plugin, by: "me", reason: "enough")
    #expect(try !host.machine.files.exists(host.progressPath(home, release.tree)))
    #expect(try home.marked(.candidate) == nil)
  }

  @Test func `an extension reaches the supervisor, and the next soak after a doubt`() async throws {
    let run = try start()
    let ledger = try ledger(run)
    #expect(try await ledger.required(atLeast: .seconds(3600)) == .seconds(3600))
    let longer = try host.extendCanary(of: shop.plugin, by: DurationText("2h"), who: "me", reason: "busy")
    #expect(longer.required == .seconds(10_800))
    #expect(try await ledger.required(atLeast: .seconds(3600)) == .seconds(10_800))

    let time = SoakTime.standard.asking(for: DurationText(seconds: 3600))
    try host.ledger.endCanary(run.id, as: .inconclusive, verdict: .null, at: shop.clock.now())
    #expect(try host.extended(time, tree: release.tree, of: shop.plugin).required.seconds == 10_800)
    #expect(try host.extended(time.anew, tree: release.tree, of: shop.plugin).required.seconds == 3600)
    let again = try host.extendCanary(of: shop.plugin, by: DurationText("1h"), who: "me", reason: "still")
    #expect(again.required == .seconds(14_400))
    #expect(try host.ledger.history(of: shop.plugin).map(\.event).prefix(2) == ["canary-extend", "canary-extend"])
  }

  @Test func `what ended cannot be extended, and a doubt that nobody extended needs no more than is asked`() throws {
    #expect(throws: UpdatingError.noCanary(plugin: shop.plugin.text, wanted: "its own", found: [])) {
      try host.account(of: shop.plugin)
    }
    let run = try start()
    try host.ledger.endCanary(run.id, as: .inconclusive, verdict: .null, at: shop.clock.now())
    let time = SoakTime.standard.asking(for: DurationText(seconds: 60))
    #expect(try host.extended(time, tree: release.tree, of: shop.plugin).required.seconds == 60)
    let next = try start()
    try host.ledger.endCanary(next.id, as: .passed, verdict: .null, at: shop.clock.now())
    #expect(
      throws: UpdatingError.noCanary(
        plugin: shop.plugin.text, wanted: "running or inconclusive", found: ["1.1.0 passed", "1.1.0 inconclusive"])
    ) { try host.extendCanary(of: shop.plugin, by: DurationText("1h"), who: "me", reason: "") }
  }

  @Test func `the kept record is what is told after the end, else the progress, else the ledger's row`() async throws {
    let run = try start()
    try host.ledger.observe(run.id, observed: .seconds(60), probes: 7)
    var told = try host.account(of: shop.plugin)
    #expect(told.evidence.figures == nil && told.evidence.probes == 7 && told.evidence.requiredSeconds == 3600)
    try await ledger(run).record([], progress: progress)
    told = try host.account(of: shop.plugin)
    #expect(told.figures.gate("memoryBytes") == release.manifest.permissions.limits.memory.bytes)
    #expect(told.evidence.baseline?.text == "1.0.0")

    var record = told.evidence
    record.verdict = .pass
    record.observedSeconds = 3601
    try host.ledger.keepRecord(JSON.parse(record.encoded()), of: run.id)
    try host.ledger.keepErrorTail("bye", of: run.id)
    try host.ledger.endCanary(run.id, as: .passed, verdict: .null, at: shop.clock.now())
    told = try host.account(of: shop.plugin, run: run.id)
    #expect(told.evidence == record && told.state == .passed && told.errorTail == "bye")
    #expect(throws: UpdatingError.self) { try host.account(of: shop.plugin, run: 99) }
  }
}
