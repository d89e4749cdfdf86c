package import Releases
package import Signing
internal import StrictJSON

/// The few facts of a bundle manifest that are wanted often, so that the whole manifest need not be read for them.
///
/// It is written next to the manifest and made again from it when it is missing or damaged; nothing is believed
/// because of it.
package struct TreeSummary: Hashable, Sendable {
  /// The release's version.
  package let version: ReleaseVersion
  /// How many entries the tree has.
  package let entries: Int
  /// The sum of all file sizes in bytes.
  package let totalSize: Int64
  /// The SHA-256 of the bundle manifest's bytes.
  package let manifest: SHA256Digest
  /// Which form of its state the release writes, and which forms it can read.
  package let state: StateEpoch

  init(_ manifest: BundleManifest, bytes: [UInt8]) {
    version = manifest.version
    entries = manifest.entries.count
    totalSize = manifest.totalSize
    self.manifest = SHA256Digest.of(bytes)
    state = manifest.state
  }

  init?(json bytes: [UInt8]) {
    guard let json = try? JSON.parse(bytes), json["format"]?.intValue == 1,
      let version = json["version"]?.stringValue.flatMap({ try? ReleaseVersion($0) }),
      let entries = json["entries"]?.intValue, let totalSize = json["totalSize"]?.int64Value,
      let manifest = json["manifest"]?.stringValue.flatMap({ SHA256Digest(hex: $0) })
    else { return nil }
    // A release that says nothing has no member; one that cannot be read must not pass for that.
    let state = json["state"].map { StateEpoch(json: $0) } ?? .original
    guard let state else { return nil }
    self.state = state
    self.version = version
    self.entries = entries
    self.totalSize = totalSize
    self.manifest = manifest
  }

  var encoded: [UInt8] {
    var json: JSON.Object = [
      "format": 1, "version": .string(version.text), "entries": .int(entries), "totalSize": .integer(totalSize),
      "manifest": .string(manifest.hex),
    ]
    if !state.isOriginal { json["state"] = state.json }
    return JSON.object(json).serialized(pretty: false)
  }
}

extension PluginFolder {
  /// Version, size and manifest digest of a tree that is here.
  ///
  /// - Throws: `noTree` when there is no manifest for it, `damaged` when the manifest is malformed.
  package func summary(of tree: TreeName) throws(StorageError) -> TreeSummary {
    if let bytes = try disk.readIfPresent(summaryPath(of: tree), limit: 4096), let summary = TreeSummary(json: bytes) {
      return summary
    }
    return TreeSummary(try manifest(of: tree), bytes: try manifestBytes(of: tree))
  }
}
