import Bundles
import Platform
import SystemPackage
import TestSupport
import Testing

/// Archives that claim or hold too much.
@Suite struct ArchiveLimitTests {
  let bench: Workbench

  init() throws { bench = try Workbench() }

  @Test func `too many entries are refused, folders on the way included`() throws {
    var tar = HostileTar()
    for index in 0..<5 { tar.add("d\(index)/f") }
    var limits = ArchiveImporter.Limits()
    limits.entries = 9
    #expect(try bench.refusal(of: tar.closed, limits: limits) == .archive(.tooManyEntries(limit: 9)))
    try bench.files.removeTree(bench.scratch / "imported")
    limits.entries = 10
    #expect(try bench.refusal(of: tar.closed, limits: limits) == nil)
  }

  @Test func `too much content is refused`() throws {
    var tar = HostileTar()
    tar.add(name: Array("a".utf8), [UInt8](repeating: 1, count: 600))
    tar.add(name: Array("b".utf8), [UInt8](repeating: 1, count: 401))
    var limits = ArchiveImporter.Limits()
    limits.content = 1000
    #expect(try bench.refusal(of: tar.closed, limits: limits) == .archive(.tooLarge(limit: 1000)))
  }

  @Test(arguments: ["zstd", "gzip", "xz", "bzip2"])
  func `a bomb is refused by its expansion`(program: String) async throws {
    var tar = HostileTar()
    tar.add(name: Array("zeros".utf8), [UInt8](repeating: 0, count: 2 << 20))
    let small = try await bench.run(program, ["-9", "-c"], input: tar.closed).stdout
    var limits = ArchiveImporter.Limits()
    limits.minBombContent = 512 << 10
    limits.expansion = 100
    let error = try bench.refusal(of: small, limits: limits)
    guard case .archive(.bomb(let content, let archive, 100)) = error else {
      Issue.record("got \(String(describing: error))")
      return
    }
    #expect(archive == Int64(small.count))
    #expect(content <= 1 << 20, "it is noticed early, not after everything has been written")
    let written = try bench.files.status(bench.scratch / "imported/zeros")
    #expect((written?.size ?? 0) <= 1 << 20)
  }

  @Test func `a sparse file counts with what it expands to`() async throws {
    let hole = bench.scratch / "hole"
    try bench.files.write([1], creating: hole, mode: 0o644)
    try bench.files.truncate(hole, to: 8 << 20)
    try await bench.run(
      "tar", ["--sparse", "-cf", (bench.scratch / "sparse.tar").string, "-C", bench.scratch.path.string, "hole"])
    let tar = try bench.scratch.read("sparse.tar")
    #expect(tar.count < 1 << 20)
    var limits = ArchiveImporter.Limits()
    limits.content = 4 << 20
    #expect(try bench.refusal(of: tar, limits: limits) == .archive(.tooLarge(limit: 4 << 20)))
  }

  @Test func `an honest tar of every compression is read`() async throws {
    var tar = HostileTar()
    tar.add("a/b", "content", mode: 0o755)
    tar.add("c", type: "2", link: "a/b")
    for program in ["cat", "zstd", "gzip", "xz", "bzip2"] {
      let arguments = program == "cat" ? [] : ["-c"]
      let archive = try await bench.run(program, arguments, input: tar.closed).stdout
      #expect(try bench.refusal(of: archive) == nil, "\(program)")
      let imported = bench.scratch / "imported"
      #expect(try bench.files.readAll(imported.appending("c"), limit: 100) == Array("content".utf8))
      #expect(try bench.files.status(imported.appending("a/b"))?.mode == 0o755)
      try bench.files.removeTree(imported)
    }
  }
}
