import Platform
import Releases
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// A tree that is made of what is here already, without a single byte from elsewhere.
@Suite struct ReuseTests {
  let test: TestHost
  let files = LocalFileSystem()

  init() throws { test = try TestHost() }

  @Test func `a tree is made of objects alone, twins and empty files included`() throws {
    let release = try TestRelease.sample("1.0", of: test.plugin)
    let first = try test.stage(release)
    let host = try test.open()
    let lock = try host.lock()
    // The tree is broken: somebody removed a file of it, its objects are all there.
    try files.setMode(first.path.appending("lib"), to: 0o755)
    try files.remove(first.path.appending("lib/version.py"))
    let stager = try test.stager(release, host, lock)
    #expect(try stager.reuseAll() == 5)
    #expect(stager.missing == 0)
    let again = try stager.finish()
    #expect(again.bytesWritten == 0)
    #expect(try test.folder().verify(again.name) == [])
  }

  @Test func `content is found in another tree wherever it stood`() throws {
    let old = try TestRelease(
      "1.0", of: test.plugin, ["bin/tool": .program("tool"), "a/one": .file("one"), "a/two": .file("two")])
    let new = try TestRelease(
      "2.0", of: test.plugin, ["bin/tool": .program("tool"), "b/one": .file("one"), "b/three": .file("three")])
    let staged = try test.stage(old)
    let host = try test.open()
    try files.removeTree(host.objects.root)
    try files.makeDirectory(host.objects.root, mode: 0o700)
    let lock = try host.lock()
    let stager = try test.stager(new, host, lock)
    #expect(try stager.reuseAll(from: staged.path, holding: old.manifest.entries) == 2)
    #expect(stager.missing == 1 && stager.wants("b/three"))
    try stager.add("b/three", Array("three".utf8))
    let made = try stager.finish()
    #expect(try test.folder().verify(made.name) == [])
    #expect(
      try files.status(made.path.appending("b/one"))?.inode == files.status(staged.path.appending("a/one"))?.inode)
  }

  @Test func `what was changed is not reused, neither from the store nor from the tree`() throws {
    let old = try TestRelease("1.0", of: test.plugin, ["bin/tool": .program("tool"), "one": .file("one")])
    let new = try TestRelease("2.0", of: test.plugin, ["bin/tool": .program("tool"), "one": .file("one")])
    let staged = try test.stage(old)
    // One inode under both names: whoever changes the object changes the tree with it.
    try files.setMode(staged.path.appending("one"), to: 0o644)
    let file = try files.openForAppending(staged.path.appending("one"))
    try file.write(Array("!".utf8))
    try file.close()
    try files.setMode(staged.path.appending("one"), to: 0o444)
    let host = try test.open()
    let lock = try host.lock()
    let stager = try test.stager(new, host, lock)
    #expect(try stager.reuseAll(from: staged.path, holding: old.manifest.entries) == 1)
    #expect(stager.wants("one"))
    #expect(throws: StorageError.missingFiles(count: 1, first: ["one"])) { try stager.finish() }
  }

  @Test func `a reuse that is given up leaves nothing`() throws {
    let release = try TestRelease.sample("1.0", of: test.plugin)
    try test.stage(release)
    let host = try test.open()
    let lock = try host.lock()
    let stager = try test.stager(try .sample("2.0", of: test.plugin), host, lock)
    #expect(try stager.reuseAll() == 3)
    stager.abandon()
    #expect(try test.names("trees") == [TreeName(release.manifest.tree).text])
  }
}
