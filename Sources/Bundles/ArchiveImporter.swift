package import Platform
package import SystemPackage

/// Unpacks somebody's `.mcpb`, zip or tar into a new folder.
///
/// Everything is bounded, and whatever could reach outside of the folder is refused. This is the publisher's own
/// import: hosts never unpack anything but verified bundles.
package struct ArchiveImporter: Sendable {
  /// What an archive may hold at most.
  package struct Limits: Hashable, Sendable {
    /// The most paths, folders included.
    package var entries = BundleLimits.maxArchiveEntries
    /// The most content in bytes.
    package var content = BundleLimits.maxArchiveContent
    /// How many times its own size the archive may expand to.
    package var expansion = BundleLimits.maxExpansion
    /// The content in bytes below which the expansion is not looked at.
    package var minBombContent = BundleLimits.minBombContent

    /// The limits of this version.
    package init() {}
  }

  private let files: any FileSystem
  private let limits: Limits

  /// An importer for these files.
  package init(files: any FileSystem, limits: Limits = Limits()) {
    self.files = files
    self.limits = limits
  }

  /// Unpacks the archive into a folder that must not exist yet; throws the `BundleError` that refuses it.
  ///
  /// After an error the folder holds what was unpacked so far; the caller removes it.
  package func unpack(_ archive: FilePath, into folder: FilePath) throws(BundleError) {
    let file = try filing(try files.open(archive))
    guard try filing(try file.status()).kind == .file else {
      throw .archive(.unknownFormat(reason: "\(archive) is not a file"))
    }
    let length = try filing(try MCPBFile.archiveLength(of: file))
    var handle = try archiving(try ArchiveHandle.open(file, length: length))
    try filing(try files.makeDirectory(folder, mode: 0o755))
    var run = Run(files: files, limits: limits, folder: folder, archiveLength: length)
    do throws(BundleError) {
      while let item = try archiving(try handle.next()) { try run.take(item, from: &handle) }
    } catch {
      // libarchive only knows that its callback failed; the reason is the file's.
      if let failure = handle.fileFailure { throw .file(failure) }
      throw error
    }
    try run.finish()
  }
}

/// One import while it runs.
private struct Run {
  let files: any FileSystem
  let limits: ArchiveImporter.Limits
  let folder: FilePath
  let archiveLength: Int64
  private var ledger: PathLedger
  private var madeFolders: Set<String> = [""]
  private var links: [(path: String, target: String)] = []
  private var content: Int64 = 0
  private var buffer = [UInt8](repeating: 0, count: BundleLimits.chunkBytes)

  init(files: any FileSystem, limits: ArchiveImporter.Limits, folder: FilePath, archiveLength: Int64) {
    self.files = files
    self.limits = limits
    self.folder = folder
    self.archiveLength = archiveLength
    self.ledger = PathLedger(maxEntries: limits.entries)
  }

  mutating func take(_ item: ArchiveItem, from handle: inout ArchiveHandle) throws(BundleError) {
    let isFolder = item.kind == .directory
    guard let path = try archiving(try ArchivePath.read(item.path, isFolder: isFolder)) else { return }
    try archiving(try Self.checkKind(item, path))
    switch item.kind {
    case .directory:
      try archiving(try ledger.add(path, .directory))
      try makeFolders(path)
    case .symlink:
      let target = try archiving(try ArchivePath.readLink(path, target: item.target))
      try archiving(try ledger.add(path, .symlink))
      links.append((path, target))
    default:
      try archiving(try ledger.add(path, .file))
      if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) { try makeFolders(String(path[..<slash])) }
      try write(path, mode: item.mode & 0o111 == 0 ? 0o644 : 0o755, from: &handle)
    }
  }

  /// Links come last, so that nothing is ever written through one.
  mutating func finish() throws(BundleError) {
    for link in links {
      if let slash = link.path.utf8.lastIndex(of: UInt8(ascii: "/")) { try makeFolders(String(link.path[..<slash])) }
      try filing(try files.symlink(to: FilePath(link.target), at: folder.appending(link.path)))
    }
  }

  private static func checkKind(_ item: ArchiveItem, _ path: String) throws(ArchiveError) {
    if item.isEncrypted { throw .encrypted(path) }
    switch item.kind {
    case .file, .directory, .symlink: break
    case .hardLink: throw .hardLink(path, target: String(decoding: item.target, as: UTF8.self))
    case .device: throw .device(path)
    case .fifo: throw .fifo(path)
    case .socket: throw .socket(path)
    case .unknown: throw .specialFile(path)
    }
    // The modes of links mean nothing on Linux.
    guard item.kind == .symlink || item.mode & 0o7000 == 0 else { throw .specialMode(path, mode: item.mode) }
  }

  private mutating func makeFolders(_ path: String) throws(BundleError) {
    guard !madeFolders.contains(path) else { return }
    try filing(try files.makeDirectories(folder.appending(path), mode: 0o755))
    var parent = path[...]
    while madeFolders.insert(String(parent)).inserted {
      parent = parent[..<(parent.utf8.lastIndex(of: UInt8(ascii: "/")) ?? parent.startIndex)]
    }
  }

  private mutating func write(
    _ path: String, mode: UInt16, from handle: inout ArchiveHandle
  ) throws(BundleError) {
    let file = try filing(try files.create(folder.appending(path), mode: mode))
    while true {
      let count = try archiving(try handle.read(into: &buffer))
      if count == 0 { break }
      try tally(count)
      try filing(try file.write(buffer[..<count]))
    }
    try filing(try file.close())
  }

  /// Counts content as it comes out, because a header may claim anything.
  private mutating func tally(_ more: Int) throws(BundleError) {
    content += Int64(more)
    guard content <= limits.content else { throw .archive(.tooLarge(limit: limits.content)) }
    let (bound, overflow) = archiveLength.multipliedReportingOverflow(by: limits.expansion)
    if content > limits.minBombContent, !overflow, content > bound {
      throw .archive(.bomb(content: content, archive: archiveLength, limit: limits.expansion))
    }
  }
}
