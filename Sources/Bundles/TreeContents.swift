internal import Platform
internal import Releases
internal import Signing
internal import SystemPackage

/// The files of one side of a delta, compared with their manifest while they are read.
struct TreeContents: Sendable {
  let entries: [TreeEntry]
  let folder: FilePath
  private let files: any FileSystem
  /// Whether another content than the manifest says means damage of what is installed, or change during packing.
  private let isInstalled: Bool

  init(_ tree: DeltaTree, files: any FileSystem, isInstalled: Bool) {
    entries = tree.signed.manifest.entries
    folder = tree.folder
    self.files = files
    self.isInstalled = isInstalled
  }

  /// Where a file lies.
  func path(of index: Int) -> FilePath { folder.appending(entries[index].path) }

  /// All bytes of a file, which the caller knows to be small; throws when they are not what the manifest says.
  func whole(_ index: Int) throws(BundleError) -> [UInt8] {
    let bytes = try part(index, 0..<entries[index].size)
    let digest = SHA256Digest.of(bytes)
    guard digest == entries[index].sha256 else { throw mismatch(index, digest: digest) }
    return bytes
  }

  /// Some bytes of a file that was checked before.
  func part(_ index: Int, _ range: Range<Int64>) throws(BundleError) -> [UInt8] {
    let file = try open(index)
    var bytes = [UInt8](repeating: 0, count: Int(range.upperBound - range.lowerBound))
    var filled = try filing(try file.read(at: range.lowerBound, into: &bytes))
    while filled < bytes.count {
      var rest = [UInt8](repeating: 0, count: bytes.count - filled)
      let count = try filing(try file.read(at: range.lowerBound + Int64(filled), into: &rest))
      guard count > 0 else { throw mismatch(index, size: range.lowerBound + Int64(filled)) }
      bytes.replaceSubrange(filled..<(filled + count), with: rest[..<count])
      filled += count
    }
    return bytes
  }

  /// The prefix of a frame; files that stand in it as a part must have been checked before.
  func prefix(_ sources: [DeltaFrame.Source]) throws(BundleError) -> [UInt8] {
    if sources.count == 1, let only = sources.first { return try bytes(of: only) }
    var prefix: [UInt8] = []
    prefix.reserveCapacity(Int(sources.reduce(0) { $0 + size(of: $1) }))
    for source in sources { prefix += try bytes(of: source) }
    return prefix
  }

  /// How many bytes of a prefix a source is.
  func size(of source: DeltaFrame.Source) -> Int64 {
    source.part.map { $0.upperBound - $0.lowerBound } ?? entries[source.entry].size
  }

  private func bytes(of source: DeltaFrame.Source) throws(BundleError) -> [UInt8] {
    guard let part = source.part else { return try whole(source.entry) }
    return try self.part(source.entry, part)
  }

  /// Reads a whole file in pieces, hands them on, and compares it with the manifest.
  func check(_ index: Int, _ visitor: ([UInt8]) -> Void = { _ in }) throws(BundleError) {
    let file = try open(index)
    var hasher = SHA256Hasher()
    _ = try filing(
      try FileDigest.feed(file) { bytes in
        hasher.update(bytes)
        visitor(bytes)
      })
    let digest = hasher.finalize()
    guard digest == entries[index].sha256 else { throw mismatch(index, digest: digest) }
  }

  private func open(_ index: Int) throws(BundleError) -> any ReadableFile {
    let file = try filing(try files.open(path(of: index), followingLinks: false))
    let size = try filing(try file.size())
    guard size == entries[index].size else { throw mismatch(index, size: size) }
    return file
  }

  private func mismatch(_ index: Int, size: Int64) -> BundleError {
    mismatch(index, offered: "\(size) bytes", expected: "\(entries[index].size) bytes")
  }

  private func mismatch(_ index: Int, digest: SHA256Digest) -> BundleError {
    mismatch(index, offered: digest.hex, expected: entries[index].sha256?.hex ?? "none")
  }

  private func mismatch(_ index: Int, offered: String, expected: String) -> BundleError {
    let path = entries[index].path
    return isInstalled
      ? .damagedTree(path: path, offered: offered, expected: expected) : .changedWhilePacking(path)
  }
}
