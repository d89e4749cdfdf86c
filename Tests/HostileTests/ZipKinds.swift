/// Zips whose two tables disagree, or that say what no zip should.
enum ZipKinds {
  static let all: [HostileKind] = names + headers + files

  private static func name(_ name: String, _ outcome: String, _ path: String) -> HostileKind {
    .zip(name, outcome) { $0.add(path, [1]) }
  }

  private static func mode(_ name: String, _ outcome: String, _ mode: UInt16, _ content: String = "") -> HostileKind {
    .zip(name, outcome) { $0.add("a", Array(content.utf8), central: { $0.mode = mode }) }
  }

  private static let names: [HostileKind] = [
    name("..", "archive.parentPath", "../x"), name(".. inside", "archive.parentPath", "a/../../x"),
    name("absolute", "archive.absolutePath", "/etc/x"), name("backslashes", "archive.parentPath", "..\\..\\x"),
    name("a control character", "archive.controlCharacter", "a\u{7}b"),
    .zip("a name twice", "archive.duplicate") {
      $0.add("a", [1])
      $0.add("a", [2])
    },
    .zip("names that differ in case", "archive.caseCollision") {
      $0.add("a", [1])
      $0.add("A", [2])
    },
    .zip("a file below a file", "archive.fileAsParent") {
      $0.add("a", [1])
      $0.add("a/b", [2])
    },
    .zip("a name that is not UTF-8", "archive.damaged") {
      $0.add("a", [1], local: { $0.name = [0xff] }, central: { $0.name = [0xff] })
    },
    .zip("NUL in a name", "accepted") { $0.add("plain\u{0}/../../x", [1]) },
    .zip("no name", "archive.noPath") { $0.add("", [1]) },
    .zip("a Unicode path field that climbs", "archive.parentPath") {
      let path = Array("../../x".utf8)
      let extra = CraftedZip.extra(0x7075, [1] + ZstdFrame.little(CraftedZip.crc32(Array("a".utf8))) + path)
      $0.add("a", [1], local: { $0.extra = extra }, central: { $0.extra = extra })
    },
    .zip("the entry alone climbs, not the directory", "archive.parentPath") {
      $0.add("a", [1], local: { $0.name = Array("../x".utf8) })
    },
    .zip("the directory alone climbs, not the entry", "accepted") {
      $0.add("a", [1], central: { $0.name = Array("../x".utf8) })
    },
  ]

