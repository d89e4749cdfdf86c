import Releases
import Signing
import StrictJSON
import Testing

@Suite("trees that try to break out") struct TreeTests {
  @Test(
    "paths that are refused",
    arguments: [
      "", "/etc/passwd", "..", "../x", "a/../b", "a/..", ".", "./a", "a/./b", "a//b", "a/", "a\\b", "a\nb", "a\u{0}b",
      "a\u{7f}b", "a\u{85}b", "\u{9b}31m", String(repeating: "x", count: 256),
      String(repeating: "a/", count: 64) + "a", String(repeating: "0123456/", count: 128) + "x",
    ])
  func badPaths(path: String) throws {
    #expect(throws: ReleaseError.self) { try Samples.file(path) }
  }

  @Test(
    "paths that are allowed",
    arguments: [
      "a", "a/b/c", "...", "a..b", ".hidden", "with space", "ümlaut", "日本/語", "a:b", "-rf", "@scope/pkg", "\"quoted\"",
      String(repeating: "a/", count: 63) + "a", String(repeating: "x", count: 255),
    ])
  func goodPaths(path: String) throws {
    #expect(try Samples.file(path).path == path)
  }

  @Test(
    "links that leave the tree",
    arguments: [
      ("link", "/etc/passwd"), ("link", ".."), ("link", "../x"), ("a/link", "../../x"), ("a/b/link", "../../../x"),
      ("link", "a/.."), ("link", "a/../.."), ("a/b/c", "../d/../../x"), ("link", ""), ("link", "a//b"), ("link", "./a"),
      ("link", "a/"), ("link", "a\u{0}"), ("link", "."),
    ])
  func badLinks(path: String, target: String) throws {
    let error = #expect(throws: ReleaseError.self) { try TreeEntry(path: path, kind: .symlink(target: target)) }
    #expect(error?.field == "target")
  }

  @Test(
    "links that stay inside",
    arguments: [
      ("link", "a"), ("a/link", ".."), ("a/link", "../b"), ("a/b/link", "../../c/d"), ("bin/python", "python3"),
    ])
  func goodLinks(path: String, target: String) throws {
    #expect(try TreeEntry(path: path, kind: .symlink(target: target)).kind == .symlink(target: target))
  }

  @Test("modes that are refused", arguments: [0o4755, 0o777, 0o600, 0, 0o2755, 0o1755, 0o666] as [UInt16])
  func modes(mode: UInt16) {
    #expect(throws: ReleaseError.self) { try Samples.file("a", mode: mode) }
  }

  @Test("sizes that are refused", arguments: [-1, TreeEntry.maxFileSize + 1, .min, .max] as [Int64])
  func sizes(size: Int64) {
    #expect(
      problem { _ = try Samples.file("a", size: size) }
        == .outOfRange(offered: size, minimum: 0, maximum: TreeEntry.maxFileSize))
  }

  @Test(
    "entries that cannot stand together",
    arguments: [
      (["a", "a"], .duplicate("a")),
      (["README", "readme"], .collision("README", "readme")),
      (["Lib/x", "lib/y"], .collision("Lib", "lib")),
      (["Lib/x", "lib"], .collision("Lib", "lib")),
      (["\u{e9}", "e\u{301}"], .collision("e\u{301}", "\u{e9}")),
      (["STRASSE", "straße"], .collision("STRASSE", "straße")),
      (["a", "a/b"], .notAFolder("a")),
      (["a", "a.b", "a/b"], .notAFolder("a")),
      (["x/y", "x/y/z/w"], .notAFolder("x/y")),
    ] as [([String], ReleaseError.Problem)])
  func collisions(paths: [String], expected: ReleaseError.Problem) throws {
    let entries = try paths.map { path in try Samples.file(path) }
    #expect(problem { _ = try Samples.manifest(entries: entries) } == expected)
  }

  @Test func `nothing stands below a link or a folder that is listed as empty`() throws {
    let below = try Samples.file("d/x")
    for kind in [TreeEntry.Kind.symlink(target: "e"), .directory] {
      let entries = [try TreeEntry(path: "d", kind: kind), below]
      #expect(problem { _ = try Samples.manifest(entries: entries) } == .notAFolder("d"))
    }
  }

  @Test func `the digest of a tree is that of its canonical JSON`() throws {
    let manifest = try Samples.manifest(entries: [
      Samples.file("say \"hi\""), Samples.file("ümlaut/日本"), Samples.file("bin/run", mode: 0o755),
      TreeEntry(path: "l", kind: .symlink(target: "say \"hi\"")), TreeEntry(path: "e", kind: .directory),
    ])
    let canonical = try JSON.array(manifest.entries.map(\.json)).canonicalBytes()
    #expect(SHA256Digest.of(canonical) == manifest.tree)
    #expect(TreeHasher.digest(of: manifest.entries) == manifest.tree)
  }

  @Test func `each part of an entry counts in the digest`() throws {
    let base = try Samples.file("a")
    let others = [
      try Samples.file("b"), try Samples.file("a", size: 4), try Samples.file("a", mode: 0o755),
      try TreeEntry(path: "a", kind: .file(mode: 0o644, size: 3, sha256: Samples.otherDigest)),
      try TreeEntry(path: "a", kind: .directory), try TreeEntry(path: "a", kind: .symlink(target: "b")),
    ]
    let digests = Set(([base] + others).map { TreeHasher.digest(of: [$0]) })
    #expect(digests.count == others.count + 1)
  }
}
