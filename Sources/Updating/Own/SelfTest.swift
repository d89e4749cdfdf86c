import Bundles
package import Platform
import Releases
import Signing
import Storage
package import StrictJSON
import SystemPackage

/// Proves that this program works on this machine: its libraries, and everything that lies in the host's folder.
///
/// A release is asked for this before it replaces another. It changes nothing: the ledger is read in a copy, and what
/// it writes lies in the cache folder and goes at the end.
package struct SelfTest: Sendable {
  /// One thing that was tried.
  package struct Check: Sendable, Hashable {
    /// A short name for programs.
    package let name: String
    /// What was found, in a sentence.
    package let sentence: String
    /// Whether it is good.
    package let isGood: Bool
  }

  /// What a self-test found.
  package struct Report: Sendable, Hashable {
    /// The version of the program that was tested.
    package let version: String
    /// Everything that was tried.
    package let checks: [Check]
    /// Whether the program would change the tables of the ledger, so that older ones could not read it any more.
    package let migrates: Bool

    /// Whether all is good.
    package var isGood: Bool { checks.allSatisfy(\.isGood) }
  }

  let folders: Folders
  let environment: [String: String]
  let machine: Machine
  /// The host, named and not opened: looking makes nothing.
  private var host: HostFolder { HostFolder(root: folders.host, machine: machine) }
  private var repositories: TrustedRepositories {
    TrustedRepositories(folder: host.repositories, machine: machine, warn: { _ in })
  }

  /// Prepares a test of what lies in these folders.
  package init(_ folders: Folders, environment: [String: String], machine: Machine) {
    self.folders = folders
    self.environment = environment
    self.machine = machine
  }

  /// Tries everything; a failure is a finding, never an error.
  package func run() async -> Report {
    let scratch = folders.cache.appending("self-test-\(SecureRandom.hex(bytes: 6))")
    defer { try? machine.files.removeTree(scratch) }
    var checks: [Check] = []
    func attempt(_ name: String, _ body: () async throws -> String) async {
      do {
        checks.append(Check(name: name, sentence: try await body(), isGood: true))
      } catch {
        let words = (error as? any SerinError)?.description ?? String(describing: error)
        checks.append(Check(name: name, sentence: words, isGood: false))
      }
    }
    await attempt("bundles") { try packAndRead(in: scratch) }
    await attempt("network") { try await callNobody() }
    var migrates = false
    guard (try? machine.files.exists(folders.host.appending("ledger.sqlite"))) == true else {
      return Report(version: ProgramVersion.text, checks: checks, migrates: false)
    }
    await attempt("ledger") {
      migrates = try Ledger.wouldMigrate(folders.host.appending("ledger.sqlite"))
      return try readLedger(in: scratch)
    }
    await attempt("metadata") { try await readMetadata() }
    await attempt("releases") { try await readReleases() }
    return Report(version: ProgramVersion.text, checks: checks, migrates: migrates)
  }

  /// Packs and signs a small plugin with a key of the moment, checks the signature, and reads and unpacks the bundle:
  /// what needs the libraries for keys, compression and archives.
  private func packAndRead(in scratch: FilePath) throws -> String {
    let files = machine.files
    let source = scratch.appending("plugin")
    try files.makeDirectories(source, mode: 0o700)
    let manifest = """
      {"manifest_version": "0.3", "name": "test", "version": "1.0.0", "description": "A test.",
       "server": {"type": "binary", "entry_point": "test", "mcp_config": {"command": "${__dirname}/test"}}}
      """
    try files.write(Array(manifest.utf8), creating: source.appending("manifest.json"), mode: 0o644)
    try files.write(SecureRandom.bytes(4096), creating: source.appending("test"), mode: 0o755)
    var options = BundlePacker.Options()
    options.plugin = .ownProgram
    options.platform = .current
    let signer = Signer(try SecretKey.generate())
    let folder = scratch.appending("bundle")
    try files.makeDirectories(folder, mode: 0o700)
    let packed = try BundlePacker(files: files, options: options).pack(source, into: folder, by: signer)
    let reader = try BundleReader(
      CheckedFile.check(packed.path, keys: [signer.publicKey], files: files), keys: [signer.publicKey])
    try reader.forEachEntry { entry, nextChunk in
      guard let expected = entry.sha256 else { return }
      var hasher = SHA256Hasher()
      while let chunk = try nextChunk() { hasher.update(chunk) }
      let found = hasher.finalize()
      if found != expected {
        throw BundleError.wrongDigest(FilePath(entry.path), offered: found, expected: expected)
      }
    }
    try ArchiveImporter(files: files).unpack(packed.path, into: scratch.appending("unpacked"))
    return "a bundle was packed, signed, verified and unpacked"
  }

  /// Asks a port of this machine on which nobody listens: a refusal shows that the network's library is there.
  private func callNobody() async throws -> String {
    do {
      _ = try await machine.transport.fetch(TransferRequest(url: "http://127.0.0.1:1/", limit: 1, timeout: .seconds(5)))
    } catch let error {
      if case .library = error { throw error }
    }
    return "the network's library is there"
  }

  private func readLedger(in scratch: FilePath) throws -> String {
    try machine.files.makeDirectories(scratch, mode: 0o700)
    let copy = scratch.appending("ledger.sqlite")
    try Ledger.copy(folders.host.appending("ledger.sqlite"), to: copy)
    let ledger = try Ledger(copy)
    let damage = try ledger.findings()
    if let first = damage.first { throw StorageError.ledgerUnusable(path: copy, reason: first) }
    let installs = try ledger.installs()
    for install in installs {
      _ = try ledger.userConfig(of: install.plugin)
      _ = try ledger.canaries(of: install.plugin, limit: 1)
      _ = try ledger.approvals(of: install.plugin)
    }
    let held = try ledger.holds(at: machine.clock.now()).count
    return
      "the ledger knows \(installs.count) plugins, \(try ledger.history(limit: 100).count) events and \(held) holds"
  }

  private func readMetadata() async throws -> String {
    let all = try repositories.all()
    for repository in all { _ = try await repositories.knownBundleKeys(of: repository) }
    return "the metadata of \(all.count) repositories are good"
  }

  /// The signed manifest of everything that is switched on, and one kept release of this program from end to end.
  private func readReleases() async throws -> String {
    var keys: [PublicKey] = []
    for repository in try repositories.all() { keys += try await repositories.knownBundleKeys(of: repository) }
    var count = 0
    for home in try host.plugins() {
      guard let tree = try home.current() else { continue }
      _ = try SignedManifest(json: home.manifestBytes(of: tree), signature: home.signatureBytes(of: tree), keys: keys)
      count += 1
    }
    let own = try HostFolder(root: folders.host.appending("self"), machine: machine).plugin(.ownProgram)
    guard let tree = try own.marked(.candidate) ?? own.current() else {
      return "\(count) installed plugins are signed"
    }
    let signed = try SignedManifest(
      json: own.manifestBytes(of: tree), signature: own.signatureBytes(of: tree), keys: keys)
    let differences = try own.verify(tree, against: signed.manifest)
    guard differences.isEmpty else {
      throw UpdatingError.treeChanged(
        plugin: signed.manifest.plugin.text, version: signed.manifest.version.text,
        differences: differences.prefix(3).map(\.description))
    }
    return
      "\(count) installed plugins are signed, and \(signed.manifest.entries.count) files of a kept release are right"
  }
}

extension SelfTest.Report {
  /// The report for programs: later releases are asked for it by earlier ones, so its members never change.
  package var json: JSON {
    [
      "version": .string(version), "good": .bool(isGood), "migratesLedger": .bool(migrates),
      "checks": .array(
        checks.map { ["name": .string($0.name), "good": .bool($0.isGood), "sentence": .string($0.sentence)] }),
    ]
  }

  /// Reads what ``json`` wrote; nil for anything else.
  init?(json: JSON) {
    guard let version = json["version"]?.stringValue, let checks = json["checks"]?.arrayValue, !checks.isEmpty,
      let migrates = json["migratesLedger"]?.boolValue, let good = json["good"]?.boolValue
    else { return nil }
    self.version = version
    self.migrates = migrates
    self.checks = checks.compactMap { check in
      guard let name = check["name"]?.stringValue, let sentence = check["sentence"]?.stringValue,
        let isGood = check["good"]?.boolValue
      else { return nil }
      return SelfTest.Check(name: name, sentence: sentence, isGood: isGood)
    }
    guard self.checks.count == checks.count, isGood == good else { return nil }
  }
}
