import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct StagingTests {
  let test: TestHost
  let files = LocalFileSystem()

  init() throws { test = try TestHost() }

  @Test func `a staged tree is complete, read-only and equal to its manifest`() throws {
    let release = try TestRelease.sample("1.0", of: test.plugin)
    let staged = try test.stage(release)
    #expect(staged.name == TreeName(release.manifest.tree))
    #expect(staged.path == test.path("trees/\(release.manifest.tree.hex)"))
    #expect(try test.folder().verify(staged.name) == [])
    #expect(try files.status(staged.path.appending("bin/tool"))?.mode == 0o555)
    #expect(try files.status(staged.path.appending("lib/common.py"))?.mode == 0o444)
    #expect(try files.status(staged.path.appending("lib"))?.mode == 0o555)
    #expect(try files.readLink(staged.path.appending("link")) == "lib/common.py")
    #expect(try test.folder().manifestBytes(of: staged.name) == release.manifestBytes)
    #expect(try test.folder().signatureBytes(of: staged.name) == release.signature)
    #expect(try test.folder().summary(of: staged.name).version.text == "1.0")
    #expect(try test.names("trees") == [staged.name.text])
    #expect(try test.current() == nil)
  }

  @Test func `equal content is kept once, within a tree and between trees`() throws {
    let first = try test.stage(try .sample("1.0", of: test.plugin))
    let second = try test.stage(try .sample("2.0", of: test.plugin))
    #expect((first.filesWritten, first.filesLinked) == (4, 1))
    #expect((second.filesWritten, second.filesLinked) == (3, 2))
    let inodes = try [first.path, second.path].flatMap { tree in
      try ["lib/common.py", "lib/twin.py"].map { try files.status(tree.appending($0))?.inode }
    }
    #expect(Set(inodes).count == 1)
    let key = ObjectStore.Key(.of(Array("shared = True\n".utf8)), isExecutable: false)
    #expect(try files.status(test.open().objects.path(key))?.inode == inodes.first)
  }

  @Test func `the same content with and without the right to run is kept apart`() throws {
    let release = try TestRelease("1.0", of: test.plugin, ["a": .file("same"), "b": .program("same")])
    let staged = try test.stage(release)
    #expect(try test.folder().verify(staged.name) == [])
    let objects = try test.open().objects
    let digest = SHA256Digest.of(Array("same".utf8))
    #expect(try objects.isSound(ObjectStore.Key(digest, isExecutable: false)))
    #expect(try objects.isSound(ObjectStore.Key(digest, isExecutable: true)))
  }

  @Test func `a large file arrives in pieces`() throws {
    let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let release = try TestRelease("1.0", of: test.plugin, ["big": .bytes(bytes), "small": .file("x")])
    let host = try test.open()
    let lock = try host.lock()
    for attempt in 0..<2 {
      let stager = try test.stager(release, host, lock)
      var offset = 0
      try stager.add("big") {
        guard offset < bytes.count else { return nil }
        defer { offset += 100_000 }
        return Array(bytes[offset..<min(offset + 100_000, bytes.count)])
      }
      try stager.add("small", Array("x".utf8))
      let staged = try stager.finish()
      #expect(staged.filesWritten == (attempt == 0 ? 2 : 0))
      #expect(try test.folder().verify(staged.name) == [])
    }
  }

  @Test func `content that was not signed is refused and leaves nothing`() throws {
    let release = try TestRelease("1.0", of: test.plugin, ["a": .file("good"), "b": .file("fine")])
    try refuses(release, ["a": Array("evil".utf8), "b": Array("fine".utf8)]) {
      $0
        == .digestMismatch(
          path: "a", expected: .of(Array("good".utf8)), found: .of(Array("evil".utf8)))
    }
  }

  @Test func `a large file that was not signed is refused and leaves nothing`() throws {
    let bytes = [UInt8](repeating: 7, count: 2 << 20)
    let release = try TestRelease("1.0", of: test.plugin, ["a": .bytes(bytes)])
    var wrong = bytes
    wrong[1_500_000] ^= 1
    try refuses(release, ["a": wrong]) { $0 == .digestMismatch(path: "a", expected: .of(bytes), found: .of(wrong)) }
  }

  @Test func `a file that is too long or too short is refused`() throws {
    let release = try TestRelease("1.0", of: test.plugin, ["a": .file("four")])
    try refuses(release, ["a": Array("fours".utf8)]) { $0 == .sizeMismatch(path: "a", expected: 4, found: 5) }
    try refuses(release, ["a": Array("for".utf8)]) { $0 == .sizeMismatch(path: "a", expected: 4, found: 3) }
  }

  @Test func `a file that is not listed, or comes twice, is refused`() throws {
    let release = try TestRelease("1.0", of: test.plugin, ["a": .file("four")])
    try refuses(release, ["b": []]) { $0 == .notExpected(path: "b") }
    let host = try test.open()
    let lock = try host.lock()
    let stager = try test.stager(release, host, lock)
    try stager.add("a", Array("four".utf8))
    #expect(throws: StorageError.notExpected(path: "a")) { try stager.add("a", Array("four".utf8)) }
  }

  @Test func `a tree with a missing file is not finished`() throws {
    let release = try TestRelease("1.0", of: test.plugin, ["a": .file("four"), "b": .file("five!")])
    try refuses(release, ["a": Array("four".utf8)]) { $0 == .missingFiles(count: 1, first: ["b"]) }
  }

  @Test func `an object that rotted is never linked into a tree`() throws {
    let first = try test.stage(try .sample("1.0", of: test.plugin))
    let common = first.path.appending("lib/common.py")
    try files.setMode(common, to: 0o644)
    let file = try files.openForAppending(common)
    try file.write(Array("bad".utf8))
    try file.close()
    try files.setMode(common, to: 0o444)
    let second = try test.stage(try .sample("2.0", of: test.plugin))
    #expect(try test.folder().verify(second.name) == [])
    #expect(try test.folder().verify(first.name).map(\.path) == ["lib/common.py", "lib/twin.py"])
  }

  @Test func `staging a tree again repairs it in place`() throws {
    let release = try TestRelease.sample("1.0", of: test.plugin)
    let tree = try test.install("1.0")
    let file = test.path("current").appending("lib/version.py")
    try files.setMode(test.path("current/lib"), to: 0o755)
    try files.remove(file)
    #expect(try test.folder().verify(tree).count == 2)
    try test.stage(release)
    #expect(try test.folder().verify(tree) == [])
    #expect(try test.current() == tree)
    #expect(try test.names("trees") == [tree.text])
  }

  @Test func `a second manifest for the same files gets a name of its own`() throws {
    let items: [String: TestRelease.Item] = ["a": .file("same")]
    let one = try TestRelease("1.0", of: test.plugin, items)
    let two = try TestRelease("1.1", of: test.plugin, items)
    #expect(one.manifest.tree == two.manifest.tree)
    let first = try test.stage(one)
    let second = try test.stage(two)
    #expect(first.name == TreeName(one.manifest.tree))
    #expect(second.name == TreeName(one.manifest.tree, manifest: .of(two.manifestBytes)))
    #expect(TreeName(second.name.text) == second.name)
    let folder = try test.folder()
    #expect(try folder.manifest(of: first.name).version.text == "1.0")
    #expect(try folder.manifest(of: second.name).version.text == "1.1")
    #expect(try folder.tree(withManifest: two.manifestBytes, of: two.manifest.tree) == second.name)
    #expect(try folder.verify(second.name) == [])
  }

  @Test func `content of a tree that is here is reused, unsound content is not`() throws {
    let first = try test.stage(try .sample("1.0", of: test.plugin))
    let next = try TestRelease.sample("2.0", of: test.plugin)
    let host = try test.open()
    let lock = try host.lock()
    try files.removeTree(test.root.appending("objects"))
    try files.makeDirectory(test.root.appending("objects"), mode: 0o700)
    let stager = try test.stager(next, host, lock)
    #expect(try stager.reuse("lib/common.py", from: first.path.appending("lib/common.py")))
    #expect(try stager.reuse("lib/twin.py"))
    #expect(try !stager.reuse("lib/version.py", from: first.path.appending("lib/version.py")))
    #expect(stager.wants("lib/version.py"))
    for path in ["lib/version.py", "lib/empty.py", "bin/tool"] { try stager.add(path, next.contents[path] ?? []) }
    let staged = try stager.finish()
    #expect(try test.folder().verify(staged.name) == [])
  }

  private func refuses(
    _ release: TestRelease, _ contents: [String: [UInt8]], _ matches: (StorageError) -> Bool
  ) throws {
    let host = try test.open()
    let lock = try host.lock()
    let error = #expect(throws: StorageError.self) {
      let stager = try test.stager(release, host, lock)
      do {
        for (path, bytes) in contents.sorted(by: { $0.key < $1.key }) {
          var rest: [UInt8]? = bytes
          try stager.add(path) {
            defer { rest = nil }
            return rest
          }
        }
      } catch {
        stager.abandon()
        throw error
      }
      _ = try stager.finish()
    }
    #expect(error.map(matches) == true)
    for folder in ["plugins", "objects"] { #expect(try files.list(test.root.appending(folder)) == []) }
  }
}
