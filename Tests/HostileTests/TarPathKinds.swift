import TestSupport

/// Names that climb, hide, or mean two things.
enum TarPathKinds {
  static let all: [HostileKind] = traversal + spelling + collisions

  private static func name(_ name: String, _ outcome: String, _ path: String, type: Character = "0") -> HostileKind {
    .tar("path", name, outcome) { $0.add(path, "content", type: type) }
  }

  private static func bytes(_ name: String, _ outcome: String, _ path: [UInt8]) -> HostileKind {
    .tar("path", name, outcome) { $0.add(name: path, [1]) }
  }

  private static let traversal: [HostileKind] = [
    name("absolute", "archive.absolutePath", "/etc/cron.d/x"),
    name("absolute with two slashes", "archive.absolutePath", "//etc/x"),
    name("only a slash", "archive.absolutePath", "/"),
    name(".. at the front", "archive.parentPath", "../x"),
    name(".. inside", "archive.parentPath", "a/../../x"),
    name(".. that stays inside", "archive.parentPath", "a/../x"),
    name(".. at the end", "archive.parentPath", "a/.."),
    name(".. as a folder", "archive.parentPath", "../", type: "5"),
    name(".. behind ./", "archive.parentPath", "./../x"),
    name("backslashes", "archive.backslash", "..\\..\\x"),
    name("a drive", "archive.backslash", "C:\\Windows\\x"),
    bytes("overlong UTF-8 dots", "archive.notUTF8", [0xc0, 0xae, 0xc0, 0xae, 0x2f, 0x78]),
    bytes("overlong UTF-8 slash", "archive.notUTF8", [0x2e, 0x2e, 0xc0, 0xaf, 0x78]),
    bytes("a slash of three bytes", "archive.notUTF8", [0x2e, 0x2e, 0xe0, 0x80, 0xaf, 0x78]),
    bytes("half a surrogate pair", "archive.notUTF8", [0x61, 0xed, 0xa0, 0x80]),
    bytes("Latin-1", "archive.notUTF8", [0x61, 0xe9]),
    .tar("path", ".. in a pax path", "archive.parentPath") {
      $0.pax(HostileTar.record("path", "../../x"))
      $0.add("a", "content")
    },
    .tar("path", ".. in a GNU long name", "archive.parentPath") {
      $0.add("././@LongLink", String(repeating: "a/", count: 80) + "../../x\u{0}", type: "L")
      $0.add("a", "content")
    },
    .tar("path", ".. over ustar's prefix field", "archive.parentPath") {
      $0.add("x", "content") { $0.replaceSubrange(345..<347, with: "..".utf8) }
    },
    .tar("path", "NUL and more in a pax path", "accepted") {
      $0.pax(HostileTar.record("path", "plain\u{0}/../../x"))
      $0.add("a", "content")
    },
  ]

  private static let spelling: [HostileKind] = [
    name("empty part", "archive.emptyPart", "a//b"), name(". inside", "archive.emptyPart", "a/./b"),
    name(". at the end", "archive.emptyPart", "a/."), name("no name", "archive.noPath", ""),
    name("line feed", "archive.controlCharacter", "a\nb"),
    name("escape sequence", "archive.controlCharacter", "a\u{1b}[2Jb"),
    name("delete", "archive.controlCharacter", "a\u{7f}b"),
    name("three dots", "accepted", "a/.../b"), name("trailing dot and space", "accepted", "a. /b."),
    name("a tilde", "accepted", "~root/x"), name("an option", "accepted", "--checkpoint-action=exec=sh"),
    name("a device of another system", "accepted", "NUL"),
    name("full-width dots and slash", "accepted", "\u{ff0e}\u{ff0e}\u{ff0f}x"),
    name("two-dot leader", "accepted", "\u{2025}/x"), name("division slash", "accepted", "..\u{2215}x"),
    name("reading direction", "accepted", "a\u{202e}gpj.exe"), name("zero width", "accepted", "a\u{200b}b"),
    .tar("path", "a name of 256 bytes", "archive.pathTooLong") {
      $0.addPaxPath([UInt8](repeating: 0x6e, count: 256))
      $0.add("a")
    },
    .tar("path", "a path of 1,025 bytes", "archive.pathTooLong") {
      $0.addPaxPath(
        Array((Array(repeating: String(repeating: "n", count: 204), count: 5) + ["x"]).joined(separator: "/").utf8))
      $0.add("a")
    },
    .tar("path", "65 folders deep", "archive.pathTooDeep") {
      $0.addPaxPath(Array(Array(repeating: "d", count: 65).joined(separator: "/").utf8))
      $0.add("a")
    },
  ]

  private static func two(_ name: String, _ outcome: String, _ one: String, _ other: String) -> HostileKind {
    .tar("names", name, outcome) {
      $0.add(one, "1")
      $0.add(other, "2")
    }
  }

  private static let collisions: [HostileKind] = [
    two("twice", "archive.duplicate", "a", "a"), two("twice with ./", "archive.duplicate", "a", "./a"),
    two("upper case", "archive.caseCollision", "lib/a", "lib/A"),
    two("upper case of a folder", "archive.caseCollision", "lib/a", "LIB/b"),
    two("sharp s", "archive.caseCollision", "stra\u{df}e", "STRASSE"),
    two("final sigma", "archive.caseCollision", "\u{3a3}", "\u{3c2}"),
    two("composed and decomposed", "archive.unicodeCollision", "\u{e9}", "e\u{301}"),
    two("Kelvin", "archive.unicodeCollision", "K", "\u{212a}"),
    two("Ångström", "archive.unicodeCollision", "\u{c5}", "\u{212b}"),
    two("marks in another order", "archive.unicodeCollision", "a\u{323}\u{307}", "a\u{307}\u{323}"),
    two("Hangul", "archive.unicodeCollision", "\u{ac00}", "\u{1100}\u{1161}"),
    two("ligature", "archive.caseCollision", "\u{fb01}", "fi"),
    two("a file where a folder must be", "archive.fileAsParent", "a", "a/b"),
    two("a folder where a file must be", "archive.fileAsParent", "a/b", "a"),
    .tar("names", "a link as a folder", "archive.fileAsParent") {
      $0.add("a", type: "2", link: "d")
      $0.add("a/b", "content")
    },
    .tar("names", "a link in the place of a folder", "archive.fileAsParent") {
      $0.add("a/b", "content")
      $0.add("a", type: "2", link: "c")
    },
    .tar("names", "a link in the place of a file", "archive.duplicate") {
      $0.add("a", "content")
      $0.add("a", type: "2", link: "c")
    },
    .tar("names", "a folder twice", "archive.duplicate") {
      $0.add("a/", type: "5", mode: 0o755)
      $0.add("a/", type: "5", mode: 0o755)
    },
  ]
}
