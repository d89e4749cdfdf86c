import Bundles
import Platform
import Releases
import Signing
import SystemPackage
import TestSupport
import Testing

/// Folders that cannot become a bundle, and machines that fail while one is written.
@Suite struct SourceRefusalTests {
  let bench: Workbench

  init() throws { bench = try Workbench() }

  @Test func `a source without a manifest is refused`() throws {
    let folder = try bench.scratch.write("x", to: "source/x").removingLastComponent()
    #expect(throws: BundleError.noPluginManifest(folder)) { try bench.pack(folder) }
  }

  @Test func `a manifest that cannot be read is the publisher's to mend`() throws {
    let source = try bench.source(with: ["manifest.json": "{ \"manifest_version\": \"9\" }"])
    let error = #expect(throws: BundleError.self) { try bench.pack(source) }
    #expect(error?.blame == .user)
  }

  @Test func `a source that is not there is refused`() throws {
    let missing = bench.scratch / "missing"
    #expect(throws: BundleError.file(FileError(operation: "open", path: missing, reason: .notFound))) {
      try bench.pack(missing)
    }
  }

  @Test func `links that leave the folder are refused`() throws {
    let source = try bench.source()
    let link = source.appending("server/link")
    for (target, error) in [
      ("/etc/passwd", ArchiveError.linkOutside("server/link", target: "/etc/passwd")),
      ("../../x", .linkOutside("server/link", target: "../../x")),
      ("lib/../../../x", .unclearLink("server/link", target: "lib/../../../x")),
    ] {
      try bench.files.symlink(to: FilePath(target), at: link)
      #expect(throws: BundleError.archive(error)) { try bench.pack(source) }
      try bench.files.remove(link)
    }
  }

  @Test func `pipes and setuid programs are refused`() async throws {
    let source = try bench.source()
    try await bench.run("mkfifo", [source.appending("pipe").string])
    #expect(throws: BundleError.archive(.specialFile("pipe"))) { try bench.pack(source) }
    try bench.files.remove(source.appending("pipe"))
    try bench.files.setMode(source.appending("README.md"), to: 0o4755)
    #expect(throws: BundleError.archive(.specialMode("README.md", mode: 0o4755))) { try bench.pack(source) }
  }

  @Test func `names that collide elsewhere are refused`() throws {
    let source = try bench.source(with: ["server/MAIN.py": "x"])
    #expect(throws: BundleError.archive(.caseCollision("server/main.py", other: "server/MAIN.py"))) {
      try bench.pack(source)
    }
  }

  @Test func `a name that is not UTF-8 is refused`() async throws {
    let source = try bench.source()
    try await bench.run("sh", ["-c", "touch \"$1/$(printf 'a\\377b')\"", "sh", source.string])
    let error = #expect(throws: BundleError.self) { try bench.pack(source) }
    #expect(error == .archive(.notUTF8("a\u{fffd}b")))
  }

  @Test func `the output may not lie inside of the source`() throws {
    let source = try bench.source()
    let inside = source.appending("dist")
    try bench.files.makeDirectory(inside, mode: 0o755)
    let link = bench.scratch / "link"
    try bench.files.symlink(to: inside, at: link)
    for output in [source, inside, link, source.appending("server/../dist")] {
      #expect(throws: BundleError.outputInsideSource(output)) {
        try BundlePacker(files: bench.files).pack(source, into: output, by: bench.signer)
      }
    }
  }

  @Test func `a link to a folder counts as the folder`() throws {
    let source = try bench.source()
    let link = bench.scratch / "link"
    try bench.files.symlink(to: source, at: link)
    #expect(try bench.pack(link).sha256 == bench.pack(source).sha256)
  }

  @Test(arguments: ["longer\n", "print('hullo')\n"])
  func `a file that changes between the passes is refused`(text: String) throws {
    let source = try bench.source()
    let packer = BundlePacker(files: bench.files)
    let tree = try packer.prepare(source, scratch: bench.output)
    try bench.scratch.write(text, to: "source/server/main.py")
    #expect(throws: BundleError.changedWhilePacking("server/main.py")) {
      try packer.write(tree, into: bench.output, by: bench.signer)
    }
    #expect(try bench.files.list(bench.output).isEmpty)
  }

  @Test func `an import goes away with its last user`() throws {
    var zip = TinyZip()
    for (path, text) in Workbench.sample { zip.add(path, Array(text.utf8)) }
    let mcpb = try bench.scratch.write(zip.closed(), to: "time.mcpb")
    do {
      let tree = try BundlePacker(files: bench.files).prepare(mcpb, scratch: bench.output)
      #expect(try bench.files.status(tree.folder)?.kind == .directory)
      #expect(tree.pluginManifest.name == "time")
    }
    #expect(try bench.files.list(bench.output).isEmpty)
  }

  @Test func `no step that fails leaves half a bundle or a temporary file`() throws {
    let source = try bench.source()
    let counting = FaultyFileSystem(bench.files)
    _ = try BundlePacker(files: counting).pack(source, into: bench.output, by: bench.signer)
    try #require(counting.steps > 5)
    let whole = try bench.files.readAll(bench.output.appending("time-1.2.3-any.tar.zst"), limit: 1 << 20)
    for step in 0..<counting.steps {
      try bench.files.removeTree(bench.output)
      try bench.files.makeDirectory(bench.output, mode: 0o755)
      let faulty = FaultyFileSystem(bench.files, failsAt: step, fault: .fails(.noSpace))
      _ = try? BundlePacker(files: faulty).pack(source, into: bench.output, by: bench.signer)
      for entry in try bench.files.list(bench.output) {
        #expect(!entry.name.hasPrefix("."), "step \(step) left \(entry.name)")
        guard entry.name.hasSuffix(".zst") else { continue }
        #expect(try bench.files.readAll(bench.output.appending(entry.name), limit: 1 << 20) == whole)
      }
    }
  }
}
