import Releases
import Signing
import TestSupport
import Testing

@testable import Bundles

/// Which old file a new one is compared with, and where in a large one its content is looked for.
@Suite struct DeltaMatcherTests {
  private static func entry(_ path: String, size: Int64 = 100, _ seed: UInt8 = 0) throws -> TreeEntry {
    let digest = SHA256Digest.of(Array(path.utf8) + [seed])
    return try TreeEntry(path: path, kind: .file(mode: 0o644, size: size, sha256: digest))
  }

  private static func sorted(_ entries: [TreeEntry]) -> [TreeEntry] {
    entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// The path that the first of the new entries is compared with.
  private func match(_ path: String, size: Int64 = 100, among old: [TreeEntry], kept: [TreeEntry] = []) throws
    -> String?
  {
    let new = Self.sorted([try Self.entry(path, size: size, 1)] + kept)
    let old = Self.sorted(old + kept)
    let index = try #require(new.sortedIndex(of: path))
    return DeltaMatcher(old: old, new: new).match(index).map { old[$0].path }
  }

  @Test(arguments: [
    ("foo-1.2.3.dist-info/RECORD", "foo-#.dist-info/RECORD"), ("lib2.so.6", "lib#.so.#"), ("a.b", "a.b"),
    ("v1.x", "v#.x"), ("1..2", "#..#"), ("", ""), ("größe-12", "größe-#"),
  ])
  func `version numbers do not tell names apart`(path: String, shape: String) {
    #expect(DeltaMatcher.shape(path) == shape)
  }

  @Test func `the same path comes before any other likeness`() throws {
    let old = [try Self.entry("a/x-1.py"), try Self.entry("a/x-2.py"), try Self.entry("b/x-1.py")]
    #expect(try match("a/x-2.py", among: old) == "a/x-2.py")
  }

  @Test func `then the same path with another version, then the same name, those that are gone first`() throws {
    let stays = try Self.entry("pkg-1.0/data.json")
    let old = [try Self.entry("pkg-1.1/data.json"), try Self.entry("other/data.json")]
    #expect(try match("pkg-1.2/data.json", among: old, kept: [stays]) == "pkg-1.1/data.json")
    #expect(try match("elsewhere/data.json", size: 90, among: old, kept: [stays]) == "other/data.json")
    #expect(try match("elsewhere/data.json", among: [], kept: [stays]) == "pkg-1.0/data.json")
  }

  @Test func `then what is gone, of the same kind, and about as large`() throws {
    let old = [try Self.entry("old.so", size: 1000), try Self.entry("small.so", size: 10), try Self.entry("old.py")]
    #expect(try match("new.so", size: 900, among: old) == "old.so")
    #expect(try match("new.so", size: 90_000, among: old) == nil)
    #expect(try match("new.txt", among: old) == nil)
  }

  @Test func `content that moved is found again, and content that is nowhere is looked for in its place`() throws {
    var random = SplitMix64(seed: 5)
    let old = (0..<400_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    // The second half first, and in front of it something that was never there.
    let strange = (0..<100_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    let new = strange + old[200_000...] + old[..<200_000]
    let (oldSize, newSize) = (Int64(old.count), Int64(new.count))
    let alignment = try DeltaAlignment(oldSize: oldSize, newSize: newSize) { take in take(old) }
    let parts: [Range<Int64>] = [0..<100_000, 100_000..<300_000, 300_000..<500_000]
    let found = try alignment.stretches(for: parts, length: 220_000) { take in
      for begin in stride(from: 0, to: new.count, by: 7000) { take(Array(new[begin..<min(new.count, begin + 7000)])) }
    }
    #expect(found.map { $0.upperBound - $0.lowerBound } == [220_000, 220_000, 220_000])
    #expect(found[0].lowerBound == 0)
    #expect(found[1].lowerBound <= 200_000 && found[1].upperBound == 400_000)
    #expect(found[2].lowerBound == 0 && found[2].upperBound >= 200_000)
    let all = try alignment.stretches(for: parts, length: 400_000) { _ in }
    #expect(all == [0..<400_000, 0..<400_000, 0..<400_000])
  }
}
