internal import Platform
internal import Releases
internal import Signing
internal import SystemPackage

/// The first pass over a tree: what every file holds.
struct TreeHashing: Sendable {
  private let folder: FilePath
  private let files: any FileSystem
  private var buffer = [UInt8](repeating: 0, count: BundleLimits.chunkBytes)
  private(set) var machineCode = MachineCode()

  init(folder: FilePath, files: any FileSystem) {
    self.folder = folder
    self.files = files
  }

  /// Hashes every file; throws `BundleError.changedWhilePacking` for one that has another size than was found.
  mutating func entries(of found: [FolderScan.Found]) throws(BundleError) -> [TreeEntry] {
    var entries: [TreeEntry] = []
    entries.reserveCapacity(found.count)
    for item in found {
      let kind: TreeEntry.Kind
      switch item.kind {
      case .file(let mode, let size):
        kind = .file(mode: mode, size: size, sha256: try digest(of: item.path, size: size))
      case .symlink(let target): kind = .symlink(target: target)
      case .emptyFolder: kind = .directory
      }
      entries.append(try releasing(try TreeEntry(path: item.path, kind: kind)))
    }
    return entries
  }

  private mutating func digest(of path: String, size: Int64) throws(BundleError) -> SHA256Digest {
    let file = try filing(try files.open(folder.appending(path), followingLinks: false))
    var hasher = SHA256Hasher()
    var length: Int64 = 0
    while true {
      let count = try filing(try file.read(into: &buffer))
      if count == 0 { break }
      if length == 0 { machineCode.look(at: buffer[..<count]) }
      hasher.update(count == buffer.count ? buffer : Array(buffer[..<count]))
      length += Int64(count)
    }
    guard length == size else { throw .changedWhilePacking(path) }
    return hasher.finalize()
  }
}
