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

  private func collect(dryRun: Bool = false) throws -> HostInventory {
    let host = try test.open()
    return try host.collectGarbage(holding: try host.lock(), dryRun: dryRun)
  }

  /// Nothing is left to remove, and nothing is without an explanation.
  private func expectClean(_ inventory: HostInventory) {
    #expect(inventory.removable == [] && inventory.unexplained == [])
    #expect((inventory.unusedObjects, inventory.bytes) == (0, 0))
  }

  /// The bytes of all files below the host, each counted once however many names it has.
  private func bytes() throws -> Int64 {
    var (pending, seen, sum) = ([test.root], Set<UInt64>(), Int64(0))
    while let path = pending.popLast() {
      guard let status = try files.status(path) else { continue }
      if status.kind == .directory { pending += try files.list(path).map { path.appending($0.component) } }
      if status.kind == .file, seen.insert(status.inode).inserted { sum += status.size }
    }
    return sum
  }

  @Test func `current, marked and snapshot trees stay, all others go, exactly as was said before`() throws {
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
    #expect(dry.removableTrees.map(\.tree) == [trees["7.0"]].compactMap { $0 })
    let why = Dictionary(uniqueKeysWithValues: dry.kept.map { ($0.tree, $0.reasons) })
    #expect(trees["1.0"].flatMap { why[$0] } == ["snapshot 1"] && trees["2.0"].flatMap { why[$0] } == ["current"])
    #expect(trees["3.0"].flatMap { why[$0] } == ["last-known-good"])
    #expect(trees["4.0"].flatMap { why[$0] } == ["pinned"])
    #expect(try folder.trees().count == 7)
    let before = try bytes()
    #expect(try collect() == dry)
    // Two objects that only 7.0 had, and what lies beside its tree.
    let after = try bytes()
    #expect(dry.unusedObjects == 2 && before - dry.bytes == after)
    #expect(Set(try folder.trees()) == Set(["1.0", "2.0", "3.0", "4.0", "5.0", "6.0"].compactMap { trees[$0] }))
    for tree in try folder.trees() { #expect(try folder.verify(tree) == []) }
    expectClean(try collect())
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
    let tree = try test.install("1.0")
    let own = "host/plugins/\(test.plugin.text)/"
    for name in [
      own + "trees/\(tree).partial/lib/x", own + "snapshots/7.partial/snapshot.json",
      own + "manifests/\(tree).json.partial",
      own + "state.next/x", own + ".soak-\(tree).json.0123456789ab.new", "host/trash/3/state/notes.txt",
      "host/.host-id.0123456789ab.new", "host/repositories/half/roots/1.root.json",
    ] { try test.scratch.write("x", to: name) }
    try files.symlink(to: FilePath("trees/\(tree)"), at: test.path("current.new"))
    #expect(try collect(dryRun: true).leftovers.count == 9)
    let report = try collect()
    #expect(report.leftovers.count == 9 && report.unexplained == [])
    expectClean(try collect())
  }

  @Test func `what nobody can explain is named and stays`() throws {
    try test.install("1.0")
    let own = "host/plugins/\(test.plugin.text)/"
    let strange = [
      "host/notes.txt", own + "backup/state", own + "trees/mine/x", own + "snapshots/old/x", "host/objects/ab/readme",
      "host/objects/index", own + "state.old/notes.txt", "host/plugins/readme", "host/repositories/readme",
    ]
    for name in strange { try test.scratch.write("x", to: name) }
    let report = try collect()
    #expect(report.unexplainedCount == strange.count && report.removable == [])
    for name in strange {
      let path = test.scratch / name
      #expect(report.unexplained.contains { path.starts(with: $0) }, "\(name)")
      #expect(try files.exists(path), "\(name)")
    }
  }

  @Test func `a plugin with an interrupted switch is passed over`() throws {
    try test.install("1.0", state: "one")
    let two = try test.stage(try .sample("2.0", of: test.plugin)).name
    _ = try? test.switching(FaultyFileSystem(failsAt: 8)).activate(two, reason: "")
    #expect(try test.switching().needsRecovery())
    let report = try collect()
    #expect(report.skipped == [test.plugin] && report.removable == [] && report.unexplained == [])
    try test.switching().recover()
    #expect(try collect().skipped == [])
  }

  @Test func `a removed plugin is gone with its state, and its content after the next collection`() throws {
    try test.install("1.0", state: "one")
    let host = try test.open()
    let lock = try host.lock()
    try host.remove(try test.folder(), holding: lock)
    #expect(try host.plugins().isEmpty)
    #expect(try files.list(test.root.appending("plugins")).isEmpty, "the namespace went with its last plugin")
    #expect(try files.list(test.root.appending("trash")) == [])
    #expect(throws: StorageError.notInstalled(plugin: test.plugin.text)) {
      try host.remove(try test.folder(), holding: lock)
    }
    #expect(try host.collectGarbage(holding: lock, dryRun: false).unusedObjects == 3)
  }

  @Test func `a plugin that was only fetched goes as a whole`() throws {
    try test.stage(try .sample("1.0", of: test.plugin))
    let before = try bytes()
    let report = try collect()
    #expect(report.removable.map(\.waste) == [.plugin] && report.unusedObjects == 3)
    let after = try bytes()
    #expect(before - report.bytes == after)
    #expect(try test.open().plugins().isEmpty)
    expectClean(try collect())
  }

  @Test func `downloads, quarantine and soaks stay for as long as somebody uses them`() throws {
    try test.install("1.0")
    let digest = SHA256Digest.of([1]).hex
    for name in [
      "downloads/\(digest).part", "downloads/\(SHA256Digest.of([2]).hex)", "quarantine/1-\(digest)",
      "canary/\(test.plugin.text)/x/state/notes", "sandboxes/running/serin-1-2-3/owner.json",
      "sandboxes/running/serin-4-5-6/owner.json",
    ] { try test.scratch.write("x", to: "host/" + name) }
    let host = try test.open()
    let lock = try host.lock()
    var use = HostUse()
    use.downloads = [digest]
    use.busy = [test.plugin]
    use.liveSandboxes = ["serin-1-2-3"]
    use.deadSandboxes = ["serin-4-5-6"]
    let wastes = { (use: HostUse) in
      try host.collectGarbage(holding: lock, use: use, dryRun: true).removable.map(\.waste.rawValue).sorted()
    }
    #expect(try wastes(use) == ["download", "quarantine", "sandbox"])
    use.settledBefore = Instant(seconds: 0)
    #expect(try wastes(use) == ["quarantine", "sandbox"], "the other download may be somebody's")
    use = HostUse()
    use.deadSandboxes = ["serin-1-2-3", "serin-4-5-6"]
    #expect(try wastes(use) == ["canary", "download", "download", "quarantine", "sandbox", "sandbox"])
    try host.collectGarbage(holding: lock, use: use, dryRun: false)
    #expect(try wastes(use) == ["sandbox", "sandbox"], "their runtime has to remove them")
  }
}
