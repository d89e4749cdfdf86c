/// A piece of a tree on its way out of a bundle.
///
/// A small file, a link and an empty folder are one part each, first and last at once; links, folders and empty files
/// have no bytes.
package struct BundlePart: Sendable {
  /// Which entry of the manifest the part belongs to.
  package let index: Int
  /// The next content of that entry, at most `BundleLimits.chunkBytes`.
  package let bytes: [UInt8]
  /// Whether the entry begins here.
  package let isFirst: Bool
  /// Whether the entry ends here.
  package let isLast: Bool

  /// The path of the manifest within a bundle.
  static let manifestName = "bundle.json"
  /// The path of the manifest's signature within a bundle.
  static let signatureName = "bundle.json.minisig"
  /// The folder within a bundle under which the tree lies, slash included.
  static let treePrefix = "tree/"
}
