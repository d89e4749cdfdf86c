import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct RepairTests {
  let test: TestHost
  let host: HostFolder
  let files = LocalFileSystem()
  let shared = Array("shared".utf8)

  init() throws {
    test = try TestHost()
    try test.install(.small("1.0", of: test.plugin))
    try test.install(.small("2.0", of: test.plugin))
    host = try test.open()
  }

  private var key: ObjectStore.Key { ObjectStore.Key(.of(shared), isExecutable: false) }

  /// Changes a file in place, and with it everything that is a further name of it.
  private func damage(_ path: FilePath, to text: String = "SHARED") throws {
    let mode = try #require(try files.status(path)).mode
    try files.setMode(path, to: 0o644)
    try files.truncate(path, to: 0)
    let file = try files.openForAppending(path)
    try file.write(Array(text.utf8))
    try file.close()
    try files.setMode(path, to: mode)
  }

  private func rebuild(_ tree: TreeName, _ lock: HostLock) throws -> RebuildOutcome {
    let folder = try test.folder()
    return try host.rebuild(
      tree, manifest: folder.manifest(of: tree), json: folder.manifestBytes(of: tree),
      signature: folder.signatureBytes(of: tree), holding: lock)
  }

  @Test func `every object is compared with its name, content and mode`() throws {
    let good = try host.checkObjects()
    #expect((good.objects, good.bytes, good.bad) == (3, 12, []))
    try damage(host.objects.path(key))
    let other = ObjectStore.Key(.of(Array("1.0".utf8)), isExecutable: true)
    try files.setMode(host.objects.path(other), to: 0o755)
    let found = try host.checkObjects().bad.sorted { $0.key.isExecutable && !$1.key.isExecutable }
    #expect(found.map(\.problem) == [.mode(expected: 0o555, found: 0o755), .content(found: .of(Array("SHARED".utf8)))])
    #expect(found[1].description.contains("has other content"))
    try files.remove(host.objects.path(other))
    try files.makeDirectory(host.objects.path(other), mode: 0o700)
    #expect(try host.checkObjects().bad.contains { $0.problem == .kind(found: "a folder") })
  }

  @Test func `a damaged object damages every tree that has it, and is replaced in all of them`() throws {
    try damage(host.objects.path(key))
    let lock = try host.lock()
    let check = try host.checkObjects()
    for bad in check.bad { try host.mend(bad, holding: lock) }
    #expect(try host.quarantine.entries().map(\.name) == ["1-" + key.digest.hex])
    let folder = try test.folder()
    let trees = try folder.trees()
    for tree in trees {
      let found = try folder.verify(tree, against: folder.manifest(of: tree), knowing: host.soundObjects(after: check))
      #expect(found.map(\.path) == ["shared"])
      #expect(try rebuild(tree, lock) == .lacks(files: 1), "nobody has the content any more")
    }
    // A sound copy comes from elsewhere: with it all trees can be made anew, and share it again.
    try files.makeDirectories(host.objects.path(key).removingLastComponent())
    try files.write(shared, creating: host.objects.path(key), mode: 0o444)
    for tree in trees {
      #expect(try rebuild(tree, lock) == .rebuilt)
      #expect(try folder.verify(tree) == [])
    }
    #expect(try files.status(host.objects.path(key))?.links == UInt64(trees.count + 1))
    #expect(try host.checkObjects().bad == [])
    let pruned = try host.collectGarbage(holding: lock, dryRun: false)
    #expect(pruned.removable.map(\.waste) == [.quarantine] && pruned.unexplained == [])
    #expect(try host.quarantine.entries() == [])
  }

  @Test func `a sound file of another tree takes the place of a damaged object`() throws {
    // The tree of 2.0 gets a copy of its own, so that only the object and the tree of 1.0 are damaged.
    let folder = try test.folder()
    let two = try #require(try folder.current())
    let copy = folder.path(of: two).appending("shared")
    try files.setMode(folder.path(of: two), to: 0o755)
    try files.remove(copy)
    try files.write(shared, creating: copy, mode: 0o444)
    try files.setMode(folder.path(of: two), to: 0o555)
    try damage(host.objects.path(key))
    let lock = try host.lock()
    let check = try host.checkObjects()
    for bad in check.bad { try host.mend(bad, holding: lock) }
    let known = host.soundObjects(after: check)
    #expect(try folder.verify(two, against: folder.manifest(of: two), knowing: known) == [])
    for tree in try folder.trees() where tree != two { #expect(try rebuild(tree, lock) == .rebuilt) }
    for tree in try folder.trees() { #expect(try folder.verify(tree) == []) }
  }

  @Test func `a mode that somebody changed is put right in place`() throws {
    try files.setMode(host.objects.path(key), to: 0o644)
    let lock = try host.lock()
    for bad in try host.checkObjects().bad { try host.mend(bad, holding: lock) }
    #expect(try host.checkObjects().bad == [] && host.quarantine.entries().isEmpty)
    for tree in try test.folder().trees() { #expect(try test.folder().verify(tree) == []) }
  }

  @Test func `extra, missing and replaced entries of a tree are gone after it was made anew`() throws {
    let folder = try test.folder()
    let tree = try #require(try folder.current())
    let root = folder.path(of: tree)
    for path in [root, root.appending("bin")] { try files.setMode(path, to: 0o755) }
    try test.scratch.write("x", to: "host/plugins/\(test.plugin.text)/trees/\(tree)/extra/x")
    try files.remove(root.appending("shared"))
    try files.remove(root.appending("bin/tool"))
    try files.symlink(to: "/etc/passwd", at: root.appending("bin/tool"))
    #expect(try rebuild(tree, host.lock()) == .rebuilt)
    #expect(try folder.verify(tree) == [])
    try files.removeTree(root)
    #expect(try rebuild(tree, host.lock()) == .rebuilt, "even when all of it is gone")
    #expect(try folder.verify(tree) == [])
  }

  @Test(arguments: [FaultyFileSystem.Fault.kills, .cutsPower])
  func `a repair that is cut leaves the tree complete, or as it was`(fault: FaultyFileSystem.Fault) throws {
    for step in stride(from: 0, to: 81, by: 3) {
      let test = try TestHost()
      let tree = try test.install(.small("1.0", of: test.plugin))
      let folder = try test.folder()
      try files.setMode(folder.path(of: tree), to: 0o755)
      try test.scratch.write("x", to: "host/plugins/\(test.plugin.text)/trees/\(tree)/extra")
      try files.setMode(folder.path(of: tree), to: 0o555)
      let faulty = FaultyFileSystem(failsAt: step, fault: fault)
      let host = try HostFolder.open(test.root, machine: test.machine(faulty))
      _ = try? host.rebuild(
        tree, manifest: folder.manifest(of: tree), json: folder.manifestBytes(of: tree),
        signature: folder.signatureBytes(of: tree), holding: host.lock())
      #expect(try folder.current() == tree)
      let found = try folder.verify(tree)
      #expect(found.isEmpty || found == [TreeDifference(path: "extra", kind: .extra)], "step \(step), \(fault)")
      let open = try test.open()
      #expect(try open.inventory(holding: open.lock()).unexplained == [])
      if !faulty.isDead { return }
    }
    Issue.record("the repair never came to its end")
  }

  @Test func `quarantine is bounded, and the oldest go first`() throws {
    for number in 1...Quarantine.maxFiles { try test.scratch.write("", to: "host/quarantine/\(number)-x\(number - 1)") }
    for number in Quarantine.maxFiles..<(Quarantine.maxFiles + 3) {
      try test.scratch.write("\(number)", to: "host/objects/x\(number)")
      try host.quarantine.take(test.root.appending("objects/x\(number)"))
    }
    let kept = try host.quarantine.entries()
    #expect(kept.count == Quarantine.maxFiles)
    #expect((kept.first?.name, kept.last?.name) == ("4-x3", "259-x258"))
    let large = try test.scratch.write("", to: "host/objects/large")
    try files.truncate(large, to: Quarantine.maxBytes + 1)
    try host.quarantine.take(large)
    #expect(try !files.exists(large) && host.quarantine.entries() == kept, "what is too large is not kept")
    let half = try test.scratch.write("", to: "host/objects/half")
    try files.truncate(half, to: Quarantine.maxBytes)
    try host.quarantine.take(half)
    #expect(try host.quarantine.entries().map(\.name) == ["260-half"])
  }
}
