import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

@testable import Bundles

/// Deltas that lie, are cut, or meet a tree that is not the one that they start from.
@Suite struct DeltaAttackTests {
  /// Two releases and the delta between them, made once: no case changes them.
  private struct Fixture: Sendable {
    let bench: DeltaBench
    let old: DeltaTree
    let delta: PackedDelta
    let parts: DeltaParts

    init() throws {
      bench = try DeltaBench()
      var random = SplitMix64(seed: 3)
      let big = (0..<600_000).map { _ in UInt8(truncatingIfNeeded: random.next() & 15) }
      old = try bench.tree(
        "1.0.0", ["a.txt": .text("the first text"), "b.bin": .file(big), "c": .folder, "d.txt": .text("same")])
      let new = try bench.tree(
        "2.0.0",
        ["a.txt": .text("the second text"), "b.bin": .file([1, 2, 3] + big + [4]), "d.txt": .text("same")])
      delta = try #require(try bench.pack(from: old, to: new))
      parts = try bench.parts(of: delta)
    }
  }

  private static let fixture = Result { try Fixture() }
  private let bench: DeltaBench
  private let old: DeltaTree
  private let delta: PackedDelta
  private let parts: DeltaParts

  init() throws {
    let fixture = try Self.fixture.get()
    (bench, old, delta, parts) = (fixture.bench, fixture.old, fixture.delta, fixture.parts)
  }

  private func expectBad(
    _ field: String, _ parts: DeltaParts, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let error = try bench.refusal(parts, from: old)
    guard case .badDelta(field, _) = error else {
      Issue.record("\(String(describing: error)) instead of a word about \(field)", sourceLocation: sourceLocation)
      return
    }
  }

  @Test func `the same parts put together anew are believed`() throws {
    #expect(parts.description.frames.map(\.files) == [[1], [0]])
    #expect(parts.description.frames[0].part == 0..<600_004)
    #expect(parts.description.frames[0].sources == [DeltaFrame.Source(entry: 1, part: 0..<600_000)])
    #expect(parts.description.frames[1].sources == [DeltaFrame.Source(entry: 0)])
    #expect(try bench.refusal(parts, from: old) == nil)
    #expect(try bench.refusal(parts.describing { _ in }, from: old) == nil)
  }

  @Test func `content that is out of range, twice, or missing is refused`() throws {
    try expectBad("frames[1].new", parts.describing { $0[1].files = [2] })
    try expectBad("frames[1].new", parts.describing { $0[1].files = [.max] })
    try expectBad("frames[1].new", parts.describing { $0[1].files = [0, 0] })
    try expectBad("frames[1].new", parts.describing { $0[1].files = [1] })
    try expectBad("frames[1].new", parts.describing { $0[1].files = [] })
    try expectBad("frames", parts.describing { $0.removeLast() })
    try expectBad("frames", parts.describing { $0 = [] })
  }

  @Test func `parts with gaps, overlaps, or something in between are refused`() throws {
    func cut(_ ranges: [Range<Int64>]) -> DeltaParts {
      parts.describing { frames in
        let large = frames[0]
        frames.replaceSubrange(
          0..<1, with: ranges.map { DeltaFrame(files: large.files, part: $0, sources: large.sources) })
      }
    }
    try expectBad("frames[0].part", cut([1..<600_004]))
    try expectBad("frames[0].part", cut([0..<600_005]))
    try expectBad("frames[0].part", cut([0..<(4 << 30)]))
    try expectBad("frames[1].part", cut([0..<300_000, 300_001..<600_004]))
    try expectBad("frames[1].part", cut([0..<300_000, 299_999..<600_004]))
    try expectBad("frames[1]", cut([0..<300_000]))
    try expectBad(
      "frames",
      parts.describing {
        $0 = [$0[1], $0[0]]; $0[1].part = 0..<9
      })
    try expectBad("frames[0]", parts.describing { $0[0].files = [1, 0] })
    // Whole where parts were: the same content, so only the frame's number of entries would differ.
    #expect(try bench.refusal(parts.describing { $0[0].part = nil }, from: old) == nil)
  }

