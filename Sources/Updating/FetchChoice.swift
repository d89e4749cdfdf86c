package import Releases
import Signing
package import Storage

/// How an offered release comes onto this host, with the bytes that this takes.
package struct FetchChoice: Hashable, Sendable {
  /// Where the content comes from.
  package enum Way: Hashable, Sendable {
    /// The whole tree is here already.
    case tree
    /// Its signed manifest and all of its objects are here.
    case objects
    /// A file that turns a tree that is here into the new one.
    case delta(DeltaOffer, base: TreeName)
    /// The whole bundle.
    case bundle
  }

  /// Where the content comes from.
  package let way: Way
  /// Bytes that still have to come over the network.
  package let bytes: Int64
  /// What the whole bundle would still take.
  package let bundleBytes: Int64
  /// Whether an interrupted download goes on.
  package var isResumed = false

  /// One line: what was chosen, and why.
  package var sentence: String {
    switch way {
    case .tree: "nothing to fetch: the release is here already"
    case .objects: "nothing to fetch: all of its files are here already"
    case .delta(let delta, _):
      "fetching the delta from \(delta.version): \(bytes) bytes instead of \(bundleBytes) for the whole bundle"
    case .bundle:
      "fetching \(isResumed ? "the rest of the bundle" : "the whole bundle"): \(bytes) bytes"
    }
  }

  /// The word that `--json` prints.
  package var word: String {
    switch way {
    case .tree: "tree"
    case .objects: "objects"
    case .delta: "delta"
    case .bundle: "bundle"
    }
  }

  /// What has to come over the network costs the most, so the fewest bytes win; the whole bundle wins a tie, because
  /// it depends on nothing that is here.
  ///
  /// - Parameters:
  ///   - trees: the complete trees of the plugin on this host.
  ///   - partial: how many bytes of the file of this digest an interrupted download left.
  static func cheapest(
    of bundle: BundleOffer, trees: [TreeName], partial: (SHA256Digest) throws -> Int64
  ) rethrows -> FetchChoice {
    let whole = try rest(bundle.length, bundle.sha256, partial)
    var best = FetchChoice(
      way: .bundle, bytes: whole, bundleBytes: whole, isResumed: whole < bundle.length)
    for delta in bundle.deltas {
      guard let base = trees.first(where: { $0.tree == delta.from }) else { continue }
      let bytes = try rest(delta.length, delta.sha256, partial)
      if bytes < best.bytes {
        best = FetchChoice(
          way: .delta(delta, base: base), bytes: bytes, bundleBytes: whole, isResumed: bytes < delta.length)
      }
    }
    return best
  }

  private static func rest(
    _ length: Int64, _ digest: SHA256Digest, _ partial: (SHA256Digest) throws -> Int64
  ) rethrows -> Int64 {
    let there = try partial(digest)
    return (0...length).contains(there) ? length - there : length
  }
}
