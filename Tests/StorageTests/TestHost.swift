import Platform
import Releases
import Signing
import SystemPackage
import TestSupport

@testable import Storage

/// A release as a publisher would have signed it, with the content of its files at hand.
struct TestRelease {
  /// What a path of the tree holds.
  enum Item {
    case file(String)
    case program(String)
    case bytes([UInt8])
    case link(String)
    case folder
  }

  let manifest: BundleManifest
  let manifestBytes: [UInt8]
  let signature = Array("untrusted comment: test\n".utf8)
  let contents: [String: [UInt8]]

  init(_ version: String, of plugin: PluginName, _ items: [String: Item]) throws {
    var contents: [String: [UInt8]] = [:]
    var entries: [TreeEntry] = []
    for (path, item) in items {
      switch item {
      case .file(let text): contents[path] = Array(text.utf8)
      case .program(let text): contents[path] = Array(text.utf8)
      case .bytes(let bytes): contents[path] = bytes
      case .link(let target): entries.append(try TreeEntry(path: path, kind: .symlink(target: target)))
      case .folder: entries.append(try TreeEntry(path: path, kind: .directory))
      }
      guard let bytes = contents[path] else { continue }
      let mode: UInt16 = if case .program = item { 0o755 } else { 0o644 }
      let kind = TreeEntry.Kind.file(mode: mode, size: Int64(bytes.count), sha256: .of(bytes))
      entries.append(try TreeEntry(path: path, kind: kind))
    }
    manifest = try BundleManifest(
      plugin: plugin, version: ReleaseVersion(version), platform: .current, launch: LaunchCommand(command: "bin/tool"),
      entries: entries)
    manifestBytes = manifest.encoded()
    self.contents = contents
  }

  /// A release that is as small as one can be and still has folders, a program and content shared with the next.
  static func small(_ version: String, of plugin: PluginName) throws -> TestRelease {
    try TestRelease(version, of: plugin, ["bin/tool": .program(version), "shared": .file("shared")])
  }

  /// The usual small release: one program, some files, a link, an empty folder.
  static func sample(_ version: String, of plugin: PluginName) throws -> TestRelease {
    try TestRelease(
      version, of: plugin,
      [
        "bin/tool": .program("#!/bin/sh\necho \(version)\n"), "lib/common.py": .file("shared = True\n"),
        "lib/version.py": .file("version = '\(version)'\n"), "lib/twin.py": .file("shared = True\n"),
        "lib/empty.py": .file(""), "link": .link("lib/common.py"), "data": .folder,
      ])
  }
}

/// A host in a scratch folder, on a memory file system where there is one so that thousands of syncs cost nothing.
struct TestHost {
  let scratch: Scratch
  let clock = ManualClock()
  let plugin: PluginName

  init() throws {
    let memory: FilePath = "/dev/shm"
    let usable = (try? LocalFileSystem().status(memory))?.kind == .directory
    scratch = try (usable ? try? Scratch(in: memory) : nil) ?? Scratch()
    plugin = try PluginName("io.github.acme/time")
  }

  var root: FilePath { scratch / "host" }

  func open(_ files: any FileSystem = LocalFileSystem()) throws -> HostFolder {
    try HostFolder.open(root, machine: machine(files))
  }

  func machine(_ files: any FileSystem = LocalFileSystem()) -> Machine {
    Machine(files: files, clock: clock, transport: ScriptedTransport(), processes: ScriptedProcesses())
  }

  func folder(_ files: any FileSystem = LocalFileSystem()) throws -> PluginFolder {
    try HostFolder(root: root, machine: machine(files)).plugin(plugin)
  }

  func switching(_ files: any FileSystem = LocalFileSystem()) throws -> SwitchTransaction {
    SwitchTransaction(try folder(files))
  }

  @discardableResult
  func stage(_ release: TestRelease, files: any FileSystem = LocalFileSystem()) throws -> StagedTree {
    let host = try open(files)
    let lock = try host.lock()
    let stager = try stager(release, host, lock)
    for (path, bytes) in release.contents.sorted(by: { $0.key < $1.key }) { try stager.add(path, bytes) }
    return try stager.finish()
  }

  func stager(_ release: TestRelease, _ host: HostFolder, _ lock: HostLock) throws -> TreeStager {
    try TreeStager(
      manifest: release.manifest, manifestBytes: release.manifestBytes, signatureBytes: release.signature, host: host,
      holding: lock)
  }

  /// Stages and activates a sample release, then lets "the plugin" write its state.
  @discardableResult
  func install(_ version: String, state: String? = nil) throws -> TreeName {
    try install(.sample(version, of: plugin), state: state)
  }

  /// Stages and activates a release, then lets "the plugin" write its state.
  @discardableResult
  func install(_ release: TestRelease, state: String? = nil) throws -> TreeName {
    let tree = try stage(release).name
    let version = release.manifest.version.text
    _ = try switching().activate(tree, reason: "update to \(version)")
    if let state { try writeState(state) }
    return tree
  }

  func writeState(_ text: String) throws {
    try scratch.write(text, to: "host/plugins/\(plugin.text)/state/notes.txt")
  }

  func state() throws -> String { try scratch.text("host/plugins/\(plugin.text)/state/notes.txt") }

  func current() throws -> TreeName? { try folder().current() }

  func path(_ name: String) -> FilePath { scratch / "host/plugins/\(plugin.text)/\(name)" }

  /// The names in a folder of the plugin.
  func names(_ folder: String) throws -> [String] { try LocalFileSystem().list(path(folder)).map(\.name) }
}
