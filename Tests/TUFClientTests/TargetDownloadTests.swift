import Platform
import Signing
import SystemPackage
import TUF
import TestSupport
import Testing

@Suite("Downloading targets", .timeLimit(.minutes(3)))
struct TargetDownloadTests {
  private let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }

  @Test func `a target is fetched once, and again only when it has changed`() async throws {
    var repository = try ServedRepository()
    let first = try repository.add("a/b.txt", content)
    let served = repository.scratch / "served"
    try await repository.initialise()
    try await LoopbackServer.serving(served) { [repository] server in
      try await repository.mustDownload(server, "a/b.txt")
      #expect(try repository.downloaded() == ["a%2Fb.txt"])
      #expect(try repository.scratch.read("targets/a%2Fb.txt") == content)
      // Without the file on the server a request for it could not succeed.
      try LocalFileSystem().remove(repository.scratch / repository.served(first))
      try await repository.mustDownload(server, "a/b.txt")
    }
    try repository.add("a/b.txt", Array("new".utf8))
    try await LoopbackServer.serving(served) { [repository] server in
      try await repository.mustDownload(server, "a/b.txt")
      #expect(try repository.downloaded() == ["a%2Fb.txt"])
      #expect(try repository.scratch.text("targets/a%2Fb.txt") == "new")
    }
  }

  @Test func `a cut download goes on in the same run`() async throws {
    var repository = try ServedRepository()
    try repository.add("big", content)
    try await repository.initialise()
    try await LoopbackServer.serving(repository.scratch / "served") { [repository] server in
      let outcome = try await repository.download(server, ["big"], below: "cut/100000")
      #expect(outcome.code == 0, "\(outcome)")
      #expect(try repository.scratch.read("targets/big") == content)
      #expect(try repository.downloaded() == ["big"])
    }
  }

  @Test func `what an earlier run left is kept if it is good and replaced if it is not`() async throws {
    var repository = try ServedRepository()
    let target = try repository.add("big", content)
    try await repository.initialise()
    let partial = "targets/.\(target.sha256.hex).part"
    let damaged = [UInt8(1)] + content[1..<100_000]
    for beginning in [Array(content[..<100_000]), damaged, content, [0] + content.dropFirst(), content + [0]] {
      try LocalFileSystem().removeTree(repository.scratch / "targets")
      try repository.scratch.write(beginning, to: partial, mode: 0o600)
      try await LoopbackServer.serving(repository.scratch / "served") { [repository] server in
        // This server breaks off unless it is asked for the rest of a file.
        let outcome = try await repository.download(server, ["big"], below: "cut/50000")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(try repository.scratch.read("targets/big") == content)
        #expect(try repository.downloaded() == ["big"])
      }
    }
  }

  @Test func `other bytes than signed get no name, and what was good stays`() async throws {
    var repository = try ServedRepository()
    try repository.add("t", Array("good".utf8))
    try await repository.initialise()
    try await LoopbackServer.serving(repository.scratch / "served") { [repository] server in
      try await repository.mustDownload(server, "t")
    }
    let next = NewTarget(path: "t", bytes: Array("next".utf8))
    try repository.publish([next])
    for forged in ["evil", "longer than was signed", "x"] {
      try repository.serve(Array(forged.utf8), as: next)
      try await LoopbackServer.serving(repository.scratch / "served") { [repository] server in
        let outcome = try await repository.download(server, ["t"])
        #expect(outcome.code == 1, "\(outcome)")
        #expect(try repository.scratch.text("targets/t") == "good")
        let names = try repository.downloaded().filter { !$0.hasPrefix(".") }
        #expect(names == ["t"])
      }
    }
  }

  @Test func `several targets come in their order, and the first failure ends the run`() async throws {
    var repository = try ServedRepository()
    try repository.add("one", [1])
    try repository.add("two", [2])
    try await repository.initialise()
    try await LoopbackServer.serving(repository.scratch / "served") { [repository] server in
      let outcome = try await repository.download(server, ["one", "nowhere", "two"])
      #expect(outcome.code == 1)
      #expect(outcome.errors.contains("nowhere"))
      #expect(try repository.downloaded() == ["one"])
    }
  }

  @Test func `200 MiB come in less than 32 MiB of memory, cut once on the way`() async throws {
    let length: Int64 = 200 << 20
    var hasher = SHA256Hasher()
    let piece = [UInt8](repeating: 0, count: 1 << 20)
    for _ in 0..<200 { hasher.update(piece) }
    let target = NewTarget(path: "huge", length: length, sha256: hasher.finalize())
    let repository = try ServedRepository([target])
    try await repository.initialise()
    let files = LocalFileSystem()
    let path = try repository.scratch.write([0], to: repository.served(target))
    // A sparse file: it has a length and takes no room.
    try files.truncate(path, to: length)
    try await LoopbackServer.serving(repository.scratch / "served") { server in
      let outcome = try await repository.download(server, ["huge"], below: "cut/90000000", measuring: true)
      #expect(outcome.code == 0, "\(outcome)")
      #expect(try files.status(repository.scratch / "targets/huge")?.size == length)
      let peak = try #require(outcome.peak)
      #expect(peak < 32 << 10, "\(peak) KiB")
    }
  }
}
