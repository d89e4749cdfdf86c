import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct GarbageTests {
  let test: TestHost
  let files = LocalFileSystem()

  init() throws { test = try TestHost() }

  private func collect(dryRun: Bool = false) throws -> GarbageReport {
    let host = try test.open()
    return try host.collectGarbage(holding: try host.lock(), dryRun: dryRun)
  }

  @Test func `current, marked and snapshot trees stay, all others go`() throws {
    var trees: [String: TreeName] = [:]
    for version in ["1.0", "2.0"] { trees[version] = try test.install(version) }
    for version in ["3.0", "4.0", "5.0", "6.0", "7.0"] {
      trees[version] = try test.stage(try .sample(version, of: test.plugin)).name
    }
    let folder = try test.folder()
    for (mark, version) in zip(TreeMark.allCases, ["3.0", "4.0", "5.0", "6.0"]) {
      try folder.setMark(mark, to: trees[version])
    }
    let dry = try collect(dryRun: true)
    #expect(dry.trees.map(\.tree) == [trees["7.0"]].compactMap { $0 })
    #expect(try folder.trees().count == 7)
    let report = try collect()
    #expect(report.trees == dry.trees)
    #expect((report.objects, report.bytes) == (2, 16 + 19))
    #expect(Set(try folder.trees()) == Set(["1.0", "2.0", "3.0", "4.0", "5.0", "6.0"].compactMap { trees[$0] }))
    for tree in try folder.trees() { #expect(try folder.verify(tree) == []) }
    #expect(try collect() == GarbageReport())
  }

  @Test func `a mark can be taken away and only goes to a tree that is here`() throws {
    let tree = try test.install("1.0")
    let folder = try test.folder()
    try folder.setMark(.pinned, to: tree)
    #expect(try folder.marked(.pinned) == tree)
    try folder.setMark(.pinned, to: nil)
    #expect(try folder.marked(.pinned) == nil)
    #expect(throws: StorageError.noTree(name: TreeName(.of([9])).text)) {
      try folder.setMark(.pinned, to: TreeName(.of([9])))
    }
  }

  @Test func `what an interrupted run left goes`() throws {
    try test.install("1.0")
    try test.scratch.write("x", to: "host/plugins/\(test.plugin.text)/trees/abc.partial/lib/x")
    try test.scratch.write("x", to: "host/plugins/\(test.plugin.text)/snapshots/7.partial/snapshot.json")
    try test.scratch.write("x", to: "host/trash/3/state/notes.txt")
    #expect(try collect(dryRun: true).leftovers.count == 3)
    #expect(try collect().leftovers.count == 3)
    #expect(try collect() == GarbageReport())
  }

  @Test func `a plugin with an interrupted switch is passed over`() throws {
    try test.install("1.0", state: "one")
    let two = try test.stage(try .sample("2.0", of: test.plugin)).name
    _ = try? test.switching(FaultyFileSystem(failsAt: 8)).activate(two, reason: "")
    #expect(try test.switching().needsRecovery())
    #expect(try collect().skipped == [test.plugin])
    try test.switching().recover()
    #expect(try collect().skipped == [])
  }

  @Test func `a removed plugin is gone with its state, and its content after the next collection`() throws {
    try test.install("1.0", state: "one")
    let host = try test.open()
    let lock = try host.lock()
    try host.remove(try test.folder(), holding: lock)
    #expect(try host.plugins().isEmpty)
    #expect(try files.list(test.root.appending("trash")) == [])
    #expect(throws: StorageError.notInstalled(plugin: test.plugin.text)) {
      try host.remove(try test.folder(), holding: lock)
    }
    #expect(try host.collectGarbage(holding: lock, dryRun: false).objects == 3)
  }
}
