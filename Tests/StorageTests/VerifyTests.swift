import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

@testable import Storage

@Suite struct VerifyTests {
  let test: TestHost
  let files = LocalFileSystem()
  let tree: TreeName

  init() throws {
    test = try TestHost()
    tree = try test.stage(try .sample("1.0", of: test.plugin)).name
  }

  private func differences(after damage: (FilePath) throws -> Void) throws -> [TreeDifference] {
    let root = try test.folder().path(of: tree)
    for folder in ["", "lib", "bin", "data"] { try files.setMode(root.appending(folder), to: 0o755) }
    try damage(root)
    for folder in ["", "lib", "bin", "data"] where try files.status(root.appending(folder))?.kind == .directory {
      try files.setMode(root.appending(folder), to: 0o555)
    }
    return try test.folder().verify(tree)
  }

  private func replace(_ path: FilePath, _ text: String, mode: UInt16 = 0o444) throws {
    try files.remove(path)
    try files.write(Array(text.utf8), creating: path, mode: mode)
  }

  @Test func `changed content of the same size is found`() throws {
    let expected = SHA256Digest.of(Array("version = '1.0'\n".utf8))
    let found = try differences { try replace($0.appending("lib/version.py"), "version = '6.6'\n") }
    let other = SHA256Digest.of(Array("version = '6.6'\n".utf8))
    #expect(found == [TreeDifference(path: "lib/version.py", kind: .content(expected: expected, found: other))])
  }

  @Test func `another size is found`() throws {
    let found = try differences { try replace($0.appending("lib/version.py"), "x") }
    #expect(found == [TreeDifference(path: "lib/version.py", kind: .size(expected: 16, found: 1))])
  }

  @Test func `a missing file, link and folder are found`() throws {
    let found = try differences { root in
      for path in ["lib/version.py", "link", "data"] { try files.remove(root.appending(path)) }
    }
    #expect(found == ["data", "lib/version.py", "link"].map { TreeDifference(path: $0, kind: .missing) })
  }

  @Test func `an extra file, folder and link are found`() throws {
    let found = try differences { root in
      try files.write([], creating: root.appending("lib/sitecustomize.py"), mode: 0o444)
      try files.makeDirectory(root.appending("cache"), mode: 0o555)
      try files.symlink(to: "/etc", at: root.appending("data/etc"))
    }
    #expect(found == ["cache", "data/etc", "lib/sitecustomize.py"].map { TreeDifference(path: $0, kind: .extra) })
  }

  @Test func `another mode of a file and of a folder is found`() throws {
    let found = try differences { try replace($0.appending("lib/version.py"), "version = '1.0'\n", mode: 0o4755) }
    #expect(found == [TreeDifference(path: "lib/version.py", kind: .mode(expected: 0o444, found: 0o4755))])
    try files.setMode(try test.folder().path(of: tree).appending("data"), to: 0o777)
    let open = TreeDifference(path: "data", kind: .mode(expected: 0o555, found: 0o777))
    #expect(try test.folder().verify(tree).contains(open))
  }

  @Test func `a link that points elsewhere is found`() throws {
    let found = try differences { root in
      try files.remove(root.appending("link"))
      try files.symlink(to: "/etc/passwd", at: root.appending("link"))
    }
    let kind = TreeDifference.Kind.target(expected: "lib/common.py", found: "/etc/passwd")
    #expect(found == [TreeDifference(path: "link", kind: kind)])
  }

  @Test func `a link where a file or a folder must be is found and not followed`() throws {
    let found = try differences { root in
      try files.remove(root.appending("lib/version.py"))
      try files.symlink(to: "common.py", at: root.appending("lib/version.py"))
      try files.removeTree(root.appending("bin"))
      try files.symlink(to: "lib", at: root.appending("bin"))
    }
    let link = TreeDifference.Kind.kind(expected: "a file", found: "a symbolic link")
    #expect(
      found == [
        TreeDifference(path: "bin", kind: .extra), TreeDifference(path: "bin/tool", kind: .missing),
        TreeDifference(path: "lib/version.py", kind: link),
      ])
  }

  @Test func `a manifest that is malformed or for another tree does not vouch`() throws {
    let other = try TestRelease.sample("2.0", of: test.plugin)
    let path = try test.folder().manifestPath(of: tree)
    try files.write(other.manifestBytes, atomicallyTo: path, mode: 0o600)
    #expect(throws: StorageError.manifestMismatch(tree: tree.tree, found: other.manifest.tree)) {
      try test.folder().verify(tree)
    }
    try files.write(Array("{".utf8), atomicallyTo: path, mode: 0o600)
    let error = #expect(throws: StorageError.self) { try test.folder().verify(tree) }
    if case .damaged(let found, _) = error {
      #expect(found == path)
    } else {
      Issue.record("\(String(describing: error))")
    }
  }

  @Test func `a tree that is not here is not verified`() throws {
    let absent = TreeName(.of([1]))
    #expect(throws: StorageError.noTree(name: absent.text)) { try test.folder().verify(absent) }
  }
}
