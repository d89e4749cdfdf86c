import TestSupport

/// Sizes, checksums and ends that do not fit, and what pax and GNU can say beside a header.
enum TarFieldKinds {
  static let all: [HostileKind] = sizes + ends + pax + sparse

  private static func size(_ name: String, _ outcome: String, _ field: [UInt8]) -> HostileKind {
    .tar("size", name, outcome) { $0.add(name: [0x61], [1, 2, 3], size: field) }
  }

  private static let sizes: [HostileKind] = [
    size("garbage", "archive.damaged", Array("zzzzzzzzzzzz".utf8)),
    size("digits that are not octal", "archive.damaged", Array("00000000009\u{0}".utf8)),
    size("negative in base 256", "archive.damaged", [0xff] + [UInt8](repeating: 0xff, count: 10) + [0xfe]),
    size("largest in base 256", "archive.damaged", [0x80] + [UInt8](repeating: 0xff, count: 11)),
    size("larger than the file", "archive.damaged", Array("77777777777\u{0}".utf8)),
    size("with spaces", "accepted", Array("         3 \u{0}".utf8)),
    size("smaller than the content", "archive.damaged", Array("00000000000\u{0}".utf8)),
    .tar("size", "pax says more than the file", "archive.damaged") {
      $0.pax(HostileTar.record("size", "99999999999"))
      $0.add("a", "content")
    },
    .tar("size", "pax says a negative size", "archive.damaged") {
      $0.pax(HostileTar.record("size", "-1"))
      $0.add("a", "content")
    },
    .tar("size", "pax says more than a number holds", "archive.damaged") {
      $0.pax(HostileTar.record("size", "99999999999999999999999"))
      $0.add("a", "content")
    },
    .tar("size", "wrong checksum", "archive.damaged") {
      var other = HostileTar()
      other.add("a", "content")
      var bytes = other.bytes
      bytes[0] ^= 1
      $0.append(bytes)
    },
    .tar("size", "a link with content", "archive.damaged") { $0.add("a", "content", type: "2", link: "manifest.json") },
  ]

