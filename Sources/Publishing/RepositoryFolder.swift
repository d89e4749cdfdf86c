import Platform
import Signing
import SystemPackage
import TUF

/// The repository of a workspace on disk: reads its state back, and publishes files in an order that no client notices.
struct RepositoryFolder {
  /// The largest metadata file that is read back.
  static let maximumBytes = 64 << 20

  let workspace: Workspace

  private var files: any FileSystem { workspace.machine.files }

  /// What is published now, verified as a client would, expiry aside.
  func state() throws -> RepositoryState {
    try RepositoryState { path in
      let path = workspace.metadata.appending(path)
      guard try files.exists(path) else { return nil }
      return try files.readAll(path, limit: Self.maximumBytes)
    }
  }

  /// Writes metadata in the given order, which ends with the timestamp: until that file is replaced, clients see the
  /// old state, and afterwards everything it names is durable.
  func publish(_ publication: Publication) throws {
    for file in publication.files {
      try files.write(file.bytes, atomicallyTo: workspace.metadata.appending(file.path), mode: 0o644)
    }
  }

  /// Puts bytes among the targets, under the name that consistent snapshots give them.
  func place(_ bytes: [UInt8], as target: NewTarget) throws {
    let path = workspace.targets.appending(target.consistentPath)
    try files.makeDirectories(path.removingLastComponent())
    try files.write(bytes, atomicallyTo: path, mode: 0o644)
  }

  /// Moves a finished file among the targets.
  func move(_ source: FilePath, as target: NewTarget, suffix: String = "") throws {
    let path = workspace.targets.appending(target.consistentPath + suffix)
    try files.makeDirectories(path.removingLastComponent())
    try files.setMode(source, to: 0o644)
    try files.rename(source, to: path)
    try files.sync(directory: path.removingLastComponent())
  }
}

extension NewTarget {
  /// Where the target lies below the folder of targets: its digest comes before the last part of its path (TUF 6.2).
  var consistentPath: String {
    guard let slash = path.lastIndex(of: "/") else { return sha256.hex + "." + path }
    return path[...slash] + sha256.hex + "." + path[path.index(after: slash)...]
  }
}
