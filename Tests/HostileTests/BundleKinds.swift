import Bundles
import Releases
import Signing
import TestSupport

/// Bundles that their publisher's key signed, and that hold something else than their manifest says.
enum BundleKinds {
  static let all: [HostileKind] = entries + headers + manifests

  private static func entries(
    _ name: String, _ outcome: String, _ change: @escaping @Sendable (inout [[UInt8]]) -> Void
  ) -> HostileKind {
    .bundle("bundle", name, outcome) { try $0.bundle(changing: change) }
  }

  /// The tree's first entry is 2, its first file 4: data, lib/a.txt, link, main.py.
  private static let entries: [HostileKind] = [
    entries("nothing wrong", "accepted") { _ in }, entries("an entry missing", "unexpectedEntry") { $0.remove(at: 3) },
    entries("the last entry missing", "unexpectedEntry") { $0.removeLast() },
    entries("an entry too many", "unexpectedEntry") { $0.append(Forge.entry("tree/zzz", [1])) },
    entries("an entry outside of the tree", "unexpectedEntry") { $0.insert(Forge.entry("../x", [1]), at: 3) },
    entries("an entry twice", "unexpectedEntry") { $0.insert($0[3], at: 3) },
    entries("another order", "unexpectedEntry") { $0.swapAt(2, 3) },
    entries("signature before manifest", "unexpectedEntry") { $0.swapAt(0, 1) },
    entries("no signature", "unexpectedEntry") { $0.remove(at: 1) },
    entries("no manifest", "unexpectedEntry") { $0.remove(at: 0) },
    entries("a second manifest", "unexpectedEntry") { $0.insert($0[0], at: 2) },
    entries("a pax header in front of an entry", "unexpectedEntry") {
      var tar = HostileTar()
      tar.pax(HostileTar.record("path", "../x"))
      $0.insert(tar.bytes, at: 3)
    },
    entries("a pax header for all entries", "unexpectedEntry") {
      var tar = HostileTar()
      tar.pax(HostileTar.record("path", "../x"), type: "g")
      $0.insert(tar.bytes, at: 0)
    },
    entries("a GNU long name", "unexpectedEntry") {
      var tar = HostileTar()
      tar.add("././@LongLink", "../x\u{0}", type: "L")
      $0.insert(tar.bytes, at: 3)
    },
    entries("a symbolic link in the place of a file", "unexpectedEntry") {
      $0[3] = TarHeader.bytes(path: "tree/lib/a.txt", kind: .symlink(target: "/etc/passwd"))
    },
    entries("a link to another place", "unexpectedEntry") {
      $0[4] = TarHeader.bytes(path: "tree/link", kind: .symlink(target: "../../x"))
    },
    entries("another mode", "unexpectedEntry") {
      $0[3] = Forge.entry("tree/lib/a.txt", Array("the first\n".utf8), mode: 0o755)
    },
    entries("longer content", "unexpectedEntry") {
      $0[3] = Forge.entry("tree/lib/a.txt", Array("the first\nand more\n".utf8))
    },
    entries("other content of the same length", "StorageError.digestMismatch") { $0[3][512] ^= 1 },
    entries("content in the padding", "unexpectedEntry") { $0[3][600] = 1 },
    entries("a changed byte in the manifest", "signature.badSignature") { $0[0][600] ^= 1 },
    entries("a manifest that claims 5 MiB and one byte", "partTooLarge") {
      $0[0] = TarHeader.bytes(path: "bundle.json", kind: .file(mode: 0o644, size: (5 << 20) + 1))
    },
    entries("a manifest that claims 8 GiB", "partTooLarge") {
      $0[0] = TarHeader.bytes(path: "bundle.json", kind: .file(mode: 0o644, size: TarHeader.maxSize))
    },
    entries("a signature of 1 MiB", "partTooLarge") {
      $0[1] = Forge.entry("bundle.json.minisig", [UInt8](repeating: 65, count: 1 << 20))
    },
    entries("a signature that is not text", "notText") { $0[1] = Forge.entry("bundle.json.minisig", [0xff, 0xfe]) },
    entries("an empty signature", "signature.wrongLineCount") { $0[1] = Forge.entry("bundle.json.minisig", []) },
    .bundle("bundle", "a signature for another release", "wrongTrustedComment") { forge in
      let comment = "plugin:io.github.acme/time version:9.0.0 platform:any"
      return forge.bundle(try forge.front(forge.manifest.encoded(), comment: comment) + forge.entries().dropFirst(2))
    },
    .bundle("bundle", "half an end", "truncated") { $0.bundle(try $0.entries(), end: 512) },
    .bundle("bundle", "an end too long", "trailingData") { $0.bundle(try $0.entries(), end: 1536) },
    .bundle("bundle", "no end", "truncated") { $0.bundle(try $0.entries(), end: 0) },
  ]

  private static func header(
    _ name: String, at offset: Int, _ bytes: [UInt8], outcome: String = "unexpectedEntry"
  ) -> HostileKind {
    entries("a header with \(name)", outcome) { entries in
      var block = Array(entries[3].prefix(512))
      block.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
      block.replaceSubrange(148..<156, with: "        ".utf8)
      let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
      block.replaceSubrange(
        148..<156, with: Array(String(repeating: "0", count: 6 - sum.count).utf8) + sum.utf8 + [0, 32])
      entries[3] = block + entries[3].dropFirst(512)
    }
  }

