import Platform
import Releases
import Signing
import StrictJSON
import SystemPackage
import TestSupport

@testable import Storage

/// A host on a model disk, with releases that a real key has signed.
struct ModelHost {
  static let root: FilePath = "/host"
  static let plugin = Result { try PluginName("io.github.acme/time") }
  /// One key for all: minisign is asked about each manifest once.
  static let signer = Result { Signer(try SecretKey.generate()) }

  let files: any FileSystem
  let clock = ManualClock()

  /// A host whose calls go to these files.
  init(_ files: any FileSystem) { self.files = files }

  var machine: Machine {
    Machine(files: files, clock: clock, transport: ScriptedTransport(), processes: ScriptedProcesses())
  }

  func open() throws -> HostFolder { try HostFolder.open(Self.root, machine: machine) }

  func folder() throws -> PluginFolder { try HostFolder(root: Self.root, machine: machine).plugin(Self.plugin.get()) }

  func switching() throws -> SwitchTransaction { SwitchTransaction(try folder()) }

  @discardableResult
  func stage(_ version: String) throws -> TreeName {
    let release = try TestRelease.small(version, of: Self.plugin.get())
    let signature = try Self.signer.get().minisign(
      release.manifestBytes, trustedComment: release.manifest.trustedComment)
    let host = try open()
    let lock = try host.lock()
    let stager = try TreeStager(
      manifest: release.manifest, manifestBytes: release.manifestBytes, signatureBytes: Array(signature.text.utf8),
      host: host, holding: lock)
    for (path, bytes) in release.contents.sorted(by: { $0.key < $1.key }) { try stager.add(path, bytes) }
    return try stager.finish().name
  }

  func activate(_ tree: TreeName) throws { _ = try switching().activate(tree, reason: "update") }

  func rollBack(keepingState: Bool = false) throws {
    _ = try switching().rollback(to: .previous, keepState: keepingState, reason: "back")
  }

  func collect() throws {
    let host = try open()
    _ = try host.collectGarbage(holding: try host.lock(), dryRun: false)
  }

  /// What the plugin writes; it is on the disk long before anything else happens.
  func writeState(_ text: String) throws {
    let path = try folder().state.appending("notes.txt")
    try files.removeIfPresent(path)
    try files.write(Array(text.utf8), creating: path, mode: 0o644)
    try files.syncFileSystem(path)
  }

  /// A tree's name without staging it.
  static func tree(_ version: String) throws -> TreeName {
    TreeName(try TestRelease.small(version, of: plugin.get()).manifest.tree)
  }
}

/// The disks from which the transactions start.
enum ModelDisks {
  /// 1.0 runs, with the state "one".
  static let installed = Result { try made { try install($0, "1.0", state: "one") } }
  /// 2.0 runs with the state "two", a snapshot keeps 1.0 and "one"; 3.0 and 4.0 are staged.
  static let waiting = Result {
    try made { host in
      try install(host, "1.0", state: "one")
      try install(host, "2.0", state: "two")
      for version in ["3.0", "4.0"] { try host.stage(version) }
      try host.folder().setMark(.candidate, to: ModelHost.tree("4.0"))
    }
  }
  /// As ``installed``, with two trees that nothing protects and what interrupted runs leave.
  static let littered = Result {
    try made { host in
      try install(host, "1.0", state: "one")
      for version in ["2.0", "3.0"] { try host.stage(version) }
      let plugin = try host.folder()
      for path in [plugin.snapshotFolder(3).partial, plugin.stateNext, plugin.treesFolder.appending("x.partial")] {
        try host.files.makeDirectory(path, mode: 0o700)
        try host.files.write([1], creating: path.appending("rest"), mode: 0o600)
      }
    }
  }

  private static func install(_ host: ModelHost, _ version: String, state: String) throws {
    try host.activate(try host.stage(version))
    try host.writeState(state)
  }

  private static func made(_ make: (ModelHost) throws -> Void) throws -> DiskImage {
    let disk = ModelDisk()
    try make(ModelHost(disk))
    return disk.image
  }
}
