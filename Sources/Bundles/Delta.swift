internal import Releases
package import Signing
package import SystemPackage

/// A release's tree as it lies unpacked in a folder, with the signed manifest that vouches for it: one side of a delta.
///
/// # A delta file
///
/// A delta turns the tree of one release into the tree of the next. It is a deterministic tar in one zstd frame, with
/// entries in the form that bundles have (see ``TarHeader``), in this order:
///
/// | entry | holds |
/// | --- | --- |
/// | `delta.json` | what the other entries are made from, see ``DeltaDescription`` |
/// | `bundle.json.zst` | the new `bundle.json`: a zstd frame whose prefix is the old `bundle.json` |
/// | `bundle.json.minisig` | the signature over the new `bundle.json` |
/// | `new/N` | frame number N, which has no prefix |
/// | `patch/N` | frame number N, whose prefix is content of the old tree |
///
/// What need not come is not mentioned: a file whose digest the old manifest names as well is there already. Of the
/// others each content comes once for each mode. Content is numbered in the order of the new manifest, old files in
/// that of the old manifest, so that `delta.json` needs neither paths nor digests; the one digest in it pins the old
/// manifest. A small file shares a frame with files like it, a large one is cut into parts that are a frame each. All
/// sizes follow from the two manifests, and the limits of ``DeltaLimits`` hold for each frame: whoever applies a delta
/// holds one frame, its prefix and its content at a time, whatever the sizes of the files.
///
/// A delta is believed like a bundle: length and digest of the whole file come from signed metadata, before anything
/// reaches a decompressor. Then the signature over the new manifest is checked, the old content is compared with the
/// old manifest while it is read, and what comes out is compared with the new one file by file.
package struct DeltaTree: Sendable {
  /// The folder that holds the files.
  package let folder: FilePath
  /// The manifest of the tree, checked.
  package let signed: SignedManifest

  /// Names a tree without touching it.
  package init(folder: FilePath, signed: SignedManifest) {
    self.folder = folder
    self.signed = signed
  }
}

/// A delta file that was written.
package struct PackedDelta: Hashable, Sendable {
  /// Where it lies.
  package let path: FilePath
  /// Its length in bytes.
  package let length: Int64
  /// The digest of the whole file.
  package let sha256: SHA256Digest
}

/// The constants that bound a delta and what its reader holds.
package enum DeltaLimits {
  /// The most frames of a delta.
  package static let maxFrames = 16_384
  /// The most content of one frame, in bytes: 8 MiB.
  package static let maxContent: Int64 = 8 << 20
  /// The longest prefix of one frame, in bytes: 8 MiB.
  package static let maxPrefix: Int64 = 8 << 20
  /// The most content and prefix of one frame together, in bytes: 12 MiB.
  package static let maxSum: Int64 = 12 << 20
  /// The largest `delta.json`, in bytes.
  package static let maxDescriptionBytes = 2 << 20
  /// The most numbers, lists and objects in a `delta.json`.
  package static let maxDescriptionMembers = 200_000
  /// The base-2 logarithm of the window of the outer zstd frame: what it holds is compressed already.
  package static let windowLog: Int32 = 18

  /// The longest zstd frame for content of this size that is believed: zstd stores what it cannot compress.
  static func maxFrameBytes(_ content: Int64) -> Int { Int(content) + Int(content) / 256 + 1024 }
}

/// The parts of a delta.
enum DeltaPart {
  static let description = "delta.json"
  static let manifest = "bundle.json.zst"

  /// The name of a frame within a delta.
  static func frame(_ number: Int, _ frame: DeltaFrame) -> String {
    (frame.sources.isEmpty ? "new/" : "patch/") + String(number)
  }
}

/// One zstd frame of a delta: what it unpacks to, and what it is a patch of.
struct DeltaFrame: Hashable, Sendable {
  /// Old content that stands in the prefix of a frame.
  struct Source: Hashable, Sendable {
    /// Which entry of the old manifest.
    let entry: Int
    /// The part of the file in bytes; nil for all of it.
    var part: Range<Int64>?
  }

  /// The numbers of the contents that come one after the other.
  var files: [Int]
  /// The part of the one file in bytes; nil when the frame holds whole files.
  var part: Range<Int64>?
  /// What stands in the prefix, one after the other.
  var sources: [Source]
}

/// Which content the new tree needs and the old one does not have.
struct DeltaNeeds: Sendable {
  /// Content together with the one bit of mode that hosts keep apart.
  private struct Key: Hashable {
    let digest: SHA256Digest
    let isExecutable: Bool

    init?(_ entry: TreeEntry) {
      guard entry.size > 0, let digest = entry.sha256 else { return nil }
      self.digest = digest
      isExecutable = entry.isExecutable
    }

    private init(digest: SHA256Digest, isExecutable: Bool) {
      self.digest = digest
      self.isExecutable = isExecutable
    }

    var withOtherMode: Key { Key(digest: digest, isExecutable: !isExecutable) }
  }

  /// For each content that has to come the first entry of the new manifest that has it.
  let entries: [Int]
  private let kept: [Key: Int32]

  init(from old: [TreeEntry], to new: [TreeEntry]) {
    var kept: [Key: Int32] = [:]
    kept.reserveCapacity(old.count)
    for (index, entry) in old.enumerated() {
      if let key = Key(entry), kept[key] == nil { kept[key] = Int32(clamping: index) }
    }
    var seen: Set<Key> = []
    entries = new.indices.filter { index in
      guard let key = Key(new[index]), kept[key] == nil, kept[key.withOtherMode] == nil else { return false }
      return seen.insert(key).inserted
    }
    self.kept = kept
  }

  /// The entry of the old manifest that has the content of this new one, of the same mode where there is one.
  func keptEntry(for entry: TreeEntry) -> Int? {
    guard let key = Key(entry) else { return nil }
    return (kept[key] ?? kept[key.withOtherMode]).map(Int.init)
  }
}
