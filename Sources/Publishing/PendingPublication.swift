package import Platform
import Releases
import Signing
import StrictJSON
package import SystemPackage

/// A publication that must become visible as a whole: new keys in the metadata, and the settings that follow them.
///
/// All files are written down in one file first; whoever finds it later writes them out to the end. A new root and the
/// timestamp that its keys signed would otherwise be two steps with a gap between them.
package struct PendingPublication {
  /// The newest layout that this program reads.
  private static let format = 1
  /// The largest file of this kind, in bytes.
  private static let maximumBytes = 128 << 20
  /// The most files of one publication.
  private static let maximumFiles = 4096

  /// One file below the workspace; without text it is to be removed.
  struct File: Hashable, Sendable {
    let path: String
    let text: String?
  }

  private let root: FilePath
  private let files: any FileSystem

  /// The publication of a workspace that may have been left half-done.
  package init(_ root: FilePath, files: any FileSystem) {
    self.root = root
    self.files = files
  }

  private var path: FilePath { root.appending(".publication.json") }

  /// Whether one was begun and not finished.
  package func exists() throws -> Bool { try files.exists(path) }

  /// Writes all files, each in one step, so that a cut leaves either nothing new or what ``finish()`` completes.
  func publish(_ list: [File]) throws {
    let members = list.map { file -> JSON in
      ["path": .string(file.path), "text": file.text.map { .string($0) } ?? .null]
    }
    let text = JSON.object(["format": .int(Self.format), "files": .array(members)]).serialized()
    guard list.count <= Self.maximumFiles, text.count <= Self.maximumBytes else {
      throw PublishingError.damagedRepository(path: path.string, reason: "one publication has too many files")
    }
    try files.write(text, atomicallyTo: path, mode: 0o600)
    try write(list)
  }

  /// Completes what an interrupted publication left, if there is anything; the caller holds the workspace's lock.
  ///
  /// Throws ``PublishingError/damagedRepository(path:reason:)`` where the file is not what this program wrote.
  func finish() throws {
    guard try exists() else { return }
    try write(read())
  }

  private func write(_ list: [File]) throws {
    for file in list {
      let target = root.pushing(FilePath(file.path))
      if let text = file.text {
        try files.write(Array(text.utf8), atomicallyTo: target, mode: 0o644)
      } else {
        try files.removeIfPresent(target)
        try files.sync(directory: target.removingLastComponent())
      }
    }
    try files.remove(path)
    try files.sync(directory: root)
  }

  private func read() throws -> [File] {
    func damaged(_ reason: String) -> PublishingError { .damagedRepository(path: path.string, reason: reason) }
    let json: JSON
    do {
      json = try JSON.parse(
        files.readAll(path, limit: Self.maximumBytes), limits: JSONLimits(maxBytes: Self.maximumBytes))
    } catch let error as JSONError {
      throw damaged("\(error)")
    }
    guard json["format"]?.intValue == Self.format, let members = json["files"]?.arrayValue,
      members.count <= Self.maximumFiles
    else { throw damaged("it is no publication of format \(Self.format)") }
    return try members.map { member in
      guard let name = member["path"]?.stringValue, Self.isOurs(name), let text = member["text"],
        text.isNull || text.stringValue != nil
      else { throw damaged("it names a file that no publication writes") }
      return File(path: name, text: text.stringValue)
    }
  }

  /// Whether a publication may write this path: settings, public keys, policies and metadata, and nothing else.
  private static func isOurs(_ name: String) -> Bool {
    if name == "serin.yaml" { return true }
    let folders = ["keys/": ".pub", "channels/": ".yaml", "repository/metadata/": ".json"]
    return folders.contains { folder, suffix in
      guard name.hasPrefix(folder), name.hasSuffix(suffix) else { return false }
      let rest = name.dropFirst(folder.count)
      return !rest.isEmpty && !rest.contains("/") && rest.first != "." && FilePath.Component(String(rest)) != nil
    }
  }
}
