import Bundles
import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

/// Bundles with good signatures whose tar does not hold what the signed manifest says.
@Suite struct ForgedBundleTests {
  let bench: Workbench

  init() throws { bench = try Workbench() }

  /// The plain tar of the usual plugin's bundle, cut into its entries of header and padded content.
  private func entries() async throws -> [[UInt8]] {
    let bundle = try bench.packSample()
    let tar = try await bench.run("zstd", ["-d", "-c", bundle.path.string]).stdout
    var entries: [[UInt8]] = []
    var offset = 0
    while tar[offset] != 0 {
      let size = tar[(offset + 124)..<(offset + 135)].reduce(0) { $0 * 8 + Int($1) - 48 }
      var end = offset + 512 + (size + 511) / 512 * 512
      // A pax header belongs to the entry behind it.
      if tar[offset + 156] == UInt8(ascii: "x") {
        let next = tar[(end + 124)..<(end + 135)].reduce(0) { $0 * 8 + Int($1) - 48 }
        end += 512 + (next + 511) / 512 * 512
      }
      entries.append(Array(tar[offset..<end]))
      offset = end
    }
    #expect(Array(tar[offset...]) == [UInt8](repeating: 0, count: 1024))
    return entries
  }

  private func verdict(_ entries: [[UInt8]], end: Int = 1024) async throws -> BundleError? {
    let tar = Array(entries.joined()) + [UInt8](repeating: 0, count: end)
    return try bench.verdict(try await bench.forge(tar: tar))
  }

  private func expectUnexpected(_ entries: [[UInt8]], _ hint: String) async throws {
    guard case .unexpectedEntry = try await verdict(entries) else {
      Issue.record("\(hint) was not refused")
      return
    }
  }

  @Test func `the same tar put together anew is believed`() async throws {
    let entries = try await entries()
    #expect(entries.count == Workbench.sample.count + 2)
    #expect(try await verdict(entries) == nil)
  }

  @Test func `a missing entry is refused`() async throws {
    let honest = try await entries()
    for index in 2..<honest.count {
      var entries = honest
      entries.remove(at: index)
      try await expectUnexpected(entries, "without entry \(index)")
    }
  }

  @Test func `an extra entry is refused`() async throws {
    let honest = try await entries()
    var extra = HostileTar()
    extra.add("tree/zzz", "extra")
    for index in 2...honest.count {
      var entries = honest
      entries.insert(extra.bytes, at: index)
      try await expectUnexpected(entries, "with an extra entry at \(index)")
    }
  }

  @Test func `entries in another order or twice are refused`() async throws {
    var entries = try await entries()
    entries.swapAt(2, 3)
    try await expectUnexpected(entries, "another order")
    entries.swapAt(2, 3)
    entries.insert(entries[2], at: 2)
    try await expectUnexpected(entries, "an entry twice")
  }

  @Test(arguments: [100, 108, 136, 156, 157, 265, 345, 511])
  func `a header with any other byte is refused`(offset: Int) async throws {
    var entries = try await entries()
    entries[2][offset] ^= 1
    try await expectUnexpected(entries, "byte \(offset) of a header")
  }

  @Test func `padding with content is refused`() async throws {
    var entries = try await entries()
    entries[2][entries[2].count - 1] = 1
    try await expectUnexpected(entries, "content in the padding")
  }

  @Test func `other content of the same length is refused`() async throws {
    var entries = try await entries()
    entries[2][512] ^= 1
    guard case .wrongContent("README.md", _, _) = try await verdict(entries) else {
      Issue.record("changed content was not refused")
      return
    }
  }

  @Test func `a changed manifest is refused by its signature`() async throws {
    var entries = try await entries()
    entries[0][600] ^= 1
    guard case .signature("bundle.json", .badSignature) = try await verdict(entries) else {
      Issue.record("a changed manifest was not refused")
      return
    }
  }

  @Test func `the manifest comes first and its signature second`() async throws {
    var entries = try await entries()
    entries.swapAt(0, 1)
    #expect(try await verdict(entries) == .unexpectedEntry(expected: "bundle.json"))
    entries.swapAt(0, 1)
    entries.remove(at: 1)
    #expect(try await verdict(entries) == .unexpectedEntry(expected: "bundle.json.minisig"))
  }

  @Test func `more than the end behind the last entry is refused`() async throws {
    let entries = try await entries()
    #expect(try await verdict(entries, end: 1536) == .trailingData)
    #expect(try await verdict(entries, end: 512) == .truncated(missing: "the end of the tar"))
    #expect(try await verdict(entries, end: 0) == .truncated(missing: "the end of the tar"))
  }

  @Test func `a manifest that claims to be huge is refused before it is read`() async throws {
    var tar = HostileTar()
    tar.add(name: Array("bundle.json".utf8), [], claimedSize: 0o7777777777)
    let error = try bench.verdict(try await bench.forge(tar: tar.closed))
    #expect(error == .unexpectedEntry(expected: "bundle.json"), "the owner of that header is not 0")
  }

  @Test func `a window beyond the limit is refused`() async throws {
    let tar = Array(try await entries().joined()) + [UInt8](repeating: 0, count: 2 << 20)
    let forged = try await bench.forge(tar: tar, zstd: ["--long=27", "--check"])
    #expect(try bench.verdict(forged) == .windowTooLarge(limit: 8 << 20))
  }

  @Test func `a frame without a checksum is no worse than one with it`() async throws {
    let tar = Array(try await entries().joined()) + [UInt8](repeating: 0, count: 1024)
    #expect(try bench.verdict(try await bench.forge(tar: tar, zstd: ["--no-check"])) == nil)
  }

  @Test func `what is no bundle at all is refused`() async throws {
    guard case .compression = try bench.verdict(try bench.sign(forged: Array("plain text".utf8))) else {
      Issue.record("plain text was not refused")
      return
    }
    #expect(try bench.verdict(try bench.sign(forged: [])) == .truncated(missing: "the end of the compressed data"))
    let empty = try await bench.forge(tar: [])
    #expect(try bench.verdict(empty) == .truncated(missing: "bundle.json"))
  }
}
