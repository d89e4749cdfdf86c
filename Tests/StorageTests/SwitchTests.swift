import Platform
import Releases
import Signing
import StrictJSON
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct SwitchTests {
  let test: TestHost
  let files = LocalFileSystem()

  init() throws { test = try TestHost() }

  @Test func `the first activation makes current and state`() throws {
    let tree = try test.stage(try .sample("1.0", of: test.plugin)).name
    let outcome = try test.switching().activate(tree, reason: "install")
    #expect(outcome == SwitchOutcome(from: nil, to: tree, saved: nil, restored: nil, skipped: [], changed: true))
    #expect(try files.readLink(test.path("current")) == FilePath("trees/\(tree.text)"))
    #expect(try files.status(test.path("state"))?.kind == .directory)
    #expect(try test.folder().snapshots() == [])
  }

  @Test func `an update keeps code, state and details of what it replaces`() throws {
    let one = try test.install("1.0", state: "one")
    let two = try test.stage(try .sample("2.0", of: test.plugin)).name
    let outcome = try test.switching().activate(two, reason: "update to 2.0", details: ["permissions": ["net": []]])
    #expect(outcome == SwitchOutcome(from: one, to: two, saved: 1, restored: nil, skipped: [], changed: true))
    #expect(try test.current() == two)
    #expect(try test.state() == "one")
    let snapshot = try test.folder().snapshot(1)
    #expect((snapshot.number, snapshot.tree, snapshot.version.text) == (1, one, "1.0"))
    #expect(snapshot.created == test.clock.now())
    #expect(snapshot.reason == "update to 2.0")
    #expect(snapshot.details == ["permissions": ["net": []]])
    #expect(try test.scratch.text("host/plugins/\(test.plugin.text)/snapshots/1/state/notes.txt") == "one")
  }

  @Test func `activating what is current changes nothing`() throws {
    let one = try test.install("1.0")
    let outcome = try test.switching().activate(one, reason: "again")
    #expect(!outcome.changed)
    #expect(try test.folder().snapshots() == [])
  }

  @Test func `a tree that is not complete is not activated`() throws {
    let one = try test.install("1.0")
    let absent = TreeName(.of([1]))
    #expect(throws: StorageError.noTree(name: absent.text)) { try test.switching().activate(absent, reason: "") }
    #expect(try test.current() == one)
  }

  @Test func `a rollback brings the state of that moment back and can be undone`() throws {
    let one = try test.install("1.0", state: "one")
    let two = try test.install("2.0", state: "two")
    let back = try test.switching().rollback(to: .previous, keepState: false, reason: "rollback to 1.0")
    #expect(back == SwitchOutcome(from: two, to: one, saved: 2, restored: 1, skipped: [], changed: true))
    #expect(try test.current() == one)
    #expect(try test.state() == "one")
    #expect(try test.folder().snapshots().map(\.version.text) == ["2.0", "1.0"])
    let forth = try test.switching().rollback(to: .previous, keepState: false, reason: "undo")
    #expect((forth.to, forth.saved, forth.restored) == (two, 3, 2))
    #expect(try test.state() == "two")
    #expect(try test.names("") == ["current", "journal", "lock", "manifests", "snapshots", "state", "trees"])
  }

  @Test func `a rollback can leave the state in place`() throws {
    let one = try test.install("1.0", state: "one")
    try test.install("2.0", state: "two")
    let outcome = try test.switching().rollback(to: .previous, keepState: true, reason: "")
    #expect((outcome.to, outcome.restored) == (one, nil))
    #expect(try test.state() == "two")
    #expect(try test.scratch.text("host/plugins/\(test.plugin.text)/snapshots/2/state/notes.txt") == "two")
  }

  @Test func `a rollback goes to a version, a snapshot or a tree`() throws {
    let one = try test.install("1.0", state: "one")
    let two = try test.install("2.0", state: "two")
    try test.install("3.0", state: "three")
    let switching = try test.switching()
    #expect(try switching.source(for: .version(ReleaseVersion("1.0"))).tree == one)
    #expect(try switching.source(for: .snapshot(2)).tree == two)
    #expect(try switching.source(for: .tree(one.tree)).snapshot?.number == 1)
    let absent = try ReleaseVersion("9")
    #expect(throws: StorageError.noSnapshot(wanted: "version 9", kept: ["2 (2.0)", "1 (1.0)"])) {
      try switching.rollback(to: .version(absent), keepState: false, reason: "")
    }
    _ = try switching.rollback(to: .version(ReleaseVersion("1.0")), keepState: false, reason: "")
    #expect(try test.state() == "one")
  }

  @Test func `a kept tree without a snapshot comes back with the present state`() throws {
    let one = try test.stage(try .sample("1.0", of: test.plugin)).name
    try test.install("2.0", state: "two")
    let outcome = try test.switching().rollback(to: .tree(one.tree), keepState: false, reason: "")
    #expect((outcome.to, outcome.restored) == (one, nil))
    #expect(try test.state() == "two")
  }

  @Test func `a rollback needs something current and something kept`() throws {
    try test.stage(try .sample("1.0", of: test.plugin))
    #expect(throws: StorageError.nothingCurrent(plugin: test.plugin.text)) {
      try test.switching().rollback(to: .previous, keepState: false, reason: "")
    }
    try test.install("1.0")
    #expect(throws: StorageError.noSnapshot(wanted: "the previous release", kept: [])) {
      try test.switching().rollback(to: .previous, keepState: false, reason: "")
    }
  }

  @Test func `three bad updates in a row never evict the last good one`() throws {
    let good = try test.install("1.0", state: "good")
    try test.folder().setMark(.lastKnownGood, to: good)
    for version in ["2.0", "3.0", "4.0", "5.0", "6.0"] { try test.install(version, state: version) }
    #expect(try test.folder().snapshots().map(\.version.text) == ["5.0", "4.0", "3.0", "1.0"])
    let host = try test.open()
    _ = try host.collectGarbage(holding: try host.lock(), dryRun: false)
    _ = try test.switching().rollback(to: .tree(good.tree), keepState: false, reason: "")
    #expect(try test.state() == "good")
    #expect(try test.folder().verify(good) == [])
  }

  @Test func `every bad update that is rolled back leaves the last good state`() throws {
    let good = try test.install("1.0", state: "good")
    try test.folder().setMark(.lastKnownGood, to: good)
    for version in ["2.0", "3.0", "4.0", "5.0"] {
      try test.install(version, state: "bad")
      _ = try test.switching().rollback(to: .previous, keepState: false, reason: "bad")
      #expect(try test.current() == good)
      #expect(try test.state() == "good")
    }
    #expect(try test.folder().snapshots().count <= Retention.newest + 1)
  }

  @Test func `a plugin that somebody holds is not switched`() throws {
    try test.install("1.0")
    let two = try test.stage(try .sample("2.0", of: test.plugin)).name
    let lock = try test.folder().lock()
    let error = #expect(throws: StorageError.self) { try test.switching().activate(two, reason: "") }
    withExtendedLifetime(lock) {}
    if case .locked = error {} else { Issue.record("\(String(describing: error))") }
  }

  @Test func `a link that leads out of the trees is damage, not a release`() throws {
    try test.install("1.0")
    try files.remove(test.path("current"))
    try files.symlink(to: "/etc", at: test.path("current"))
    let error = #expect(throws: StorageError.self) { try test.current() }
    if case .damaged = error {} else { Issue.record("\(String(describing: error))") }
  }
}
