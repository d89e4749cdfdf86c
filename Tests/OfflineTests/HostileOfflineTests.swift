import Bundles
import Offline
import Platform
import SystemPackage
import TestSupport
import Testing

/// A file from a stranger's stick: everything but the one form of an offline bundle is refused before it is used.
@Suite struct HostileOfflineTests {
  /// A file that is no offline bundle, and a word of the sentence that says why.
  struct Kind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: String
    let bytes: [UInt8]

    init(_ name: String, _ reason: String, _ bytes: [UInt8]) {
      testDescription = name
      self.reason = reason
      self.bytes = bytes
    }

    /// Something between the honest beginning and the end.
    init(_ name: String, _ reason: String, inside bytes: [UInt8]) {
      self.init(name, reason, OfflineSample.honest + bytes + TarHeader.end)
    }

    /// The same, said with another tar writer.
    init(_ name: String, _ reason: String, _ build: (inout HostileTar) -> Void) {
      var tar = HostileTar()
      build(&tar)
      self.init(name, reason, inside: tar.bytes)
    }
  }

  static let names: [Kind] = [
    Kind("absolute", "be relative", inside: OfflineSample.entry("/metadata/a")),
    Kind("parent", "'..'", inside: OfflineSample.entry("metadata/../a")),
    Kind("parent below targets", "'..'", inside: OfflineSample.entry("targets/../../a")),
    Kind("empty part", "empty part", inside: OfflineSample.entry("targets//a")),
    Kind("dot", "'.'", inside: OfflineSample.entry("targets/./a")),
    Kind("backslash", "backslash", inside: OfflineSample.entry("targets/..\\a")),
    Kind("control character", "control", inside: OfflineSample.entry("targets/a\nb")),
    Kind("neither metadata nor targets", "neither", inside: OfflineSample.entry("keys/root.pub")),
    Kind("a folder below metadata", "neither", inside: OfflineSample.entry("metadata/roots/1.root.json")),
    Kind("no name", "empty", inside: OfflineSample.entry("")),
    Kind("too long", "pax header", inside: OfflineSample.entry("targets/" + String(repeating: "a/", count: 596))),
    Kind("twice", "twice", inside: OfflineSample.entry("metadata/timestamp.json")),
    Kind("not UTF-8", "UTF-8") { $0.add(name: [0xff, 0xfe]) },
  ]

  static let headers: [Kind] = [
    Kind("owner and time", "one form") { $0.add("targets/a", "content") },
    Kind("symbolic link", "one form") { $0.add("targets/a", type: "2", link: "/etc/passwd") },
    Kind("hard link", "one form") { $0.add("targets/a", type: "1", link: "metadata/1.root.json") },
    Kind("device", "one form") { $0.add("targets/a", type: "3", device: 1) },
    Kind("fifo", "one form") { $0.add("targets/a", type: "6") },
    Kind("folder", "empty part") { $0.add("targets/a/", type: "5", mode: 0o755) },
    Kind("GNU long name", "one form") { $0.add("targets/a", "targets/b", type: "L") },
    Kind("global pax header", "one form") { $0.add("targets/a", "13 path=x\n", type: "g") },
    Kind("pax path of another spelling", "one form") {
      $0.addPaxPath(Array("targets/b".utf8))
      $0.add("targets/a")
    },
    Kind("pax header of 1 GiB", "pax header") {
      $0.add(name: Array("pax".utf8), [], type: "x", claimedSize: 1 << 30)
    },
    Kind("size in base 256", "size") {
      $0.add(name: Array("targets/a".utf8), size: [0x80] + [UInt8](repeating: 0, count: 10) + [1])
    },
    Kind("size without digits", "size") { $0.add(name: Array("targets/a".utf8), size: Array("zzzzzzzzzzz\0".utf8)) },
    Kind(
      "wrong checksum", "one form",
      inside: OfflineSample.entry("targets/a").enumerated().map { $0.offset == 150 ? $0.element ^ 1 : $0.element }),
    Kind(
      "an entry that is longer than the file", "ends before",
      inside: TarHeader.bytes(path: "targets/a", kind: .file(mode: 0o644, size: 3 << 30))),
    Kind(
      "an entry larger than any bundle", "at most",
      inside: TarHeader.bytes(path: "targets/a", kind: .file(mode: 0o644, size: 5 << 30))),
    Kind("something in the padding", "padding", inside: OfflineSample.entry("targets/a").dropLast() + [1]),
  ]

  static let ends: [Kind] = [
    Kind("empty", "ends before", []), Kind("only a beginning", "ends before", OfflineSample.honest),
    Kind("cut in a header", "ends before", Array(OfflineSample.honest.prefix(700))),
    Kind("cut in the end", "ends before", OfflineSample.honest + [UInt8](repeating: 0, count: 1023)),
    Kind(
      "one block of zeros", "single block",
      OfflineSample.honest + [UInt8](repeating: 0, count: 512) + OfflineSample.honest),
    Kind("goes on behind its end", "behind its end", OfflineSample.honest + TarHeader.end + [0]),
    Kind("a second tar", "behind its end", OfflineSample.honest + TarHeader.end + OfflineSample.honest + TarHeader.end),
    Kind("compressed", "UTF-8", Array([0x28, 0xb5, 0x2f, 0xfd] + [UInt8](repeating: 7, count: 2048))),
    Kind(
      "too many entries", "4096",
      (0...4096).flatMap { OfflineSample.entry("targets/\($0)", []) } + TarHeader.end),
  ]

  @Test(arguments: names + headers + ends)
  func `everything but the one form is refused`(kind: Kind) throws {
    let sample = try OfflineSample()
    let reason = sample.refusal(kind.bytes)
    #expect(reason?.contains(kind.reason) == true, "\(reason ?? "it was opened")")
    #expect(reason?.contains("\n") != true)
    #expect(try sample.files.list(sample.scratch.path).map(\.name) == ["file"], "nothing is written")
  }

  @Test func `no byte of a header can be another`() throws {
    let sample = try OfflineSample()
    let honest = OfflineSample.honest + TarHeader.end
    #expect(sample.refusal(honest) == nil)
    var refused = 0
    // Only another digit of the version in a name gives another honest header, and then the checksum is wrong.
    for offset in 0..<512 {
      var bytes = honest
      bytes[offset] ^= 1
      if sample.refusal(bytes) != nil { refused += 1 }
    }
    #expect(refused == 512)
  }

  @Test func `what is no file is refused without waiting`() async throws {
    let sample = try OfflineSample()
    let pipe = sample.scratch / "pipe"
    _ = try await Machine.live.processes.run(
      Command(executable: "/usr/bin/mkfifo", arguments: [pipe.string]), input: [], outputLimit: 1 << 10,
      timeout: .seconds(10))
    for path in [pipe, sample.scratch.path, "/dev/null"] {
      let error = #expect(throws: OfflineError.self) { try OfflineFile.open(path, files: sample.files) }
      #expect(error == .notOffline(path, reason: "it is not a file"))
    }
    let missing = sample.scratch / "missing"
    #expect(throws: OfflineError.file(FileError(operation: "open", path: missing, reason: .notFound))) {
      try OfflineFile.open(missing, files: sample.files)
    }
  }
}
