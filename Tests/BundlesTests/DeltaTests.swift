import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

@testable import Bundles

/// What a delta carries, and that nothing else comes out of it.
@Suite struct DeltaTests {
  let bench: DeltaBench

  init() throws { bench = try DeltaBench() }

  /// Text that does not compress away.
  private static func text(_ lines: Int, seed: UInt64) -> String {
    var random = SplitMix64(seed: seed)
    return (0..<lines).map { "line \($0) says \(random.next())\n" }.joined()
  }

  private static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SplitMix64(seed: seed)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
      let word = random.next()
      for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    bytes.removeSubrange(count...)
    return bytes
  }

  @Test func `changed, moved, renamed, new and empty files, links and folders come out as they were`() throws {
    let (long, other) = (Self.text(2000, seed: 1), Self.text(500, seed: 2))
    let length = try bench.roundTrip(
      [
        "lib/same.py": .text("same\n"), "lib/changed.py": .text(long), "lib/moved.py": .text(other),
        "foo-1.2.dist-info/RECORD": .text(Self.text(700, seed: 3)), "gone.txt": .text("gone"),
        "lib/becomes-empty": .text("x"), "bin/tool": .file(Array("tool".utf8)), "link": .link("lib/same.py"),
      ],
      [
        "lib/same.py": .text("same\n"), "lib/changed.py": .text("new first line\n" + long),
        "src/moved.py": .text(other),
        "foo-1.3.dist-info/RECORD": .text(Self.text(700, seed: 3) + "one more\n"), "new.txt": .text("something new"),
        "twin.txt": .text("something new"), "program-twin": .program(Array("something new".utf8)),
        "lib/becomes-empty": .text(""), "bin/tool": .program(Array("tool".utf8)), "link": .link("lib/changed.py"),
        "folder": .folder, "leer/größe.txt": .text("größe"),
      ])
    #expect(length < 3000, "the long texts are in the old tree")
  }

  @Test func `renamed trees with version numbers are patches of each other`() throws {
    var (before, after): ([String: DeltaBench.Item], [String: DeltaBench.Item]) = ([:], [:])
    for index in 0..<20 {
      let text = Self.text(200, seed: UInt64(index))
      before["pkg-1.2.\(index).dist-info/data\(index).txt"] = .text(text)
      after["pkg-1.3.\(index).dist-info/data\(index).txt"] = .text(text + "changed")
    }
    #expect(try bench.roundTrip(before, after) < 4000)
  }

  @Test func `a delta between equal trees holds nothing but the manifest`() throws {
    let items: [String: DeltaBench.Item] = ["a": .text("a"), "b": .text("b")]
    #expect(try bench.roundTrip(items, items) < 1200)
    #expect(try bench.roundTripParts(items).description.frames.isEmpty)
  }

  @Test func `a new tree that shares nothing comes as new frames`() throws {
    let (old, new) = (
      try bench.tree("1.0.0", ["a": .link("b"), "b": .text("")]), try bench.tree("2.0.0", ["a": .text("first")])
    )
    let parts = try bench.parts(of: try #require(try bench.pack(from: old, to: new)))
    #expect(parts.entries.map(\.name) == ["delta.json", "bundle.json.zst", "bundle.json.minisig", "new/0"])
  }

  @Test func `a large file comes in parts, each with the stretch of the old file that it came from`() throws {
    let body = Self.bytes(10 << 20, seed: 7)
    var changed = Self.bytes(2 << 20, seed: 8) + body
    changed.replaceSubrange((5 << 20)..<(5 << 20) + 1000, with: Self.bytes(1000, seed: 9))
    let (old, new) = (
      try bench.tree("1.0.0", ["weights.bin": .file(body)]), try bench.tree("2.0.0", ["weights.bin": .file(changed)])
    )
    let packed = try #require(try bench.pack(from: old, to: new))
    #expect(packed.length < (2 << 20) + 60_000, "only what was put in front and changed has to come")
    let parts = try bench.parts(of: packed)
    #expect(parts.description.frames.count == 3)
    for frame in parts.description.frames {
      let part = try #require(frame.part)
      #expect(part.upperBound - part.lowerBound <= 4 << 20)
      #expect(frame.sources.map(\.entry) == [0])
    }
    let made = try bench.unpack(try bench.read(packed.path, from: old))
    #expect(made == ["weights.bin": .file(changed)])
  }

  @Test func `the same trees give the same bytes with any number of threads`() throws {
    var (before, after): ([String: DeltaBench.Item], [String: DeltaBench.Item]) = ([:], [:])
    for index in 0..<6 {
      let bytes = Self.bytes(600 << 10, seed: UInt64(index))
      before["lib\(index).so"] = .file(bytes)
      after["lib\(index).so"] = .file(bytes.reversed() + [UInt8(index)])
      after["\(index).py"] = .text(Self.text(50, seed: UInt64(index)))
    }
    let (old, new) = (try bench.tree("1.0.0", before), try bench.tree("2.0.0", after))
    let made = try [1, 2, 4].map { try #require(try bench.pack(from: old, to: new, threads: $0, name: "delta\($0)")) }
    #expect(Set(made.map(\.sha256)).count == 1)
    #expect(made[0].length > 3 << 20)
  }

  @Test func `a delta over the limit is not kept`() throws {
    let old = try bench.tree("1.0.0", [:])
    let new = try bench.tree("2.0.0", ["a.bin": .file(Self.bytes(2 << 20, seed: 1))])
    let packed = try #require(try bench.pack(from: old, to: new, name: "whole"))
    #expect(try bench.pack(from: old, to: new, limit: packed.length, name: "fits")?.length == packed.length)
    #expect(try bench.pack(from: old, to: new, limit: packed.length - 1, name: "over") == nil)
    #expect(try bench.pack(from: old, to: new, limit: 100, name: "far-over") == nil)
    let left = try bench.files.list(bench.scratch.path).map(\.name)
    #expect(left == ["1.0.0", "2.0.0", "fits", "whole"])
  }

  @Test func `a tree that is not what its manifest says is not packed`() throws {
    let (old, new) = (
      try bench.tree("1.0.0", ["a": .text("first"), "b": .text("b")]),
      try bench.tree("2.0.0", ["a": .text("second"), "b": .text("b")])
    )
    try bench.scratch.write("other!", to: "2.0.0/a")
    #expect(throws: BundleError.changedWhilePacking("a")) { try bench.pack(from: old, to: new) }
    try bench.scratch.write("second", to: "2.0.0/a")
    try bench.scratch.write("longer than before", to: "1.0.0/a")
    #expect(throws: BundleError.changedWhilePacking("a")) { try bench.pack(from: old, to: new) }
    #expect(try bench.files.list(bench.scratch.path).map(\.name) == ["1.0.0", "2.0.0"])
  }

  @Test("random trees come out as they were", arguments: 0..<8 as Range<UInt64>)
  func random(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var (before, after): ([String: DeltaBench.Item], [String: DeltaBench.Item]) = ([:], [:])
    for index in 0..<(10 + random.below(60)) {
      let path = "d\(random.below(5))/f\(index)" + [".py", ".txt", ".so", ""][random.below(4)]
      let size = random.below(8) == 0 ? random.below(700_000) : random.below(3000)
      let bytes = Self.bytes(size, seed: random.next())
      let changed =
        Array(bytes.prefix(size / 3)) + Self.bytes(16, seed: random.next()) + Array(bytes.dropFirst(size / 2))
      switch random.below(8) {
      case 0: before[path] = .file(bytes)
      case 1: after[path] = .file(bytes)
      case 2: (before[path], after["moved/" + path]) = (.file(bytes), .file(bytes))
      case 3: (before[path], after["moved/" + path]) = (.file(bytes), .program(changed))
      case 4: (before[path], after[path]) = (.file(bytes), .program(bytes))
      case 5: (before[path], after[path]) = (.link("nowhere"), .file(bytes))
      case 6: (before[path], after[path]) = (.file(bytes), .folder)
      default: (before[path], after[path]) = (.file(bytes), .file(changed))
      }
    }
    try bench.roundTrip(before, after)
  }
}

extension DeltaBench {
  /// The parts of the delta between two trees with the same content.
  fileprivate func roundTripParts(_ items: [String: Item]) throws -> DeltaParts {
    let (old, new) = (try tree("3.0.0", items), try tree("4.0.0", items))
    return try parts(of: try #require(try pack(from: old, to: new, name: "equal")))
  }
}
