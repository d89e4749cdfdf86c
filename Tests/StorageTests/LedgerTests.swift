import Platform
import Releases
import Signing
import StrictJSON
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct LedgerTests {
  let scratch: Scratch
  let ledger: Ledger
  let plugin: PluginName
  let other: PluginName
  let now = ManualClock().now()
  let one = TreeName(.of([1]))
  let two = TreeName(.of([2]), manifest: .of([3]))

  init() throws {
    scratch = try Scratch()
    ledger = try Ledger(scratch / "ledger.sqlite")
    plugin = try PluginName("io.github.acme/time")
    other = try PluginName("io.github.acme/git")
  }

  @Test func `the error number of a refusal is read from SQLite's log`() {
    let full = "os_unix.c:43353: (28) write(/host/ledger.sqlite-shm) - No space left on device"
    #expect(LedgerLog.errorNumber(in: full) == 28)
    #expect(LedgerLog.errorNumber(in: "os_unix.c:44: (5) full_fsync(/x) - Input/output error") == 5)
    for other in ["", "os_unix.c:44", "os_unix.c:44: (x) y", "statement aborts at 4: (28) disk is full"] {
      #expect(LedgerLog.errorNumber(in: other) == nil, "\(other)")
    }
  }

  @Test func `installs come back, change and go`() throws {
    var install = InstallRecord(
      plugin: plugin, repository: "main", channel: .stable, policy: ["soak": "24h"], installed: now, changed: now)
    try ledger.save(install)
    #expect(try ledger.install(of: plugin) == install)
    install.version = try ReleaseVersion("1.0")
    install.tree = two
    install.channel = .beta
    install.changed = now.advanced(by: .seconds(5))
    try ledger.save(install)
    #expect(try Ledger(scratch / "ledger.sqlite").installs() == [install])
    #expect(try ledger.install(of: other) == nil)
    try ledger.forget(plugin)
    #expect(try ledger.installs() == [])
  }

  @Test func `a sequence floor only rises, and outlives the plugin`() throws {
    #expect(try ledger.sequenceFloor(repository: "main", plugin: plugin, channel: .stable) == nil)
    for (offered, floor) in [(7, 7), (5, 7), (9, 9)] as [(Int64, Int64)] {
      #expect(
        try ledger.raiseSequenceFloor(repository: "main", plugin: plugin, channel: .stable, to: offered) == floor)
    }
    try ledger.forget(plugin)
    #expect(try ledger.sequenceFloor(repository: "main", plugin: plugin, channel: .stable) == 9)
    #expect(try ledger.sequenceFloor(repository: "main", plugin: plugin, channel: .beta) == nil)
  }

  @Test func `configuration values are set, kept and removed one by one`() throws {
    let zone = UserConfigRecord(key: "zone", value: "Europe/Vienna", isSensitive: false)
    let token = UserConfigRecord(key: "token", value: ["a", "b"], isSensitive: true)
    try ledger.setUserConfig([zone, token], of: plugin)
    #expect(try ledger.userConfig(of: plugin) == [token, zone])
    try ledger.setUserConfig([UserConfigRecord(key: "token", value: .null, isSensitive: true)], of: plugin)
    #expect(try ledger.userConfig(of: plugin) == [zone])
    #expect(try ledger.userConfig(of: other) == [])
  }

  @Test func `history is kept in order and by plugin`() throws {
    var first = HistoryEntry(time: now, plugin: plugin, event: "install", toTree: one, reason: "asked for")
    first.toVersion = try ReleaseVersion("1.0")
    var second = HistoryEntry(time: now, plugin: other, event: "hold", reason: "because", details: ["a": 1])
    first.id = try ledger.record(first)
    second.id = try ledger.record(second)
    #expect(try ledger.history() == [second, first])
    #expect(try ledger.history(of: plugin) == [first])
    #expect(try ledger.history(limit: 1) == [second])
  }

  @Test func `an approval is for one release and one kind`() throws {
    let approval = Approval(
      plugin: plugin, tree: two, kind: "permission-widening", who: "ann", time: now, reason: "needs the network")
    try ledger.approve(approval)
    var again = approval
    again.who = "bob"
    try ledger.approve(again)
    #expect(try ledger.approvals(of: plugin) == [again])
    #expect(try ledger.approvals(of: plugin, tree: two) == [again])
    #expect(try ledger.approvals(of: plugin, tree: one) == [])
  }

  @Test func `holds end by themselves or are lifted`() throws {
    let bad = try ReleaseVersion("2.0")
    let forever = try ledger.place(Hold(plugin: plugin, kind: .hold, version: bad, reason: "crashed", created: now))
    let hour = Hold(plugin: plugin, kind: .hold, until: now.advanced(by: .seconds(3600)), reason: "busy", created: now)
    let timed = try ledger.place(hour)
    #expect(try ledger.holds(of: plugin, at: now) == [forever, timed])
    #expect(try ledger.holds(at: now.advanced(by: .seconds(3600))) == [forever])
    let replaced = try ledger.place(Hold(plugin: plugin, kind: .hold, version: bad, reason: "worse", created: now))
    #expect(try ledger.holds(of: plugin, at: now) == [timed, replaced])
    #expect(try ledger.lift(of: plugin, version: bad) == 1)
    #expect(try ledger.lift(of: plugin, kind: .skip) == 0)
    #expect(try ledger.lift(of: plugin) == 1)
    #expect(try ledger.holds(at: now) == [])
  }

  @Test func `there is only one pin`() throws {
    for version in ["1.0", "2.0"] {
      try ledger.place(
        Hold(plugin: plugin, kind: .pin, version: ReleaseVersion(version), reason: "stay", created: now))
    }
    #expect(try ledger.holds(of: plugin, at: now).map(\.version?.text) == ["2.0"])
  }

  @Test func `entries of clients are remembered by file and name, and forgotten`() throws {
    var entry = ConnectionRecord(
      plugin: plugin, client: "cursor", scope: "user", path: "/home/ann/.cursor/mcp.json", key: "time",
      phase: .connecting, details: ["lead": "\n"], time: now)
    try ledger.save(entry)
    #expect(try ledger.connections() == [entry])
    entry.phase = .connected
    entry.entry = .of([7])
    try ledger.save(entry)
    var second = entry
    second.plugin = other
    second.key = "git"
    try ledger.save(second)
    #expect(try ledger.connections() == [second, entry])
    #expect(try ledger.connections(of: plugin) == [entry])
    // What stands in a client's file outlives the plugin.
    try ledger.forget(plugin)
    #expect(try ledger.connections(of: plugin) == [entry])
    try ledger.forgetConnection("time", at: entry.path)
    #expect(try ledger.connections() == [second])
  }

  @Test func `a file that is no ledger is refused with a reason`() throws {
    let path = try scratch.write(String(repeating: "this is no database. ", count: 300), to: "bad.sqlite")
    let error = #expect(throws: StorageError.self) { _ = try Ledger(path) }
    #expect(error == .ledgerUnusable(path: path, reason: "it is damaged or no SQLite file"))
  }

  @Test func `a ledger with flipped bytes gives errors and never a crash`() throws {
    for number in 0..<200 {
      try ledger.record(
        HistoryEntry(time: now, plugin: plugin, event: "event \(number)", reason: String(repeating: "x", count: 400)))
    }
    #expect(try ledger.findings() == [])
    try ledger.checkpoint()
    let bytes = try scratch.read("ledger.sqlite")
    for seed in 0..<40 {
      var damaged = bytes
      for offset in stride(from: 100 + seed * 7, to: damaged.count, by: 211) { damaged[offset] ^= 0x55 }
      let path = try scratch.write(damaged, to: "damaged\(seed).sqlite")
      // Typed throws say the rest: whatever SQLite finds becomes a StorageError.
      let found = try? Ledger(path).findings()
      let entries = try? Ledger(path).history()
      #expect(found != [] || entries?.count == 100 || entries == nil)
    }
  }
}
