internal import Platform
package import Releases
package import SystemPackage

/// A source that became a tree: scanned, hashed and described, ready to be written as a bundle.
///
/// Of an archive it holds the temporary folder into which it was imported, and removes it when it is let go of.
package final class PreparedTree: Sendable {
  /// The folder that holds the tree.
  package let folder: FilePath
  /// The manifest of the bundle that would be written now.
  package let manifest: BundleManifest
  /// The plugin's own manifest.
  package let pluginManifest: MCPBManifest

  private let imported: ImportedFolder?

  init(folder: FilePath, manifest: BundleManifest, pluginManifest: MCPBManifest, imported: ImportedFolder?) {
    self.folder = folder
    self.manifest = manifest
    self.pluginManifest = pluginManifest
    self.imported = imported
  }

  /// The same tree with the digests of the plugin's tools in its manifest; throws `BundleError.release`.
  package func adding(toolPins: ToolPins) throws(BundleError) -> PreparedTree {
    let old = manifest
    let manifest = try releasing(
      try BundleManifest(
        plugin: old.plugin, version: old.version, platform: old.platform, description: old.description,
        launch: old.launch, userConfig: old.userConfig, permissions: old.permissions, toolPins: toolPins,
        state: old.state, probes: old.probes, entries: old.entries))
    return PreparedTree(
      folder: folder, manifest: manifest, pluginManifest: pluginManifest, imported: imported)
  }
}

/// A temporary folder that goes away with its last user.
final class ImportedFolder: Sendable {
  let path: FilePath
  private let files: any FileSystem

  init(_ path: FilePath, files: any FileSystem) {
    self.path = path
    self.files = files
  }

  deinit { try? files.removeTree(path) }
}
