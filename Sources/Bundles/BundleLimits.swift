/// The constants that bound what Bundles reads and holds, whatever a file claims.
package enum BundleLimits {
  /// The largest bundle file that is opened, in bytes.
  package static let maxBundleBytes: Int64 = 4 << 30
  /// The base-2 logarithm of the zstd window that bundles are written with and that readers accept: 8 MiB.
  package static let windowLog: Int32 = 23
  /// The longest piece of content that is handed out or written at once, in bytes.
  package static let chunkBytes = 256 * 1024
  /// The most entries of an imported archive, folders included.
  package static let maxArchiveEntries = 400_000
  /// The most content of an imported archive, in bytes.
  package static let maxArchiveContent: Int64 = 4 << 30
  /// How many times its own size an archive may expand to, once the content is over `minBombContent`.
  package static let maxExpansion: Int64 = 1000
  /// Below this much content, in bytes, no archive counts as a bomb.
  package static let minBombContent: Int64 = 64 << 20
  /// How many folders above an output folder are looked at.
  package static let maxFoldersAbove = 256
  /// The largest `.mcpbignore`, in bytes.
  package static let maxIgnoreBytes = 256 * 1024
  /// The longest signature block behind an `.mcpb`, in bytes.
  package static let maxSignatureBlock = 1 << 20
}
