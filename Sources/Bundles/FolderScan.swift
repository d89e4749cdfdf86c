internal import Platform
internal import SystemPackage

/// What a folder holds, as it will stand in a bundle, before anything is read.
struct FolderScan: Sendable {
  /// One path of the tree.
  struct Found: Sendable {
    let path: String
    let kind: Kind
  }

  /// What a path is.
  enum Kind: Sendable {
    case file(mode: UInt16, size: Int64)
    case symlink(target: String)
    /// Only folders without content are entries of a bundle.
    case emptyFolder
  }

  /// The patterns file of MCPB; it steers packing and is not part of the plugin.
  static let ignoreFile = ".mcpbignore"

  private let files: any FileSystem
  private let top: FilePath
  private let rules: IgnoreRules
  private var ledger: PathLedger
  private var found: [Found] = []

  /// Walks a folder without following links; the result is sorted by the bytes of the paths.
  static func run(_ top: FilePath, files: any FileSystem, maxEntries: Int) throws(BundleError) -> [Found] {
    var rules = IgnoreRules.none
    let ignoreFile = top.appending(ignoreFile)
    if try filing(try files.status(ignoreFile))?.kind == .file {
      let bytes = try filing(try files.readAll(ignoreFile, limit: BundleLimits.maxIgnoreBytes))
      guard let text = String(validating: bytes, as: UTF8.self) else { throw .archive(.notUTF8(Self.ignoreFile)) }
      rules = IgnoreRules(text)
    }
    var scan = FolderScan(files: files, top: top, rules: rules, ledger: PathLedger(maxEntries: maxEntries))
    _ = try scan.walk("")
    scan.found.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    return scan.found
  }

  /// Walks one folder; returns whether it holds anything, left out or not.
  private mutating func walk(_ folder: String) throws(BundleError) -> Bool {
    let entries = try filing(try files.list(folder.isEmpty ? top : top.appending(folder)))
    for entry in entries where entry.name != ".git" {
      let path = folder.isEmpty ? entry.name : folder + "/" + entry.name
      // A name that is not UTF-8 arrives with replacement characters, and could not be opened by them.
      guard !entry.name.unicodeScalars.contains("\u{fffd}") else { throw .archive(.notUTF8(path)) }
      if path == Self.ignoreFile || rules.leavesOut(path, isFolder: entry.kind == .directory) { continue }
      _ = try archiving(try ArchivePath.read(Array(path.utf8), isFolder: false))
      try visit(path, entry.kind)
    }
    return !entries.isEmpty
  }

  private mutating func visit(_ path: String, _ kind: FileKind) throws(BundleError) {
    let place = top.appending(path)
    switch kind {
    case .directory:
      try archiving(try ledger.add(path, .directory))
      if !(try walk(path)) { found.append(Found(path: path, kind: .emptyFolder)) }
    case .symlink:
      let written = try filing(try files.readLink(place)).string
      let target = try archiving(try ArchivePath.readLink(path, target: Array(written.utf8)))
      try archiving(try ledger.add(path, .symlink))
      found.append(Found(path: path, kind: .symlink(target: target)))
    case .file:
      guard let status = try filing(try files.status(place)), status.kind == .file else {
        throw .changedWhilePacking(path)
      }
      guard status.mode & 0o7000 == 0 else { throw .archive(.specialMode(path, mode: status.mode)) }
      try archiving(try ledger.add(path, .file))
      found.append(Found(path: path, kind: .file(mode: status.mode & 0o111 == 0 ? 0o644 : 0o755, size: status.size)))
    case .other: throw .archive(.specialFile(path))
    }
  }
}
