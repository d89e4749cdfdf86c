package import Signing

/// The name of a tree's folder below `trees/`, and so what `current` and every snapshot point to.
///
/// It is the tree digest in hexadecimal. A second signed bundle manifest for the very same files (another version,
/// other permissions) gets the digest followed by a dash and the first 16 digits of the SHA-256 of its `bundle.json`,
/// so that one name always stands for one signed manifest.
package struct TreeName: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The tree digest that the bundle manifest names.
  package let tree: SHA256Digest
  /// The first 16 hexadecimal digits of the manifest's digest where a tree digest alone would be ambiguous.
  package let variant: String?

  /// The name of the first manifest that came with a tree.
  package init(_ tree: SHA256Digest) {
    self.tree = tree
    variant = nil
  }

  /// The name of a further manifest for the same tree.
  package init(_ tree: SHA256Digest, manifest: SHA256Digest) {
    self.tree = tree
    variant = String(manifest.hex.prefix(16))
  }

  /// Reads a folder's name back; nil when it is not a tree's.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard let first = parts.first, parts.count <= 2, let tree = SHA256Digest(hex: String(first)) else { return nil }
    guard tree.hex == first else { return nil }
    self.tree = tree
    guard parts.count == 2 else {
      variant = nil
      return
    }
    let digits = parts[1].utf8
    guard digits.count == 16, digits.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
      return nil
    }
    variant = String(parts[1])
  }

  /// The folder's name.
  package var text: String { variant.map { "\(tree.hex)-\($0)" } ?? tree.hex }

  /// The folder's name.
  package var description: String { text }

  /// Orders names by their text.
  package static func < (one: TreeName, other: TreeName) -> Bool { one.text < other.text }
}
