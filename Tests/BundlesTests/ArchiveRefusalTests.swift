import Bundles
import Platform
import Releases
import SystemPackage
import TestSupport
import Testing

/// Every way in which an archive could reach out of its folder or mean two things.
@Suite struct ArchiveRefusalTests {
  let bench: Workbench

  init() throws { bench = try Workbench() }

  /// One hostile entry and the error that must refuse it.
  struct Hostile: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let error: ArchiveError
    let build: @Sendable (inout HostileTar) -> Void

    init(_ name: String, _ error: ArchiveError, _ build: @escaping @Sendable (inout HostileTar) -> Void) {
      testDescription = name
      self.error = error
      self.build = build
    }
  }

  static let paths: [Hostile] = [
    Hostile("absolute path", .absolutePath("/etc/cron.d/x")) { $0.add("/etc/cron.d/x") },
    Hostile("parent at the front", .parentPath("../x")) { $0.add("../x") },
    Hostile("parent inside", .parentPath("a/../../x")) { $0.add("a/../../x") },
    Hostile("parent as a folder", .parentPath("a/..")) { $0.add("a/..", type: "5") },
    Hostile("empty part", .emptyPart("a//b")) { $0.add("a//b") },
    Hostile("dot inside", .emptyPart("a/./b")) { $0.add("a/./b") },
    Hostile("no path", .noPath) { $0.add("") },
    Hostile("line feed", .controlCharacter("a\nb")) { $0.add("a\nb") },
    Hostile("escape", .controlCharacter("a\u{1b}[2Jb")) { $0.add("a\u{1b}[2Jb") },
    Hostile("backslash", .backslash("..\\x")) { $0.add("..\\x") },
    Hostile("not UTF-8", .notUTF8("a\u{fffd}b")) { $0.add(name: [0x61, 0xff, 0x62]) },
    Hostile("twice", .duplicate("a")) {
      $0.add("a", "1")
      $0.add("a", "2")
    },
    Hostile("twice with a dot", .duplicate("a")) {
      $0.add("a", "1")
      $0.add("./a", "2")
    },
    Hostile("case", .caseCollision("lib/A", other: "lib/a")) {
      $0.add("lib/a")
      $0.add("lib/A")
    },
    Hostile("case of a folder", .caseCollision("LIB", other: "lib")) {
      $0.add("lib/a")
      $0.add("LIB/b")
    },
    Hostile("Unicode", .unicodeCollision("e\u{301}", other: "\u{e9}")) {
      $0.add("\u{e9}")
      $0.add("e\u{301}")
    },
    Hostile("file as parent", .fileAsParent("a/b", parent: "a")) {
      $0.add("a")
      $0.add("a/b")
    },
    Hostile("link as parent", .fileAsParent("a/b", parent: "a")) {
      $0.add("a", type: "2", link: "c")
      $0.add("a/b")
    },
    Hostile("folder becomes a file", .fileAsParent("a/…", parent: "a")) {
      $0.add("a/b")
      $0.add("a")
    },
    Hostile("folder becomes a link", .fileAsParent("a/…", parent: "a")) {
      $0.add("a/b")
      $0.add("a", type: "2", link: "c")
    },
  ]

  static let kinds: [Hostile] = [
    Hostile("absolute link", .linkOutside("a", target: "/etc/passwd")) { $0.add("a", type: "2", link: "/etc/passwd") },
    Hostile("link out of the tree", .linkOutside("a/b", target: "../../x")) {
      $0.add("a/b", type: "2", link: "../../x")
    },
    Hostile("link through a link", .unclearLink("b", target: "a/../../x")) {
      $0.add("b", type: "2", link: "a/../../x")
    },
    Hostile("link with a control character", .controlCharacter("a")) { $0.add("a", type: "2", link: "b\nc") },
    Hostile("link to its own folder", .emptyLink("a")) { $0.add("a", type: "2", link: ".") },
    Hostile("link with a backslash", .backslash("a")) { $0.add("a", type: "2", link: "..\\..") },
    Hostile("hard link", .hardLink("b", target: "a")) {
      $0.add("a")
      $0.add("b", type: "1", link: "a")
    },
    Hostile("hard link to the machine", .hardLink("b", target: "/etc/shadow")) {
      $0.add("b", type: "1", link: "/etc/shadow")
    },
    Hostile("character device", .device("null")) { $0.add("null", type: "3", device: 1) },
    Hostile("block device", .device("disk")) { $0.add("disk", type: "4", device: 8) },
    Hostile("named pipe", .fifo("pipe")) { $0.add("pipe", type: "6") },
    Hostile("setuid", .specialMode("a", mode: 0o4755)) { $0.add("a", mode: 0o4755) },
    Hostile("setgid", .specialMode("a", mode: 0o2755)) { $0.add("a", mode: 0o2755) },
    Hostile("sticky", .specialMode("a", mode: 0o1777)) { $0.add("a/", type: "5", mode: 0o1777) },
  ]

  @Test(arguments: paths + kinds)
  func `a hostile entry is refused by its own error`(hostile: Hostile) throws {
    var tar = HostileTar()
    tar.add("manifest.json", "{}")
    hostile.build(&tar)
    #expect(try bench.refusal(of: tar.closed) == .archive(hostile.error))
    #expect(!hostile.error.description.contains("\n"), "an error stays on its line")
  }

  @Test(arguments: [
    ("a name", [String(repeating: "n", count: 256)], 256, 255),
    ("a path", Array(repeating: String(repeating: "n", count: 200), count: 6), 1205, 1024),
  ])
  func `names and paths have a length`(what: String, parts: [String], bytes: Int, limit: Int) throws {
    let path = parts.joined(separator: "/")
    var tar = HostileTar()
    tar.addPaxPath(Array(path.utf8))
    tar.add("short")
    #expect(try bench.refusal(of: tar.closed) == .archive(.pathTooLong(path, bytes: bytes, limit: limit)))
  }

  @Test func `a path has a depth`() throws {
    let path = Array(repeating: "d", count: 65).joined(separator: "/")
    var tar = HostileTar()
    tar.addPaxPath(Array(path.utf8))
    tar.add("short")
    #expect(try bench.refusal(of: tar.closed) == .archive(.pathTooDeep(path, depth: 65, limit: 64)))
  }

  @Test func `a name never goes on behind a NUL`() throws {
    var tar = HostileTar()
    tar.addPaxPath(Array("plain\u{0}/../../../outside".utf8))
    tar.add("short", "content")
    #expect(try bench.refusal(of: tar.closed) == nil)
    let imported = try bench.files.list(bench.scratch / "imported").map(\.name)
    #expect(imported == ["plain"], "what libarchive cuts off at the NUL is gone for good")
  }

  @Test func `a socket in a zip is refused`() throws {
    var zip = TinyZip()
    zip.add("socket", [], mode: 0o140644)
    #expect(try bench.refusal(of: zip.closed()) == .archive(.socket("socket")))
  }

  @Test func `an encrypted zip is refused`() throws {
    var zip = TinyZip()
    zip.add("secret.txt", Array("0123456789abcdef".utf8), flags: 0x0801)
    #expect(try bench.refusal(of: zip.closed()) == .archive(.encrypted("secret.txt")))
  }

  @Test(arguments: ["../x", "/x", "a/../../x"])
  func `a zip cannot climb either`(path: String) throws {
    var zip = TinyZip()
    zip.add(path, [1])
    let error = path == "/x" ? ArchiveError.absolutePath(path) : .parentPath(path)
    #expect(try bench.refusal(of: zip.closed()) == .archive(error))
  }

  @Test func `something else than an archive is refused`() throws {
    let error = try bench.refusal(of: Array("not an archive at all\n".utf8))
    guard case .archive(.unknownFormat) = error else {
      Issue.record("got \(String(describing: error))")
      return
    }
  }

  @Test func `a tar that is cut short is refused`() throws {
    var tar = HostileTar()
    tar.add(name: Array("big".utf8), [UInt8](repeating: 7, count: 100_000))
    let error = try bench.refusal(of: Array(tar.bytes.prefix(50_000)))
    guard case .archive(.damaged) = error else {
      Issue.record("got \(String(describing: error))")
      return
    }
  }

  @Test func `nothing is left outside of the folder`() throws {
    for hostile in Self.paths + Self.kinds {
      var tar = HostileTar()
      hostile.build(&tar)
      _ = try bench.refusal(of: tar.closed)
      try bench.files.removeTree(bench.scratch / "imported")
      #expect(try bench.files.list(bench.scratch.path).map(\.name) == ["archive", "out"])
    }
  }
}
