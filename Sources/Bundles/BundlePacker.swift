package import Platform
package import Releases
package import Signing
package import SystemPackage

/// Turns a folder, an `.mcpb` or a tar into a signed bundle, the same bytes for the same tree.
///
/// Packing has two passes. The first hashes the tree, because the manifest stands at the front of a bundle; the second
/// writes it, hashing again, and refuses a file that changed in between. No file is ever held in memory.
package struct BundlePacker: Sendable {
  /// What the publisher says instead of, or beyond, the plugin's own manifest.
  package struct Options: Hashable, Sendable {
    /// The plugin's name, where `manifest.json` has none under its `_meta`.
    package var plugin: PluginName?
    /// The version instead of the manifest's.
    package var version: ReleaseVersion?
    /// The platform instead of the one that the tree's machine code tells.
    package var platform: TargetPlatform?
    /// The permissions instead of the manifest's.
    package var permissions: Permissions?
    /// The digests of the plugin's tools.
    package var toolPins: ToolPins?
    /// How hard zstd tries, 1 to 19; another level makes another file of the same tree.
    package var level: Int32 = BundlePacker.defaultLevel

    /// Everything as the plugin's own manifest says.
    package init() {}
  }

  /// The level of compression when nobody asks for another.
  ///
  /// Measured on Python packages of 20 MB: 12 makes the bundle 2 % smaller in twice the time and memory, 19 makes it
  /// 12 % smaller in 24 times the time.
  package static let defaultLevel: Int32 = 9

  private let files: any FileSystem
  private let options: Options

  /// A packer with these wishes.
  package init(files: any FileSystem, options: Options = Options()) {
    self.files = files
    self.options = options
  }

  /// Packs a source into a folder: the bundle under its own name, and the signature of the whole file beside it.
  ///
  /// Files of those names are replaced, each in one step. Throws the `BundleError` that refuses the source.
  package func pack(_ source: FilePath, into folder: FilePath, by signer: Signer) throws(BundleError) -> PackedBundle {
    try refuseInside(source, folder)
    return try write(try prepare(source, scratch: folder), into: folder, by: signer)
  }

  /// Scans, imports if need be, hashes and describes a source.
  ///
  /// - Parameter scratch: the folder in which an archive is unpacked, under a temporary name.
  package func prepare(_ source: FilePath, scratch: FilePath) throws(BundleError) -> PreparedTree {
    // "." behind the path lets a symbolic link to a folder count as the folder.
    let isFolder = try filing(try files.status(source.appending(".")))?.kind == .directory
    guard !isFolder else { return try describe(source, imported: nil) }
    let imported = ImportedFolder(scratch.appending(".import-\(SecureRandom.hex(bytes: 8))"), files: files)
    try ArchiveImporter(files: files).unpack(source, into: imported.path)
    // A bundle of ours keeps the plugin in a folder of its own, beside the signed manifest that it had.
    let inside = imported.path.appending("tree")
    let manifest = try filing(try files.status(imported.path.appending(BundlePart.manifestName)))
    let own = try filing(try files.status(inside.appending("manifest.json")))
    let isBundle = manifest != nil && own != nil
    return try describe(isBundle ? inside : imported.path, imported: imported)
  }

  /// Writes a prepared tree as a bundle.
  package func write(
    _ tree: PreparedTree, into folder: FilePath, by signer: Signer
  ) throws(BundleError) -> PackedBundle {
    try refuseInside(tree.folder, folder)
    let manifest = tree.manifest
    let path = folder.appending(
      ReleasePaths.bundleName(manifest.plugin, manifest.version, manifest.platform))
    let temporary = folder.appending(".bundle-\(SecureRandom.hex(bytes: 8)).new")
    do throws(BundleError) {
      let result = try BundleWriter(files: files, level: options.level).write(tree, to: temporary, by: signer)
      let signature = try sign(result.digest, manifest, by: signer)
      try filing(try files.rename(temporary, to: path))
      let signaturePath = CheckedFile.signaturePath(of: path)
      // This also makes the bundle's own name durable, because it forces the folder onto the disk.
      try filing(try files.write(Array(signature.text.utf8), atomicallyTo: signaturePath, mode: 0o644))
      return PackedBundle(
        path: path, signaturePath: signaturePath, length: result.length, sha256: result.sha256, manifest: manifest)
    } catch {
      try? files.removeIfPresent(temporary)
      throw error
    }
  }

  private func sign(
    _ digest: Minisign.Digest, _ manifest: BundleManifest, by signer: Signer
  ) throws(BundleError) -> MinisignSignature {
    do throws(KeyError) {
      return try signer.minisign(digest, trustedComment: manifest.trustedComment)
    } catch {
      throw .key(error)
    }
  }

  private func describe(_ folder: FilePath, imported: ImportedFolder?) throws(BundleError) -> PreparedTree {
    let own = try readPluginManifest(folder)
    var hashing = TreeHashing(folder: folder, files: files)
    // Folders on the way count here, and not in a manifest.
    let found = try FolderScan.run(folder, files: files, maxEntries: 4 * BundleManifest.maxEntries)
    let entries = try hashing.entries(of: found)
    let plugin: PluginName
    if let named = options.plugin ?? own.plugin {
      plugin = named
    } else {
      do throws(ReleaseError) { plugin = try PluginName(own.name) } catch {
        throw .noPluginName(manifestName: own.name)
      }
    }
    let version: ReleaseVersion
    if let named = options.version { version = named } else { version = try releasing(try ReleaseVersion(own.version)) }
    let platform: TargetPlatform
    if let named = options.platform { platform = named } else { platform = try hashing.machineCode.platform() }
    let manifest = try releasing(
      try BundleManifest(
        plugin: plugin, version: version, platform: platform,
        description: own.description, launch: own.launch, userConfig: own.userConfig,
        permissions: options.permissions ?? own.permissions ?? .none, toolPins: options.toolPins,
        state: own.state ?? .original, probes: own.probes, entries: entries))
    return PreparedTree(folder: folder, manifest: manifest, pluginManifest: own, imported: imported)
  }

  private func readPluginManifest(_ folder: FilePath) throws(BundleError) -> MCPBManifest {
    let path = folder.appending("manifest.json")
    guard try filing(try files.status(path))?.kind == .file else { throw .noPluginManifest(folder) }
    let bytes = try filing(try files.readAll(path, limit: MCPBManifest.maxBytes))
    do throws(ReleaseError) { return try MCPBManifest(json: bytes) } catch { throw .release(error.blaming(.user)) }
  }

  /// Refuses an output folder that is the source or lies in it: the next bundle would hold this one.
  ///
  /// Folders are compared by their numbers on the disk on the way up, so that no link and no ".." hides one.
  private func refuseInside(_ source: FilePath, _ output: FilePath) throws(BundleError) {
    guard let top = try filing(try files.status(source.appending("."))) else { return }
    var path = output.appending(".")
    var previous: FileStatus?
    for _ in 0..<BundleLimits.maxFoldersAbove {
      guard let status = try filing(try files.status(path)) else { return }
      if status.device == top.device, status.inode == top.inode { throw .outputInsideSource(output) }
      // The folder above the root is the root.
      if let previous, previous.device == status.device, previous.inode == status.inode { return }
      previous = status
      path = path.appending("..")
    }
  }
}

/// A bundle that was written.
package struct PackedBundle: Sendable {
  /// The bundle file.
  package let path: FilePath
  /// The minisign signature over the whole file.
  package let signaturePath: FilePath
  /// The length of the bundle in bytes.
  package let length: Int64
  /// The digest of the bundle.
  package let sha256: SHA256Digest
  /// What it holds.
  package let manifest: BundleManifest
}