  private static let headers: [HostileKind] = [
    header("setuid", at: 100, Array("0004755".utf8)), header("an owner", at: 108, Array("0001750".utf8)),
    header("a time", at: 136, Array("14000000000".utf8)), header("the type of a device", at: 156, Array("3".utf8)),
    header("the type of a hard link", at: 156, Array("1".utf8)), header("a link's target", at: 157, Array("/etc".utf8)),
    header("the magic of GNU", at: 257, Array("ustar  \u{0}".utf8)),
    header("a user's name", at: 265, Array("root".utf8)),
    header("a prefix", at: 345, Array("..".utf8)), header("something behind its fields", at: 511, [1]),
    header("a size in base 256", at: 124, [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10]),
    header("a negative size", at: 124, [UInt8](repeating: 0xff, count: 12)),
    entries("a header with a wrong checksum", "unexpectedEntry") { $0[3][150] ^= 1 },
  ]

  private static func manifest(
    _ name: String, _ outcome: String, _ old: String, _ new: String
  ) -> HostileKind {
    .bundle("manifest", name, outcome) { try $0.bundle(saying: { $0.replacing(old, with: new) }) }
  }

  private static func path(_ name: String, _ path: String, _ outcome: String = "release.invalid") -> HostileKind {
    manifest("a path \(name)", outcome, #""path":"main.py""#, "\"path\":\"\(path)\"")
  }

  private static let manifests: [HostileKind] = [
    path("that climbs", "../main.py"), path("that climbs inside", "a/../../main.py"),
    path("that is absolute", "/main.py"), path("with an empty part", "a//main.py"), path("with a dot", "./main.py"),
    path("with a backslash", #"..\\main.py"#), path("with a line feed", #"m\nain.py"#),
    path("with NUL", #"main\u0000.py"#),
    path("that is empty", ""), path("with a control character beyond ASCII", "m\u{85}.py"),
    path("that is too long", String(repeating: "m", count: 300), "release.tooLong"),
    path("that is too deep", String(repeating: "m/", count: 70) + "m", "release.tooMany"),
    path("that is there twice", "link", "release.duplicate"), path("out of order", "a", "release.outOfOrder"),
    path("below a link", "link/x", "release.notAFolder"), path("below an empty folder", "data/x", "release.outOfOrder"),
    manifest("a path that collides in case", "release.collision", #""path":"main.py""#, #""path":"lınk""#),
    manifest("a path that collides in Unicode", "release.collision", #""path":"main.py""#, #""path":"lin\u212a""#),
    manifest("a link out of the tree", "release.invalid", #""target":"lib/a.txt""#, #""target":"../x""#),
    manifest("an absolute link", "release.invalid", #""target":"lib/a.txt""#, #""target":"/etc/passwd""#),
    manifest("a link through a link", "release.invalid", #""target":"lib/a.txt""#, #""target":"lib/../../x""#),
    manifest("setuid", "release.invalid", #""mode":"0644""#, #""mode":"4755""#),
    manifest("a device", "release.invalid", #""type":"symlink""#, #""type":"device""#),
    manifest("a negative size", "release.outOfRange", #""size":10"#, #""size":-10"#),
    manifest("a size of 2^60", "release.outOfRange", #""size":10"#, #""size":1152921504606846976"#),
    manifest("a size that is no number", "release.wrongKind", #""size":10"#, #""size":"10""#),
    manifest("a digest of 65 digits", "release.invalid", #""tree": ""#, #""tree": "0"#),
    .bundle("manifest", "another digest of the tree", "release.mismatch") { forge in
      try forge.bundle(saying: { $0.replacing(forge.manifest.tree.hex, with: String(repeating: "0", count: 64)) })
    },
    manifest("another total", "release.mismatch", #""totalSize": "#, #""totalSize": 1"#),
    manifest("a format of the future", "release.unsupportedFormat", #""format": 1"#, #""format": 2"#),
    manifest("a field twice", "release.unreadable", #""format": 1"#, #""format": 1, "format": 1"#),
    .bundle("manifest", "something behind its end", "release.unreadable") { try $0.bundle(saying: { $0 + "{}" }) },
    .bundle("manifest", "no JSON", "release.unreadable") { try $0.bundle(saying: { _ in "no" }) },
    .bundle("manifest", "100,000 brackets", "release.unreadable") {
      try $0.bundle(saying: { _ in String(repeating: "[", count: 100_000) })
    },
    .bundle("manifest", "one entry too many", "release.tooMany") { forge in
      let entry = #"{"path":"main.py","type":"directory"}"#
      let entries = Array(repeating: entry, count: BundleManifest.maxEntries + 1).joined(separator: ",")
      return try forge.bundle(saying: {
        $0[..<($0.firstRange(of: "\"entries\"")?.lowerBound ?? $0.endIndex)] + "\"entries\": [\(entries)]}"
      })
    },
  ]
}
