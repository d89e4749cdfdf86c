import Bundles
import Platform
package import Releases
import Signing
package import Storage

/// What re-reading an installed tree found.
package struct InstalledReport: Sendable {
  /// The plugin.
  package let plugin: PluginName
  /// The version that its manifest names.
  package let version: ReleaseVersion
  /// The tree that was read.
  package let tree: TreeName
  /// How many entries were compared.
  package let entries: Int
  /// Every difference to the signed manifest; none is good.
  package let differences: [TreeDifference]
  /// The key that signed the manifest, as minisign prints it.
  package let signer: String
}

extension PluginHost {
  /// Reads an installed tree again: the signature of its manifest, and then every file against it.
  ///
  /// Needs no network: the keys are those of the trusted metadata on this host. Throws `BundleError` where the manifest
  /// itself is not signed by them.
  package func verify(_ plugin: PluginName) async throws -> InstalledReport {
    let home = try folder.plugin(plugin)
    guard let tree = try home.current() else { throw UpdatingError.notInstalled(plugin: plugin.text) }
    guard let install = try ledger.install(of: plugin) else {
      throw UpdatingError.notInstalled(plugin: plugin.text)
    }
    let keys = try await knownBundleKeys(of: try repositories.named(install.repository))
    let signed = try SignedManifest(
      json: home.manifestBytes(of: tree), signature: home.signatureBytes(of: tree), keys: keys)
    let differences = try home.verify(tree, against: signed.manifest)
    return InstalledReport(
      plugin: plugin, version: signed.manifest.version, tree: tree, entries: signed.manifest.entries.count,
      differences: differences, signer: signed.signer.hasKeyNumber ? signed.signer.keyNumberHex : "the build key")
  }
}
