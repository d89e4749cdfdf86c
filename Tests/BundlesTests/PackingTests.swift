import Bundles
import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

/// What a source becomes.
@Suite struct PackingTests {
  let bench: Workbench

  init() throws { bench = try Workbench() }

  @Test func `the same tree gives the same bytes`() throws {
    let one = try bench.pack(try bench.source("one"))
    let first = try bench.files.readAll(one.path, limit: 1 << 20)
    let two = try bench.pack(try bench.source("two"))
    #expect(try bench.files.readAll(two.path, limit: 1 << 20) == first)
    #expect(one.sha256 == two.sha256 && one.sha256 == SHA256Digest.of(first))
    #expect(one.length == Int64(first.count))
    #expect(one.path.lastComponent?.string == "time-1.2.3-any.tar.zst")
  }

  @Test func `a folder, its mcpb and its tar give the same bytes`() async throws {
    let folder = try bench.source(with: ["deep/a/b/c/d.txt": "deep\n"])
    try bench.files.symlink(to: "../README.md", at: folder.appending("server/readme"))
    let expected = try bench.pack(folder).sha256
    var zip = TinyZip()
    let content = Workbench.sample.merging(["deep/a/b/c/d.txt": "deep\n"]) { $1 }
    for (path, text) in content.sorted(by: { $0.key > $1.key }) {
      zip.add(path, Array(text.utf8), mode: path.hasSuffix(".py") ? 0o100755 : 0o100644)
    }
    zip.add("server/readme", Array("../README.md".utf8), mode: 0o120777)
    let mcpb = try bench.scratch.write(zip.closed(), to: "time.mcpb")
    #expect(try bench.pack(mcpb).sha256 == expected)
    for (name, option) in [
      ("t.tar", "-c"), ("t.tar.gz", "-cz"), ("t.tar.zst", "-c --zstd"), ("t.pax", "-c --format=pax"),
    ] {
      let tar = bench.scratch / name
      let output = try await bench.run(
        "tar", option.split(separator: " ").map(String.init) + ["-f", tar.string, "-C", folder.string, "."])
      try #require(output.status.isSuccess)
      #expect(try bench.pack(tar).sha256 == expected, "\(name)")
    }
    #expect(try bench.files.list(bench.output).count == 2, "imports leave nothing behind")
  }

  @Test(arguments: [true, false])
  func `an mcpb with a signature block is read, patched or not`(isPatched: Bool) throws {
    var zip = TinyZip()
    for (path, text) in Workbench.sample { zip.add(path, Array(text.utf8)) }
    let signature = Array("0\u{82}MCPB_SIG_V1 is not the start\u{0}".utf8) + [UInt8](repeating: 0x30, count: 3000)
    let count = signature.count
    let length = [UInt8(count & 0xff), UInt8(count >> 8), 0, 0]
    let block = Array("MCPB_SIG_V1".utf8) + length + signature + Array("MCPB_SIG_END".utf8)
    let signed = zip.closed(commentLength: isPatched ? UInt16(block.count) : 0) + block
    let one = try bench.pack(try bench.scratch.write(zip.closed(), to: "unsigned.mcpb"))
    let two = try bench.pack(try bench.scratch.write(signed, to: "signed.mcpb"))
    #expect(one.sha256 == two.sha256)
  }

  @Test func `times, owners and modes beyond the executable bit do not matter`() async throws {
    let one = try bench.source("one")
    let two = try bench.source("two")
    try bench.files.setMode(two.appending("README.md"), to: 0o600)
    try bench.files.setMode(two.appending("server/main.py"), to: 0o700)
    try await bench.run("touch", ["-d", "2001-01-01", two.appending("README.md").string])
    #expect(try bench.pack(one).sha256 == bench.pack(two).sha256)
    try bench.files.setMode(two.appending("README.md"), to: 0o744)
    #expect(try bench.pack(one).sha256 != bench.pack(two).sha256)
  }

  @Test func `the git folder and what mcpbignore names are left out`() throws {
    let plain = try bench.pack(try bench.source("plain"))
    let ignored = try bench.source(
      "ignored",
      with: [
        ".git/config": "x", ".mcpbignore": "# notes\n*.log\n/build/\n!keep.log\nserver/**/cache\n", "a.log": "x",
        "server/b.log": "x", "build/x.o": "x", "server/lib/cache/y": "y",
      ])
    #expect(try bench.pack(ignored).sha256 == plain.sha256)
    try bench.scratch.write("kept", to: "ignored/keep.log")
    try bench.scratch.write("kept", to: "ignored/server/build")
    let paths = try bench.pack(ignored).manifest.entries.map(\.path)
    #expect(paths.contains("keep.log") && paths.contains("server/build"))
  }

  @Test func `nothing else is dropped`() throws {
    let hidden = ["__pycache__/x.pyc": "x", ".env": "A=1", ".gitignore": "*", "node_modules/.bin/run": "x"]
    let paths = try bench.pack(try bench.source(with: hidden)).manifest.entries.map(\.path)
    for path in hidden.keys { #expect(paths.contains(path)) }
  }

  @Test func `empty folders are kept and others follow from their files`() throws {
    let source = try bench.source()
    try bench.files.makeDirectories(source.appending("data/empty"))
    let manifest = try bench.pack(source).manifest
    #expect(manifest.entries.filter { $0.kind == .directory }.map(\.path) == ["data/empty"])
  }

  @Test(arguments: [
    ([UInt16(62)], TargetPlatform.linuxX86_64), ([183], .linuxAarch64), ([], .any), ([62, 62], .linuxX86_64),
  ])
  func `the platform follows from the machine code`(machines: [UInt16], platform: TargetPlatform) throws {
    let source = try bench.source()
    for (index, machine) in machines.enumerated() { try writeELF(machine, "source/lib\(index).so") }
    #expect(try bench.pack(source).manifest.platform == platform)
  }

  @Test(arguments: [[UInt16(62), 183], [8], [62, 3]])
  func `machine code for several processors needs a word from the publisher`(machines: [UInt16]) throws {
    let source = try bench.source()
    for (index, machine) in machines.enumerated() { try writeELF(machine, "source/lib\(index).so") }
    let error = #expect(throws: BundleError.self) { try bench.pack(source) }
    guard case .unclearPlatform = error else {
      Issue.record("got \(String(describing: error))")
      return
    }
    var options = BundlePacker.Options()
    options.platform = .linuxX86_64
    #expect(try bench.pack(source, options).manifest.platform == .linuxX86_64)
  }

  @Test func `name and version can be given`() throws {
    let source = try bench.source(with: ["manifest.json": Workbench.manifest(plugin: nil)])
    #expect(throws: BundleError.noPluginName(manifestName: "time")) { try bench.pack(source) }
    var options = BundlePacker.Options()
    options.plugin = try PluginName("org.example/clock")
    options.version = try ReleaseVersion("9.9")
    let manifest = try bench.pack(source, options).manifest
    #expect(manifest.plugin.text == "org.example/clock" && manifest.version.text == "9.9")
    #expect(manifest.description == "Tells the time.")
    #expect(manifest.launch.arguments == ["${__dirname}/server/main.py"])
  }

  private func writeELF(_ machine: UInt16, _ path: String) throws {
    var header = [UInt8](repeating: 0, count: 64)
    header.replaceSubrange(0..<6, with: [0x7f, 0x45, 0x4c, 0x46, 2, 1])
    header[18] = UInt8(machine & 0xff)
    header[19] = UInt8(machine >> 8)
    try bench.scratch.write(header, to: path)
  }
}
