import TestSupport

/// Entries that are links, devices, or of no kind that a tree has.
enum TarEntryKinds {
  static let all: [HostileKind] = symlinks + hardLinks + kinds

  private static func link(_ name: String, _ outcome: String, _ path: String, to target: String) -> HostileKind {
    .tar("link", name, outcome) { $0.add(path, type: "2", mode: 0o777, link: target) }
  }

  private static let symlinks: [HostileKind] = [
    link("absolute", "archive.linkOutside", "a", to: "/etc/passwd"),
    link("out of the tree", "archive.linkOutside", "a/b", to: "../../x"),
    link("out of the tree as a folder", "archive.linkOutside", "a", to: ".."),
    link("down and up again", "archive.unclearLink", "a", to: "b/../../x"),
    link("empty", "archive.linkOutside", "a", to: ""), link("to its own folder", "archive.emptyLink", "a", to: "."),
    link("with a line feed", "archive.controlCharacter", "a", to: "b\nc"),
    link("with a backslash", "archive.backslash", "a", to: "..\\..\\x"),
    link("to nothing", "accepted", "a", to: "missing"), link("to itself", "accepted", "a", to: "a"),
    link("with empty parts", "accepted", "a/b", to: "..//.//c"),
    .tar("link", "not UTF-8", "archive.notUTF8") { $0.add(name: [0x61], type: "2", link: [0xff]) },
    .tar("link", "a loop", "accepted") {
      $0.add("a", type: "2", link: "b")
      $0.add("b", type: "2", link: "a")
    },
    .tar("link", "a chain out of the tree", "archive.linkOutside") {
      $0.add("d/e/", type: "5", mode: 0o755)
      $0.add("l", type: "2", link: "d/e")
      $0.add("m", type: "2", link: "../x")
    },
    .tar("link", "a chain through a link", "archive.unclearLink") {
      $0.add("d/e/l", type: "2", link: "..")
      $0.add("m", type: "2", link: "d/e/l/../../x")
    },
    .tar("link", "writing through a link to a folder", "archive.fileAsParent") {
      $0.add("d/", type: "5", mode: 0o755)
      $0.add("l", type: "2", link: "d")
      $0.add("l/x", "content")
    },
    .tar("link", "out of the tree in a pax linkpath", "archive.linkOutside") {
      $0.pax(HostileTar.record("linkpath", "../../x"))
      $0.add("a", type: "2", link: "fine")
    },
    .tar("link", "out of the tree in a GNU long link", "archive.linkOutside") {
      $0.add("././@LongLink", "../../x\u{0}", type: "K")
      $0.add("a", type: "2", link: "fine")
    },
    .tar("link", "a target of 4,096 bytes", "archive.pathTooLong") {
      $0.pax(HostileTar.record("linkpath", String(repeating: "ab/", count: 1365)))
      $0.add("a", type: "2", link: "fine")
    },
  ]

  private static let hardLinks: [HostileKind] = [
    .tar("hard link", "to an entry before", "archive.hardLink") { $0.add("b", type: "1", link: "manifest.json") },
    .tar("hard link", "to an entry behind", "archive.hardLink") {
      $0.add("b", type: "1", link: "c")
      $0.add("c", "content")
    },
    .tar("hard link", "to the machine", "archive.hardLink") { $0.add("b", type: "1", link: "/etc/shadow") },
    .tar("hard link", "out of the tree", "archive.hardLink") { $0.add("b", type: "1", link: "../../x") },
    .tar("hard link", "to a symbolic link", "archive.hardLink") {
      $0.add("l", type: "2", link: "manifest.json")
      $0.add("b", type: "1", link: "l")
    },
    .tar("hard link", "with content", "archive.hardLink") {
      $0.add("b", "new content", type: "1", link: "manifest.json")
    },
    .tar("hard link", "to itself", "archive.hardLink") { $0.add("b", type: "1", link: "b") },
  ]

  private static func kind(_ name: String, _ outcome: String, type: Character, mode: UInt16 = 0o644) -> HostileKind {
    .tar("kind", name, outcome) { $0.add(type == "5" ? "a/" : "a", "", type: type, mode: mode, device: 1) }
  }

  private static let kinds: [HostileKind] = [
    kind("character device", "archive.device", type: "3"), kind("block device", "archive.device", type: "4"),
    kind("named pipe", "archive.fifo", type: "6"), kind("contiguous file", "accepted", type: "7"),
    kind("old file without a type", "accepted", type: "\u{0}"),
    kind("setuid", "archive.specialMode", type: "0", mode: 0o4755),
    kind("setgid", "archive.specialMode", type: "0", mode: 0o2755),
    kind("sticky folder", "archive.specialMode", type: "5", mode: 0o1777),
    kind("setgid folder", "archive.specialMode", type: "5", mode: 0o2755),
    kind("no permissions", "accepted", type: "0", mode: 0), kind("open to all", "accepted", type: "0", mode: 0o777),
    kind("a type that nobody knows", "accepted", type: "Q"),
    kind("volume label", "accepted", type: "V"), kind("continued on another volume", "archive.specialFile", type: "M"),
    .tar("kind", "GNU folder listing", "accepted") { $0.add("a/", "Yx\u{0}\u{0}", type: "D", mode: 0o755) },
    .tar("kind", "a folder with content", "archive.damaged") { $0.add("a/", "content", type: "5", mode: 0o755) },
    .tar("kind", "a file with a slash at its end", "archive.damaged") { $0.add("a/", "content") },
    .tar("kind", "a mode of garbage", "accepted") {
      $0.add("a") { $0.replaceSubrange(100..<108, with: "zzzzzzzz".utf8) }
    },
    .tar("kind", "a mode in base 256", "archive.specialMode") {
      $0.add("a") { $0.replaceSubrange(100..<108, with: [0x80, 0, 0, 0, 0, 0, 0x0f, 0xff]) }
    },
  ]
}