  private static let headers: [HostileKind] = [
    mode("a link out of the tree", "archive.linkOutside", 0o120777, "../../x"),
    mode("an absolute link", "archive.linkOutside", 0o120777, "/etc/passwd"),
    mode("a link without a target", "archive.linkOutside", 0o120777),
    mode("a device", "archive.device", 0o020666),
    mode("a named pipe, which Info-ZIP means as a file", "accepted", 0o010644),
    mode("a socket", "archive.socket", 0o140644), mode("setuid", "archive.specialMode", 0o104755),
    .zip("encrypted", "archive.encrypted") {
      $0.add("a", Array("0123456789abcdef".utf8), local: { $0.flags |= 1 }, central: { $0.flags |= 1 })
    },
    .zip("strongly encrypted", "archive.encrypted") {
      $0.add("a", Array("0123456789abcdef".utf8), local: { $0.flags |= 0x41 }, central: { $0.flags |= 0x41 })
    },
    .zip("a method that nobody knows", "archive.damaged") { $0.add("a", [1, 2, 3], method: 77) },
    .zip("garbage as deflate", "archive.damaged") { $0.add("a", [0xff, 0xff, 0xff], method: 8, size: 100) },
    .archive("zip", "deflate of more than it says", "archive.damaged") { forge in
      var zip = CraftedZip()
      let plain = [UInt8](repeating: 65, count: 5000)
      zip.add("a", try await forge.deflated(plain), method: 8, size: 10, plain: plain)
      return zip.closed
    },
    .archive("zip", "deflate of less than it says", "archive.damaged") { forge in
      var zip = CraftedZip()
      let plain = [UInt8](repeating: 65, count: 5000)
      zip.add("a", try await forge.deflated(plain), method: 8, size: 50_000, plain: plain)
      return zip.closed
    },
    .zip("stored, of more than it says", "archive.damaged") { $0.add("a", [1, 2, 3], size: 2) },
    .zip("stored, of less than it says", "archive.damaged") { $0.add("a", [1, 2, 3], size: 300) },
    .zip("wrong checksum of content", "archive.damaged") {
      $0.add("a", [1, 2, 3], local: { $0.crc ^= 1 }, central: { $0.crc ^= 1 })
    },
    .zip("the two tables say two sizes", "archive.damaged") { $0.add("a", [1, 2, 3], local: { $0.packed = 1 }) },
    .zip("zip64 says 2^62 bytes", "archive.damaged") {
      let extra = CraftedZip.extra(1, ZstdFrame.little(UInt64(1 << 62)) + ZstdFrame.little(UInt64(1 << 62)))
      $0.add(
        "a", [1, 2, 3],
        central: { header in
          header.extra = extra
          header.size = .max
          header.packed = .max
        })
    },
    .zip("zip64 says a negative size", "archive.damaged") {
      let extra = CraftedZip.extra(1, ZstdFrame.little(UInt64.max) + ZstdFrame.little(UInt64.max))
      $0.add(
        "a", [1, 2, 3],
        central: { header in
          header.extra = extra
          header.size = .max
          header.packed = .max
        })
    },
    .zip("an extra field longer than the header", "archive.damaged") {
      $0.add("a", [1], central: { $0.extra = ZstdFrame.little(UInt16(1)) + ZstdFrame.little(UInt16(60_000)) })
    },
  ]

  private static let files: [HostileKind] = [
    .zip("an entry outside of the file", "archive.damaged") { $0.add("a", [1], central: { $0.offset = 0x7fff_0000 }) },
    .zip("an entry inside of another", "archive.damaged") { $0.add("a", [1], central: { $0.offset += 3 }) },
    .zip("a hundred entries of the same bytes", "accepted") { zip in
      let content = [UInt8](repeating: 7, count: 1000)
      zip.add("a", content)
      for index in 0..<99 {
        zip.list(
          CraftedZip.Header(
            name: Array("b\(index)".utf8), crc: CraftedZip.crc32(content), packed: 1000, size: 1000, offset: 45))
      }
    },
    .zip("more entries than it has", "accepted") { $0.countLie = 60_000 },
    .zip("fewer entries than it has", "accepted") { zip in
      zip.add("a", [1])
      zip.countLie = 1
    },
    .zip("a directory outside of the file", "archive.unknownFormat") { $0.directoryOffsetLie = 0x7fff_0000 },
    .zip("a comment longer than the file", "accepted") { $0.commentLength = 60_000 },
    .zip("a comment with a second end in it", "accepted") {
      $0.comment = Array("PK\u{5}\u{6}".utf8) + [UInt8](repeating: 0, count: 18)
    },
    .zip("something in front that no offset counts", "archive.damaged") {
      $0.prefix = Array("#!/bin/sh\nexit 1\n".utf8)
    },
    .zip("no end", "archive.unknownFormat") { $0.omitsEnd = true },
    .archive("zip", "no entries", "archive.unknownFormat") { _ in CraftedZip().closed },
    .archive("zip", "a program in front", "accepted") { _ in
      var zip = CraftedZip()
      zip.prefix = Array("#!/bin/sh\nexit 1\n".utf8)
      zip.add("manifest.json", [1, 2, 3])
      return zip.closed
    },
    .archive("zip", "cut in the directory", "archive.unknownFormat") { _ in
      var zip = CraftedZip()
      zip.add("manifest.json", [1, 2, 3])
      return Array(zip.closed.dropLast(30))
    },
    .archive("zip", "a zip in a zip", "accepted") { _ in
      var inner = CraftedZip()
      inner.add("../x", [1])
      var zip = CraftedZip()
      zip.add("inner.zip", inner.closed)
      return zip.closed
    },
  ]
}
