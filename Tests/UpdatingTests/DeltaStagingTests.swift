import Bundles
import Platform
import Releases
import Signing
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Updating

/// A new tree from an old one and a delta: the tree that the full bundle makes, or nothing at all.
@Suite("Staging a delta")
struct DeltaStagingTests {
  private let scratch: Scratch
  private let signer: Signer
  private let host: HostFolder
  private let files = LocalFileSystem()
  private let plugin: PluginName

  init() throws {
    scratch = try Scratch()
    signer = Signer(try SecretKey.generate())
    plugin = try PluginName("io.github.acme/time")
    host = try HostFolder.open(
      scratch / "host",
      machine: Machine(
        files: files, clock: ManualClock(), transport: ScriptedTransport(), processes: ScriptedProcesses()))
  }

  private static let before = [
    "main.py": "print('one')\n", "lib/same.py": "same\n", "lib/plain-then-program": "#!/bin/sh\n",
    "lib-1.0.dist-info/RECORD": (0..<400).map { "file \($0) \($0 * 7919 % 1009)\n" }.joined(), "lib/empty.py": "x",
  ]
  private static let after = [
    "main.py": "print('two')\n", "lib/same.py": "same\n", "lib/plain-then-program.py": "#!/bin/sh\n",
    "lib-1.1.dist-info/RECORD": (0..<400).map { "file \($0) \($0 * 7919 % 1009)\n" }.joined() + "and one\n",
    "lib/empty.py": "", "lib/twin-a.txt": "twins", "lib/twin-b.txt": "twins", "lib/copy.py": "same\n",
  ]

  /// Writes a release, packs it, and gives its bundle and its tree.
  private func release(_ version: String, _ texts: [String: String]) throws -> (PackedBundle, DeltaTree) {
    let folder = scratch / version
    try scratch.write(
      """
      { "manifest_version": "0.3", "name": "time", "version": "\(version)", "description": "Tells the time.",
        "author": { "name": "Acme" },
        "server": { "type": "python", "entry_point": "main.py",
          "mcp_config": { "command": "python3", "args": ["${__dirname}/main.py"], "env": {} } },
        "_meta": { "io.github.serin": { "plugin": "\(plugin.text)" } } }
      """, to: "\(version)/manifest.json")
    // What was plain in one release is a program in the next.
    for (path, text) in texts {
      try scratch.write(text, to: "\(version)/\(path)", mode: path.hasSuffix("program.py") ? 0o755 : 0o644)
    }
    let bundle = try BundlePacker(files: files).pack(folder, into: scratch.path, by: signer)
    return (bundle, DeltaTree(folder: folder, signed: try reader(bundle).signed))
  }

  private func reader(_ bundle: PackedBundle) throws -> BundleReader {
    try BundleReader(
      CheckedFile.check(bundle.path, length: bundle.length, sha256: bundle.sha256, files: files),
      keys: [signer.publicKey])
  }

  private func open(_ delta: FilePath, from old: DeltaTree) throws -> DeltaReader {
    let digest = try FileDigest.compute(delta, files: files)
    return try DeltaReader(
      CheckedFile.check(delta, length: digest.length, sha256: digest.sha256, files: files), from: old,
      keys: [signer.publicKey], files: files)
  }

