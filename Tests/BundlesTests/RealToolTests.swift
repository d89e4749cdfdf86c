import Bundles
import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

/// Programs that we did not write read and check what we write.
@Suite struct RealToolTests {
  let bench: Workbench

  init() throws { bench = try Workbench() }

  /// Paths for each way in which a tar can say a name.
  static let names = [
    "short.txt", String(repeating: "n", count: 100 - 5), String(repeating: "d", count: 120) + "/file",
    Array(repeating: String(repeating: "p", count: 60), count: 5).joined(separator: "/"), "größe/名前.txt",
    String(repeating: "n", count: 255),
    Array(repeating: String(repeating: "x", count: 200), count: 5).joined(separator: "/"),
  ]

  @Test(arguments: ["tar", "bsdtar"])
  func `tar unpacks every name, link and mode as it was`(program: String) async throws {
    let source = try bench.source(with: Dictionary(uniqueKeysWithValues: Self.names.map { ($0, $0) }))
    let target = "server/" + String(repeating: "t", count: 150)
    try bench.scratch.write("far away", to: "source/" + target)
    try bench.files.symlink(to: FilePath(target), at: source.appending("long-link"))
    try bench.files.symlink(to: "größe/名前.txt", at: source.appending("unicode-link"))
    try bench.files.makeDirectories(source.appending("empty/folder"))
    let bundle = try bench.pack(source)
    let unpacked = bench.scratch / "unpacked"
    try bench.files.makeDirectory(unpacked, mode: 0o755)
    let arguments = (program == "tar" ? ["--zstd"] : []) + ["-xpf", bundle.path.string, "-C", unpacked.string]
    let output = try await bench.run("env", ["LC_ALL=C.UTF-8", program] + arguments)
    #expect(output.status.isSuccess && output.stderr.isEmpty, "\(String(decoding: output.stderr, as: UTF8.self))")
    let tree = unpacked.appending("tree")
    for entry in bundle.manifest.entries {
      let status = try #require(try bench.files.status(tree.appending(entry.path)), "\(entry.path)")
      switch entry.kind {
      case .file(let mode, let size, let digest):
        #expect(status.kind == .file && status.mode == mode && status.size == size)
        #expect(SHA256Digest.of(try bench.files.readAll(tree.appending(entry.path), limit: 1 << 20)) == digest)
      case .symlink(let target): #expect(try bench.files.readLink(tree.appending(entry.path)).string == target)
      case .directory: #expect(status.kind == .directory)
      }
    }
    #expect(try bench.files.list(tree).map(\.name) == bench.files.list(source).map(\.name))
  }

  @Test func `tar lists the manifest and its signature first`() async throws {
    let bundle = try bench.packSample()
    let listing = try await bench.run("tar", ["--zstd", "-tvf", bundle.path.string, "--quoting-style=literal"])
    let lines = String(decoding: listing.stdout, as: UTF8.self).split(separator: "\n")
    #expect(lines.allSatisfy { $0.contains(" 0/0 ") && $0.contains(" 1970-01-01 ") })
    let names = lines.compactMap { $0.split(separator: " ").last.map(String.init) }
    #expect(names.prefix(3) == ["bundle.json", "bundle.json.minisig", "tree/README.md"])
    #expect(names.count == Workbench.sample.count + 2)
  }

  @Test func `minisign verifies the whole file and bundle json`() async throws {
    let bundle = try bench.packSample()
    let key = try bench.scratch.write(bench.key.minisignText, to: "key.pub").string
    let whole = try await bench.run("minisign", ["-V", "-p", key, "-m", bundle.path.string])
    #expect(whole.status.isSuccess)
    #expect(String(decoding: whole.stdout, as: UTF8.self).contains(bundle.manifest.trustedComment))
    try await bench.run("tar", ["--zstd", "-xf", bundle.path.string, "-C", bench.scratch.path.string])
    let inner = try await bench.run("minisign", ["-V", "-p", key, "-m", (bench.scratch / "bundle.json").string])
    #expect(inner.status.isSuccess)
    #expect(String(decoding: inner.stdout, as: UTF8.self).contains(bundle.manifest.trustedComment))
  }

  @Test func `zstd finds a checksum and a bounded window`() async throws {
    let bundle = try bench.packSample()
    let output = try await bench.run("zstd", ["-lv", bundle.path.string])
    let text = String(decoding: output.stdout, as: UTF8.self)
    #expect(text.contains("XXH64"))
    #expect(try await bench.run("zstd", ["-t", "--memory=8MB", bundle.path.string]).status.isSuccess)
  }
}
