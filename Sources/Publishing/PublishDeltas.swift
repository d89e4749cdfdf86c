import Bundles
import Platform
import Releases
import Signing
import SystemPackage
import TUF

/// The deltas of a release that is being published: from the last releases of each channel to the new one.
///
/// A host that runs any of them then fetches a small file instead of the whole bundle.
struct DeltaMaking {
  /// How many of the newest releases of each channel a delta starts from.
  static let releasesPerChannel = 3
  /// A delta that is longer than this share of the bundle is not worth keeping, in percent.
  static let largestShare: Int64 = 70

  let publisher: Publisher
  let state: RepositoryState

  private var workspace: Workspace { publisher.workspace }
  private var files: any FileSystem { workspace.machine.files }

  /// What was made, and why something was not.
  struct Made {
    var deltas: [(offer: DeltaOffer, target: NewTarget, path: FilePath)] = []
    var warnings: [String] = []
  }

  /// Makes every delta that is worth keeping, each a file in the staging folder.
  ///
  /// An old release that cannot be read costs its delta and a warning, never the publication.
  func make(to packed: PackedBundle) throws -> Made {
    let sources = try sources(for: packed.manifest)
    var made = Made()
    guard !sources.isEmpty else { return made }
    let folder = workspace.staging.appending("delta")
    try files.removeTree(folder)
    defer { try? files.removeTree(folder) }
    let new = try unpack(packed, into: folder.appending("new"))
    for (number, source) in sources.enumerated() {
      do {
        let old = DeltaTree(
          folder: folder.appending("old-\(number)"),
          signed: try publisher.unpack(source.bundle, into: folder.appending("old-\(number)")))
        if let delta = try make(from: old, to: new, packed) { made.deltas.append(delta) }
        try files.removeTree(old.folder)
      } catch {
        made.warnings.append("there will be no delta from \(source.version): \(error)")
      }
    }
    return made
  }

  private func make(
    from old: DeltaTree, to new: DeltaTree, _ packed: PackedBundle
  ) throws -> (offer: DeltaOffer, target: NewTarget, path: FilePath)? {
    let (before, after) = (old.signed.manifest, new.signed.manifest)
    let path = ReleasePaths.delta(after.plugin, from: before.version, to: after.version, after.platform)
    let name = path.split(separator: "/").last.map { String($0) } ?? path
    let file = workspace.staging.appending(name)
    try files.removeIfPresent(file)
    let limit = packed.length / 100 * Self.largestShare + packed.length % 100 * Self.largestShare / 100
    guard let delta = try DeltaPacker(files: files).pack(from: old, to: new, at: file, limit: limit) else { return nil }
    return (
      try DeltaOffer(
        from: before.tree, version: before.version, path: path, length: delta.length, sha256: delta.sha256),
      NewTarget(path: path, length: delta.length, sha256: delta.sha256), file
    )
  }

  /// The bundle that was just packed, unpacked again: what is compared is what hosts will get.
  private func unpack(_ packed: PackedBundle, into folder: FilePath) throws -> DeltaTree {
    let file = try CheckedFile.check(packed.path, length: packed.length, sha256: packed.sha256, files: files)
    let reader = try BundleReader(file, keys: publisher.bundleKeys())
    return DeltaTree(folder: folder, signed: try publisher.unpack(reader, into: folder))
  }

  /// The last releases of each channel for this platform, each once, those of this very tree aside.
  private func sources(for manifest: BundleManifest) throws -> [(version: ReleaseVersion, bundle: BundleOffer)] {
    let bundles = state.targets(of: try publisher.bundlesRole())
    let history = ManifestHistory(workspace: workspace, state: state)
    var sources: [(version: ReleaseVersion, bundle: BundleOffer)] = []
    for (channel, _) in workspace.policies {
      var versions: Set<ReleaseVersion> = []
      for past in try history.manifests(of: manifest.plugin, in: channel)
      where versions.count < Self.releasesPerChannel && past.version != manifest.version {
        guard publisher.vouches(bundles, for: past), let bundle = past.bundle(for: manifest.platform),
          versions.insert(past.version).inserted, !sources.contains(where: { $0.version == past.version })
        else { continue }
        sources.append((past.version, bundle))
      }
    }
    return Array(sources.prefix(BundleOffer.maxDeltas))
  }
}