  /// Installs the old release, and gives the delta to the new one and the old tree as it lies on the host.
  private func prepare() throws -> (delta: PackedDelta, old: DeltaTree, new: DeltaTree) {
    let (bundle, old) = try release("1.0.0", Self.before)
    let (_, new) = try release("2.0.0", Self.after)
    try host.plugin(plugin).prepare()
    let staged = try BundleStaging.stage(reader(bundle), on: host, holding: host.lock())
    let delta = try #require(
      try DeltaPacker(files: files).pack(from: old, to: new, at: scratch / "delta", limit: .max))
    return (delta, DeltaTree(folder: staged.path, signed: old.signed), new)
  }

  private func trees() throws -> [String] {
    try files.list(scratch / "host/plugins/\(plugin.text)/trees").map(\.name)
  }

  @Test func `makes the tree that the new manifest describes`() throws {
    let (delta, old, new) = try prepare()
    let staged = try DeltaStaging.stage(open(delta.path, from: old), on: host, holding: host.lock())
    #expect(staged.name == TreeName(new.signed.manifest.tree))
    for (path, text) in Self.after {
      #expect(try files.readAll(staged.path.appending(path), limit: 1 << 20) == Array(text.utf8), "\(path)")
      let mode = try files.status(staged.path.appending(path))?.mode
      #expect(mode == (path.hasSuffix("program.py") ? 0o555 : 0o444), "\(path)")
    }
    #expect(staged.filesLinked >= 2 && staged.filesWritten >= 4)
    let home = try host.plugin(plugin)
    #expect(try home.manifestBytes(of: staged.name) == new.signed.json)
    #expect(try trees().count == 2)
    // The same again, onto a tree that is there: repaired, not refused.
    #expect(try DeltaStaging.stage(open(delta.path, from: old), on: host, holding: host.lock()).name == staged.name)
  }

  @Test func `without objects takes what is unchanged from the old tree`() throws {
    let (delta, old, new) = try prepare()
    try files.removeTree(scratch / "host/objects")
    try files.makeDirectory(scratch / "host/objects", mode: 0o700)
    let staged = try DeltaStaging.stage(open(delta.path, from: old), on: host, holding: host.lock())
    #expect(staged.name == TreeName(new.signed.manifest.tree))
  }

  @Test func `content of the delta that is in the store already is not written again`() throws {
    let (delta, old, new) = try prepare()
    let first = try DeltaStaging.stage(open(delta.path, from: old), on: host, holding: host.lock())
    try files.rename(first.path, to: scratch / "host/moved")
    let again = try DeltaStaging.stage(open(delta.path, from: old), on: host, holding: host.lock())
    #expect(again.bytesWritten == 0)
    #expect(again.name == TreeName(new.signed.manifest.tree))
    #expect(try host.plugin(plugin).verify(again.name).isEmpty)
  }

  private func overwrite(_ path: FilePath, _ text: String) throws {
    let mode = try #require(try files.status(path)).mode
    let folder = path.removingLastComponent()
    try files.setMode(folder, to: 0o755)
    try files.remove(path)
    try files.write(Array(text.utf8), creating: path, mode: mode)
  }

  @Test func `stages nothing when an old file that it builds on is damaged`() throws {
    let (delta, old, _) = try prepare()
    let before = try trees()
    try overwrite(old.folder.appending("lib-1.0.dist-info/RECORD"), "damaged")
    let reader = try open(delta.path, from: old)
    let expected = try #require(Self.before["lib-1.0.dist-info/RECORD"]).utf8.count
    #expect(
      throws: BundleError.damagedTree(
        path: "lib-1.0.dist-info/RECORD", offered: "7 bytes", expected: "\(expected) bytes")
    ) { try DeltaStaging.stage(reader, on: host, holding: host.lock()) }
    #expect(try trees() == before)
  }

  @Test func `stages nothing when an unchanged file is damaged in the tree and in the store`() throws {
    let (delta, old, _) = try prepare()
    let before = try trees()
    try overwrite(old.folder.appending("lib/same.py"), "evil\n")
    let key = ObjectStore.Key(.of(Array("same\n".utf8)), isExecutable: false)
    try files.removeIfPresent(host.objects.path(key))
    let reader = try open(delta.path, from: old)
    let error = #expect(throws: StorageError.self) {
      try DeltaStaging.stage(reader, on: host, holding: host.lock())
    }
    guard case .digestMismatch = error else {
      Issue.record("refused with \(String(describing: error))")
      return
    }
    #expect(try trees() == before)
  }

  @Test func `stages nothing from a delta that ends too early`() throws {
    let (delta, old, _) = try prepare()
    let before = try trees()
    let bytes = try files.readAll(delta.path, limit: 1 << 20)
    let cut = try scratch.write(Array(bytes.dropLast(8)), to: "cut")
    #expect(throws: BundleError.self) {
      try DeltaStaging.stage(open(cut, from: old), on: host, holding: host.lock())
    }
    #expect(try trees() == before)
  }
}
