import Bundles
import Platform
import Releases
import Signing
import Storage

extension PluginHost {
  /// Lets an installed release start only if it is what was signed.
  ///
  /// At each start the digest of the kept manifest and a bounded number of entries are compared with the seal, which
  /// reads no file of the tree. Only where that finds a difference is the whole
  /// tree read; what then is not as it was signed is marked, and does not start. Throws
  /// ``UpdatingError/treeChanged(plugin:version:differences:)``.
  func requireSound(_ installed: InstalledRelease) async throws {
    let (home, tree) = (installed.home, installed.tree)
    if let block = try home.integrityBlock(), block.tree == tree {
      throw UpdatingError.treeChanged(
        plugin: home.name.text, version: installed.manifest.version.text, differences: block.differences)
    }
    let digest = SHA256Digest.of(try home.manifestBytes(of: tree))
    guard try home.glance(at: tree, manifest: digest, from: .random(in: .min ... .max)) != .intact else { return }
    let differences = try await readAgain(tree, at: home)
    guard !differences.isEmpty else { return }
    try block(home, tree, version: installed.manifest.version, differences: differences, seenBy: "its start")
    throw UpdatingError.treeChanged(
      plugin: home.name.text, version: installed.manifest.version.text,
      differences: Array(differences.prefix(IntegrityBlock.namedDifferences)))
  }

  /// Reads a whole tree against its signed manifest and seals it where it is sound; returns what is different.
  func readAgain(_ tree: TreeName, at home: PluginFolder, keys known: [PublicKey]? = nil) async throws -> [String] {
    let keys: [PublicKey]
    if let known { keys = known } else { keys = try await signingKeys(of: home.name) }
    let signed: SignedManifest
    do {
      signed = try SignedManifest(
        json: home.manifestBytes(of: tree), signature: home.signatureBytes(of: tree), keys: keys)
    } catch {
      try home.breakSeal(of: tree)
      return ["its signed manifest is not sound: \(words(of: error))"]
    }
    guard signed.manifest.tree == tree.tree, signed.manifest.plugin == home.name else {
      try home.breakSeal(of: tree)
      return ["its manifest describes another tree, \(signed.manifest.tree)"]
    }
    return try home.verifyAndSeal(tree, manifest: signed.manifest, json: signed.json).map(\.description)
  }

  /// The keys that may have signed what is installed of a plugin.
  func signingKeys(of plugin: PluginName) async throws -> [PublicKey] {
    guard let install = try ledger.install(of: plugin) else {
      throw UpdatingError.notInstalled(plugin: plugin.text)
    }
    return try await knownBundleKeys(of: try repositories.named(install.repository))
  }

  /// Keeps a plugin from starting, and says so once.
  func block(
    _ home: PluginFolder, _ tree: TreeName, version: ReleaseVersion?, differences: [String], seenBy who: String
  ) throws {
    let now = machine.clock.now()
    // A mark that cannot be read is replaced by one that can.
    let before = try? home.integrityBlock()
    try home.setIntegrityBlock(IntegrityBlock(tree: tree, since: now, differences: differences))
    guard before?.tree != tree else { return }
    _ = try ledger.record(
      HistoryEntry(
        time: now, plugin: home.name, event: "blocked", toVersion: version, toTree: tree,
        reason: "\(who) found it changed: \(differences.count) differences, the first: \(differences.first ?? "")"))
  }

  /// Reads a prepared tree once more, right before it is switched to.
  ///
  /// Its manifest was verified when it was prepared, in this process. Throws
  /// ``UpdatingError/treeChanged(plugin:version:differences:)``.
  func requireWhole(_ release: PreparedRelease, at home: PluginFolder) throws {
    let json = try home.manifestBytes(of: release.tree)
    let manifest = try home.manifest(of: release.tree)
    guard manifest.outline == release.manifest.outline else {
      throw UpdatingError.treeChanged(
        plugin: release.manifest.plugin.text, version: release.manifest.version.text,
        differences: ["its kept manifest is another one than when it was prepared"])
    }
    if case .intact = try home.compareWithSeal(release.tree, manifest: SHA256Digest.of(json)).finding { return }
    let differences = try home.verifyAndSeal(release.tree, manifest: manifest, json: json)
    guard differences.isEmpty else {
      throw UpdatingError.treeChanged(
        plugin: release.manifest.plugin.text, version: release.manifest.version.text,
        differences: differences.prefix(IntegrityBlock.namedDifferences).map(\.description))
    }
  }
}