  private static func whole(
    _ name: String, _ outcome: String, _ make: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> HostileKind {
    .archive("end", name, outcome) { _ in
      var tar = HostileTar()
      tar.add("manifest.json", "{}")
      tar.add(name: Array("big".utf8), [UInt8](repeating: 7, count: 100_000))
      return make(tar.bytes)
    }
  }

  private static let ends: [HostileKind] = [
    whole("cut in content", "archive.damaged") { Array($0.prefix(50_000)) },
    whole("cut in a header", "archive.damaged") { Array($0.prefix(1200)) },
    whole("no end at all", "accepted") { $0 },
    whole("half an end", "accepted") { $0 + [UInt8](repeating: 0, count: 512) },
    whole("garbage behind the end", "accepted") { $0 + [UInt8](repeating: 0, count: 1024) + Array("../../x".utf8) },
    whole("a second tar behind the end", "accepted") {
      var other = HostileTar()
      other.add("../x", "content")
      return $0 + [UInt8](repeating: 0, count: 1024) + other.closed
    },
    whole("nothing but an end", "accepted") { _ in [UInt8](repeating: 0, count: 1024) },
    whole("an empty file", "archive.unknownFormat") { _ in [] },
    whole("text", "archive.unknownFormat") { _ in Array("not an archive at all\n".utf8) },
  ]

  private static func record(_ name: String, _ outcome: String, _ bytes: String) -> HostileKind {
    .tar("pax", name, outcome) {
      $0.pax(Array(bytes.utf8))
      $0.add("a", "content")
    }
  }

  private static let pax: [HostileKind] = [
    record("a record shorter than it says", "archive.damaged", "30 path=x\n"),
    record("a record longer than it says", "archive.damaged", "6 path=x\n"),
    record("a record of length 0", "archive.damaged", "0 path=x\n"),
    record("a record of negative length", "archive.damaged", "-9 path=x\n"),
    record("a record without a length", "archive.damaged", "path=x\n"),
    record("a record without a key", "archive.damaged", "5 =x\n"),
    record("a record without an equals sign", "archive.damaged", "7 path\n"),
    record("a record without a line feed", "archive.damaged", "10 path=xx"),
    record("a length of 40 digits", "archive.damaged", String(repeating: "9", count: 40) + " path=x\n"),
    .tar("pax", "2 MiB of records", "archive.damaged") {
      $0.pax(HostileTar.record("comment", String(repeating: "x", count: 2 << 20)))
      $0.add("a", "content")
    },
    .tar("pax", "a header that claims 8 GiB", "archive.damaged") {
      $0.add(name: Array("x".utf8), [], type: "x", claimedSize: 0o77777777777)
    },
    .tar("pax", "a path for all entries", "accepted") {
      $0.pax(HostileTar.record("path", "../../x"), type: "g")
      $0.add("a", "content")
    },
    .tar("pax", "two headers in a row", "archive.damaged") {
      $0.pax(HostileTar.record("path", "fine"))
      $0.pax(HostileTar.record("path", "../x"))
      $0.add("a", "content")
    },
    .tar("pax", "a path that is not UTF-8", "archive.notUTF8") {
      $0.pax(Array("10 path=".utf8) + [0xff, 10])
      $0.add("a", "content")
    },
    .tar("pax", "binary names", "archive.notUTF8") {
      $0.pax(HostileTar.record("hdrcharset", "BINARY"), Array("10 path=".utf8) + [0xff, 10])
      $0.add("a", "content")
    },
    .tar("pax", "attributes and access lists", "accepted") {
      $0.pax(
        HostileTar.record("SCHILY.xattr.security.capability", "\u{1}\u{0}\u{0}\u{2}"),
        HostileTar.record("SCHILY.acl.access", "user::rwx,group::rwx,other::rwx"))
      $0.add("a", "content")
    },
    .tar("pax", "times out of all range", "accepted") {
      $0.pax(HostileTar.record("mtime", "99999999999999999999.999999999999"), HostileTar.record("atime", "-1e9"))
      $0.add("a", "content")
    },
    .tar("pax", "a header without an entry", "archive.damaged") { $0.pax(HostileTar.record("path", "x")) },
    .tar("pax", "a GNU long name of 2 MiB", "archive.damaged") {
      $0.add("././@LongLink", String(repeating: "x", count: 2 << 20), type: "L")
      $0.add("a", "content")
    },
    .tar("pax", "a Solaris access list", "archive.damaged") {
      $0.add("x", "garbage", type: "A")
      $0.add("a", "content")
    },
  ]

  private static func sparse(
    _ name: String, _ outcome: String, _ content: String, _ records: (String, String)...
  ) -> HostileKind {
    .tar("sparse", name, outcome) { tar in
      tar.pax(Array(records.map { HostileTar.record($0.0, $0.1) }.joined()))
      tar.add("a", content)
    }
  }

  private static let sparse: [HostileKind] = [
    .tar("sparse", "old GNU, 8 GiB of nothing", "archive.bomb") {
      $0.add("a", "x") { block in
        block[156] = UInt8(ascii: "S")
        block.replaceSubrange(257..<265, with: "ustar  \u{0}".utf8)
        block.replaceSubrange(386..<398, with: "77777777776\u{0}".utf8)
        block.replaceSubrange(398..<410, with: "00000000001\u{0}".utf8)
        block.replaceSubrange(483..<495, with: "77777777777\u{0}".utf8)
      }
    },
    .tar("sparse", "old GNU, extended over the end", "accepted") {
      $0.add("a", "") { block in
        block[156] = UInt8(ascii: "S")
        block.replaceSubrange(257..<265, with: "ustar  \u{0}".utf8)
        block[482] = 1
      }
    },
    sparse(
      "pax 0.1, overlapping pieces", "archive.damaged", "content", ("GNU.sparse.major", "0"), ("GNU.sparse.minor", "1"),
      ("GNU.sparse.size", "100"), ("GNU.sparse.map", "0,7,3,7")),
    sparse(
      "pax 0.1, a piece at 1 TiB", "archive.damaged", "x", ("GNU.sparse.major", "0"), ("GNU.sparse.minor", "1"),
      ("GNU.sparse.size", "1099511627776"), ("GNU.sparse.map", "1099511627775,1")),
    sparse(
      "pax 0.1, a map of garbage", "archive.damaged", "content", ("GNU.sparse.major", "0"), ("GNU.sparse.minor", "1"),
      ("GNU.sparse.size", "100"), ("GNU.sparse.map", "a,b,-1,99999999999999999999")),
    sparse(
      "pax 1.0, a map of garbage", "archive.damaged", "x\ny\n", ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"),
      ("GNU.sparse.name", "a"), ("GNU.sparse.realsize", "100")),
    sparse(
      "pax 1.0, 1 TiB of nothing", "archive.bomb",
      "1\n1099511627775\n1\n" + String(repeating: "\u{0}", count: 494) + "x", ("GNU.sparse.major", "1"),
      ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "a"), ("GNU.sparse.realsize", "1099511627776")),
    sparse(
      "pax 1.0, 10^9 pieces", "archive.damaged", "1000000000\n0\n1\n", ("GNU.sparse.major", "1"),
      ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "a"), ("GNU.sparse.realsize", "100")),
    sparse(
      "pax 1.0, a name that climbs", "archive.parentPath",
      "1\n0\n1\n" + String(repeating: "\u{0}", count: 506) + "x", ("GNU.sparse.major", "1"),
      ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "../../x"), ("GNU.sparse.realsize", "1")),
  ]
}
