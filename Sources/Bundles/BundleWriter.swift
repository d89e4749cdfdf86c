internal import Platform
internal import Releases
internal import Signing
internal import SystemPackage

/// The second pass over a tree: the bundle itself.
struct BundleWriter {
  private let files: any FileSystem
  private let level: Int32

  init(files: any FileSystem, level: Int32) {
    self.files = files
    self.level = level
  }

  /// Writes the bundle to a path where nothing is yet and waits until it is on the disk.
  func write(
    _ tree: PreparedTree, to path: FilePath, by signer: Signer
  ) throws(BundleError) -> BundleOutput.Result {
    let json = tree.manifest.encoded()
    guard json.count <= BundleManifest.maxManifestBytes else {
      throw .partTooLarge(part: BundlePart.manifestName, limit: BundleManifest.maxManifestBytes)
    }
    let signature: [UInt8]
    do throws(KeyError) {
      signature = Array(try signer.minisign(json, trustedComment: tree.manifest.trustedComment).text.utf8)
    } catch {
      throw .key(error)
    }
    let front = [(BundlePart.manifestName, json), (BundlePart.signatureName, signature)]
    let size = tarSize(front: front, entries: tree.manifest.entries)
    var output = try BundleOutput.create(path, contentSize: size, level: level, files: files)
    for (name, bytes) in front {
      try output.write(TarHeader.bytes(path: name, kind: .file(mode: 0o644, size: Int64(bytes.count))))
      try output.write(bytes)
      try output.write(padding(after: Int64(bytes.count)))
    }
    var buffer = [UInt8](repeating: 0, count: BundleLimits.chunkBytes)
    for entry in tree.manifest.entries {
      try output.write(TarHeader.bytes(path: BundlePart.treePrefix + entry.path, kind: entry.tarKind))
      guard case .file(_, let size, let digest) = entry.kind else { continue }
      try copy(tree.folder.appending(entry.path), entry.path, size, digest, to: &output, through: &buffer)
      try output.write(padding(after: size))
    }
    try output.write(TarHeader.end)
    return try output.finish()
  }

  private func copy(
    _ file: FilePath, _ path: String, _ size: Int64, _ digest: SHA256Digest, to output: inout BundleOutput,
    through buffer: inout [UInt8]
  ) throws(BundleError) {
    let file = try filing(try files.open(file, followingLinks: false))
    var hasher = SHA256Hasher()
    var length: Int64 = 0
    while true {
      let count = try filing(try file.read(into: &buffer))
      if count == 0 { break }
      length += Int64(count)
      // The header is written already: not one byte more than it says may follow.
      guard length <= size else { throw .changedWhilePacking(path) }
      hasher.update(count == buffer.count ? buffer : Array(buffer[..<count]))
      try output.write(buffer[..<count])
    }
    guard length == size, hasher.finalize() == digest else { throw .changedWhilePacking(path) }
  }

  private func padding(after size: Int64) -> [UInt8] {
    [UInt8](repeating: 0, count: TarHeader.padding(after: size))
  }

  /// The length of the whole tar, which zstd is told beforehand.
  private func tarSize(front: [(String, [UInt8])], entries: [TreeEntry]) -> Int64 {
    var total = Int64(TarHeader.end.count)
    func add(_ path: String, _ kind: TarHeader.Kind, _ size: Int64) {
      total += Int64(TarHeader.bytes(path: path, kind: kind).count) + size + Int64(TarHeader.padding(after: size))
    }
    for (name, bytes) in front { add(name, .file(mode: 0o644, size: Int64(bytes.count)), Int64(bytes.count)) }
    for entry in entries { add(BundlePart.treePrefix + entry.path, entry.tarKind, entry.size) }
    return total
  }
}