  @Test func `old content that is out of range or too much is refused`() throws {
    try expectBad("frames[1].old", parts.describing { $0[1].sources = [.init(entry: 4)] })
    try expectBad("frames[1].old", parts.describing { $0[1].sources = [.init(entry: 2)] })
    try expectBad("frames[1].old", parts.describing { $0[1].sources = [.init(entry: 1, part: 0..<600_001)] })
    try expectBad(
      "frames[1].old", parts.describing { $0[1].sources = [.init(entry: 1, part: (4 << 30)..<(8 << 30))] })
    try expectBad(
      "frames[1]", parts.describing { $0[1].sources = Array(repeating: .init(entry: 1), count: 14) })
    // Other old content than the frame was made with.
    for source in [DeltaFrame.Source(entry: 3), .init(entry: 1, part: 1..<600_000), .init(entry: 1, part: 0..<9)] {
      guard case .compression = try bench.refusal(parts.describing { $0[0].sources = [source] }, from: old) else {
        Issue.record("\(source) was not refused")
        return
      }
    }
    #expect(
      try bench.refusal(parts.describing { $0[0].sources = [] }, from: old) == .unexpectedEntry(expected: "new/0"))
  }

  @Test func `a description that is not exactly one is refused`() throws {
    let honest = String(decoding: parts.entries[0].bytes, as: UTF8.self)
    func swapped(_ one: String, _ other: String) throws -> DeltaParts {
      try #require(honest.contains(one))
      return parts.describing(Array(honest.replacing(one, with: other).utf8))
    }
    try expectBad("delta.json", parts.describing(Array("{".utf8)))
    try expectBad("delta.json", parts.describing(Array((honest + " {}").utf8)))
    try expectBad("delta.json", parts.describing(Array("[]".utf8)))
    try expectBad("delta.json", try swapped("\"format\"", "\"Format\""))
    try expectBad("delta.json", try swapped("\"format\":1", "\"format\":1,\"format\":1"))
    try expectBad("format", try swapped("\"format\":1", "\"format\":2"))
    try expectBad("format", try swapped("\"format\":1,", ""))
    try expectBad("from", try swapped("\"from\":\"", "\"from\":\"0"))
    for size in ["0", "-1", "5242881", "1.5", "\"9\"", "99999999999999999999"] {
      let part = "\"manifest\":\(parts.description.manifestSize)"
      try expectBad("manifest", try swapped(part, "\"manifest\":\(size)"))
    }
    try expectBad("frames", parts.describing { $0 = Array(repeating: $0[0], count: 16_385) })
    try expectBad("frames[0]", try swapped("{\"new\":[1]", "{\"knew\":[1]"))
    try expectBad("frames[0].new", try swapped("{\"new\":[1]", "{\"new\":[-1]"))
    try expectBad("frames[0].new", try swapped("{\"new\":[1]", "{\"new\":[1.0]"))
    try expectBad("frames[0].part", try swapped("\"part\":[0,", "\"part\":[0,0,"))
    try expectBad("frames[0].part", try swapped("\"part\":[0,600004]", "\"part\":[0,0]"))
    try expectBad("frames[0].part", try swapped("\"part\":[0,", "\"part\":[9223372036854775807,"))
    try expectBad("frames[0].old", try swapped("\"old\":[[1,0,600000]]", "\"old\":[[1,0]]"))
  }

  @Test func `another manifest size than the frame holds is refused`() throws {
    let description = DeltaDescription(
      from: parts.description.from, manifestSize: parts.description.manifestSize + 1, frames: [])
    guard case .compression = try bench.refusal(parts.describing(description.encoded()), from: old) else {
      Issue.record("a wrong size of the manifest was not refused")
      return
    }
  }

  @Test func `frames that claim more, hold more, or are followed by something are refused`() throws {
    var forged = parts
    forged.entries[4].bytes += [0]
    #expect(try bench.refusal(forged, from: old) == .trailingData)
    forged.entries[4].bytes = Array(repeating: 0, count: 2000)
    #expect(
      try bench.refusal(forged, from: old) == .partTooLarge(part: "patch/1", limit: DeltaLimits.maxFrameBytes(15)))
    let bomb = try ZstdPatch.compress([UInt8](repeating: 7, count: 1 << 20), prefix: [], level: 3)
    forged.entries[4].bytes = bomb
    #expect(
      try bench.refusal(forged, from: old) == .compression(reason: "a frame does not say that it holds 15 bytes"))
    forged = parts
    forged.entries[4].name = "patch/2"
    #expect(try bench.refusal(forged, from: old) == .unexpectedEntry(expected: "patch/1"))
    forged.entries.removeLast()
    guard case .unexpectedEntry = try bench.refusal(forged, from: old) else {
      Issue.record("a missing frame was not noticed")
      return
    }
  }

  @Test func `more behind the end, and a window beyond the limit, are refused`() throws {
    let tar = parts.tar
    let more = try DeltaBench.compress(tar + TarHeader.end)
    #expect(try bench.refusal(of: more, from: old) == .trailingData)
    let honest = try DeltaBench.compress(tar)
    #expect(try bench.refusal(of: honest + [0], from: old) == .trailingData)
    #expect(try bench.refusal(of: honest + honest, from: old) == .trailingData)
    let wide = try ZstdPatch.compress(tar + [UInt8](repeating: 0, count: 1 << 20), prefix: [], level: 1)
    #expect(try bench.refusal(of: wide, from: old) == .windowTooLarge(limit: 1 << 18))
    #expect(try bench.refusal(of: Array("no zstd".utf8), from: old) != nil)
  }

  @Test("a delta that is cut anywhere is refused", arguments: 0..<24 as Range<UInt64>)
  func cut(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let bytes = try bench.files.readAll(delta.path, limit: 1 << 20)
    let kept = seed == 0 ? bytes.count - 1 : random.below(bytes.count)
    switch try bench.refusal(of: Array(bytes.prefix(kept)), from: old) {
    case .truncated, .compression: break
    case let error: Issue.record("cut to \(kept) bytes: \(String(describing: error))")
    }
  }

  @Test("any change inside is refused, or changes nothing that comes out", arguments: 0..<8 as Range<UInt64>)
  func mutated(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var refused = 0
    for _ in 0..<20 {
      let path = try bench.scratch.write(
        try DeltaBench.compress(Self.mutated(parts.tar, &random)), to: "mutated-\(seed)")
      do {
        let reader = try bench.read(path, from: old)
        try reader.forEachFile { entry, next in
          var bytes: [UInt8] = []
          while let chunk = try next() { bytes += chunk }
          // Frames have checksums: no wrong content even gets as far as a host's digests.
          #expect(SHA256Digest.of(bytes) == entry.sha256, "\(entry.path)")
        }
      } catch is BundleError {
        refused += 1
      }
    }
    #expect(refused >= 15)
  }

  private static func mutated(_ tar: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var tar = tar
    for _ in 0...random.below(3) {
      let place = random.below(tar.count)
      let stretch = place..<min(tar.count, place + 1 + random.below(600))
      switch random.below(4) {
      case 0: tar[place] ^= 1 << UInt8(random.below(8))
      case 1: tar[place] = UInt8(truncatingIfNeeded: random.next())
      case 2: tar.removeSubrange(stretch)
      default: tar.insert(contentsOf: tar[stretch], at: random.below(tar.count))
      }
    }
    return tar
  }

  @Test func `another base, and a damaged one, are refused`() throws {
    let bench = try Fixture().bench
    // The fixture's manifests are signed with a key of its own: only the trees are taken from this one.
    let old = DeltaTree(folder: bench.scratch / "1.0.0", signed: self.old.signed)
    func refusal(from old: DeltaTree) throws -> BundleError? { try self.bench.refusal(parts, from: old) }
    let other = try bench.tree("1.0.1", ["a.txt": .text("the first text")])
    #expect(
      try refusal(from: other) == .wrongBase(offered: .of(other.signed.json), expected: .of(old.signed.json)))
    #expect(try refusal(from: old) == nil)
    try bench.scratch.write("the FIRST text", to: "1.0.0/a.txt")
    #expect(
      try refusal(from: old)
        == .damagedTree(
          path: "a.txt", offered: SHA256Digest.of(Array("the FIRST text".utf8)).hex,
          expected: SHA256Digest.of(Array("the first text".utf8)).hex))
    try bench.scratch.write([1, 2, 3], to: "1.0.0/b.bin")
    #expect(
      try refusal(from: old) == .damagedTree(path: "b.bin", offered: "3 bytes", expected: "600000 bytes"))
    try bench.files.remove(bench.scratch / "1.0.0/b.bin")
    guard case .file = try refusal(from: old) else {
      Issue.record("a missing file was not noticed")
      return
    }
  }

  @Test func `nothing is looked at without a key, and another key is refused`() throws {
    #expect(throws: BundleError.noKey(delta.path)) { try bench.read(delta.path, from: old, keys: []) }
    let other = try SecretKey.generate().publicKey
    #expect(
      throws: BundleError.signature(
        what: "bundle.json",
        .unknownKey(offered: bench.signer.publicKey.keyNumberHex, trusted: [other.keyNumberHex]))
    ) { try bench.read(delta.path, from: old, keys: [other]) }
  }

  @Test func `each refusal is a sentence that says whose turn it is`() {
    let bad = BundleError.badDelta(field: "frames[3].new", reason: "is empty")
    #expect(bad.description == "the delta is malformed: frames[3].new is empty")
    #expect(bad.blame == .repository && bad.help?.isEmpty == false)
    let damaged = BundleError.damagedTree(path: "a", offered: "3 bytes", expected: "4 bytes")
    #expect(damaged.description == "the file “a” that the delta builds on has 3 bytes instead of 4 bytes")
    #expect(damaged.blame == .machine && damaged.help?.contains("full bundle") == true)
    let (one, two) = (SHA256Digest.of([1]), SHA256Digest.of([2]))
    let base = BundleError.wrongBase(offered: one, expected: two)
    #expect(base.description.contains(one.hex) && base.description.contains(two.hex) && base.blame == .machine)
  }
}
