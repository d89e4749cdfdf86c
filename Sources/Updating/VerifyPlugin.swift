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
    let installed = try installed(plugin)
    guard let install = try ledger.install(of: plugin) else {
      throw UpdatingError.notInstalled(plugin: plugin.text)
    }
    let keys = try await knownBundleKeys(of: try repositories.named(install.repository))
    let signed = try SignedManifest(
      json: installed.home.manifestBytes(of: installed.tree),
      signature: installed.home.signatureBytes(of: installed.tree), keys: keys)
    let differences = try installed.home.verify(installed.tree)
    return InstalledReport(
      plugin: plugin, version: signed.manifest.version, tree: installed.tree, entries: signed.manifest.entries.count,
      differences: differences, signer: signed.signer.hasKeyNumber ? signed.signer.keyNumberHex : "the build key")
  }
}
