import Platform
import Releases
import Signing
import StrictJSON
import TestSupport
import Testing

@testable import Storage

/// What is kept beside a canary's row, and what a person does to a canary that another process observes.
@Suite struct CanaryNotesTests {
  let scratch: Scratch
  let ledger: Ledger
  let plugin: PluginName
  let now = ManualClock().now()

  init() throws {
    scratch = try Scratch()
    ledger = try Ledger(scratch / "ledger.sqlite")
    plugin = try PluginName("io.github.acme/time")
  }

  private func start(_ tree: UInt8 = 1) throws -> CanaryRun {
    try ledger.startCanary(
      of: plugin, version: ReleaseVersion("2.0"), tree: TreeName(.of([tree])), baseline: nil, at: now,
      required: .seconds(100), isShortened: true)
  }

  @Test func `notes are empty at first and survive a restart`() throws {
    let run = try start()
    #expect(try ledger.canaryNotes(run.id) == CanaryNotes())
    try ledger.keepErrorTail("last words", of: run.id)
    try ledger.keepRecord(["verdict": "pass"], of: run.id)
    let notes = try Ledger(scratch / "ledger.sqlite").canaryNotes(run.id)
    #expect(notes.errorTail == "last words" && notes.remark.isEmpty)
    #expect(notes.record["verdict"]?.stringValue == "pass")
    try ledger.keepRecord(.string(String(repeating: "x", count: Ledger.recordLimit)), of: run.id)
    #expect(try ledger.canaryNotes(run.id) == notes, "too large a record is not kept")
  }

  @Test func `only the newest runs keep their records`() throws {
    let runs = try (0..<UInt8(Ledger.sampledRunLimit + 2)).map { number in
      let run = try start(number)
      try ledger.keepRecord(["number": .int(Int(number))], of: run.id)
      return run
    }
    #expect(
      try runs.map { try ledger.canaryNotes($0.id).record != .null } == [false, false]
        + Array(repeating: true, count: 10))
  }

  @Test func `a canary is ended once, and whoever observes it is told`() throws {
    let run = try start()
    #expect(try ledger.observe(run.id, observed: .seconds(5), probes: 3))
    #expect(try ledger.abortCanary(run.id, remark: "me: enough", at: now))
    #expect(try !ledger.abortCanary(run.id, remark: "again", at: now))
    #expect(try !ledger.observe(run.id, observed: .seconds(9), probes: 4))
    #expect(try !ledger.endCanary(run.id, as: .passed, verdict: "pass", at: now), "no verdict after the end")
    let ended = try ledger.canary(run.id)
    #expect(ended.state == .aborted && ended.observed == .seconds(5) && ended.ended == now)
    #expect(try ledger.canaryNotes(run.id).remark == "me: enough")
  }

  @Test func `an extension only ever adds`() throws {
    let run = try start()
    try ledger.extendCanary(run.id, to: .seconds(160), remark: "more")
    #expect(try ledger.canary(run.id).required == .seconds(160))
    try ledger.extendCanary(run.id, to: .seconds(10), remark: "less")
    #expect(try ledger.canary(run.id).required == .seconds(160))
  }

  @Test func `the last samples come oldest first`() throws {
    let run = try start()
    let samples = (1...5).map { CanarySample(offset: .seconds($0), probe: "alive", outcome: "ok") }
    try ledger.observe(run.id, observed: .seconds(5), probes: 5, samples: samples)
    #expect(try ledger.lastSamples(of: run.id, limit: 2).map(\.offset) == [.seconds(4), .seconds(5)])
    #expect(try ledger.lastSamples(of: run.id, limit: -1).isEmpty)
  }
}
