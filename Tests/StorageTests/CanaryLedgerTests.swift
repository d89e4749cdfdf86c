import Platform
import Releases
import Signing
import StrictJSON
import TestSupport
import Testing

@testable import Storage

@Suite struct CanaryLedgerTests {
  let scratch: Scratch
  let ledger: Ledger
  let plugin: PluginName
  let now = ManualClock().now()
  let one = TreeName(.of([1]))
  let two = TreeName(.of([2]))

  init() throws {
    scratch = try Scratch()
    ledger = try Ledger(scratch / "ledger.sqlite")
    plugin = try PluginName("io.github.acme/time")
  }

  private func start(_ tree: TreeName, baseline: TreeName? = nil) throws -> CanaryRun {
    try ledger.startCanary(
      of: plugin, version: ReleaseVersion("2.0"), tree: tree, baseline: baseline, at: now, required: .seconds(86_400),
      isShortened: false)
  }

  @Test func `a canary is observed over restarts and ends once`() throws {
    let run = try start(two, baseline: one)
    #expect((run.state, run.observed, run.probes, run.required) == (.running, .zero, 0, .seconds(86_400)))
    let samples = [
      CanarySample(offset: .milliseconds(1500), probe: "tools/list", outcome: "ok", latency: 900),
      CanarySample(offset: .seconds(60), probe: "ping", outcome: "timeout", detail: "no answer"),
    ]
    #expect(try ledger.observe(run.id, observed: .seconds(60), probes: 2, samples: samples))
    let again = try Ledger(scratch / "ledger.sqlite")
    let found = try #require(try again.runningCanary(of: plugin, tree: two))
    #expect((found.observed, found.probes, found.baseline) == (.seconds(60), 2, one))
    #expect(try again.samples(of: run.id) == samples)
    #expect(try again.endCanary(run.id, as: .passed, verdict: ["verdict": "pass"], at: now))
    #expect(try !again.endCanary(run.id, as: .failed, verdict: .null, at: now))
    #expect(try !again.observe(run.id, observed: .seconds(90), probes: 3))
    let ended = try ledger.canary(run.id)
    #expect(
      (ended.state, ended.verdict, ended.ended, ended.observed) == (.passed, ["verdict": "pass"], now, .seconds(60)))
  }

  @Test func `observed time never shrinks`() throws {
    let run = try start(two)
    try ledger.observe(run.id, observed: .seconds(60), probes: 9)
    try ledger.observe(run.id, observed: .seconds(5), probes: 1)
    #expect(try ledger.canary(run.id).observed == .seconds(60))
    #expect(try ledger.canary(run.id).probes == 9)
  }

  @Test func `another candidate starts from nothing and ends the one before`() throws {
    let first = try start(one)
    let second = try start(two)
    #expect(try ledger.canary(first.id).state == .aborted)
    #expect(try ledger.runningCanary(of: plugin, tree: one) == nil)
    #expect(try ledger.canaries(of: plugin).map(\.id) == [second.id, first.id])
  }

  @Test func `old runs lose their samples, then go`() throws {
    var ids: [Int64] = []
    for number in 0..<(Ledger.runLimit + 5) {
      let run = try start(TreeName(.of([UInt8(number)])))
      try ledger.observe(
        run.id, observed: .seconds(1), probes: 1, samples: [CanarySample(offset: .zero, probe: "ping", outcome: "ok")])
      ids.append(run.id)
    }
    #expect(try ledger.canaries(of: plugin, limit: 1000).count == Ledger.runLimit)
    let sampled = try ids.suffix(Ledger.runLimit).filter { try !ledger.samples(of: $0).isEmpty }
    #expect(sampled == ids.suffix(Ledger.sampledRunLimit))
  }

  @Test func `too many samples are thinned out: what is old gets coarser, what failed stays, what is new comes`() throws
  {
    let run = try start(two)
    for round in 0..<40 {
      let samples = (0..<10).map { number in
        CanarySample(
          arm: number.isMultiple(of: 2) ? "installed" : "candidate", offset: .seconds(Int64(round)), probe: "alive",
          outcome: round == 3 && number == 0 ? "answer-late" : "ok", latency: 1)
      }
      try ledger.observe(run.id, observed: .seconds(Int64(round)), probes: round, samples: samples, limit: 100)
    }
    let kept = try ledger.samples(of: run.id)
    #expect(kept.count <= 100 && kept.count >= 50)
    #expect(try ledger.canary(run.id).dropped == 400 - kept.count)
    #expect(kept.contains { $0.outcome == "answer-late" })
    #expect(kept.suffix(10).allSatisfy { $0.offset == .seconds(39) })
    #expect(Set(kept.map(\.arm)) == ["installed", "candidate"])
    #expect((kept.first?.offset ?? .zero) < .seconds(10))
  }

  @Test func `where nearly everything failed the oldest half goes`() throws {
    let run = try start(two)
    for round in 0..<30 {
      let samples = (0..<10).map { _ in
        CanarySample(offset: .seconds(Int64(round)), probe: "alive", outcome: "exited")
      }
      try ledger.observe(run.id, observed: .seconds(Int64(round)), probes: round, samples: samples, limit: 100)
    }
    let kept = try ledger.samples(of: run.id)
    #expect(kept.count <= 100)
    #expect(kept.last?.offset == .seconds(29))
  }

  @Test func `a run that is not there is an error`() throws {
    #expect(throws: StorageError.ledgerRow(table: "canary_runs", reason: "there is no run 77")) {
      try ledger.canary(77)
    }
  }
}
