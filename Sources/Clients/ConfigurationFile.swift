package import Platform
import StrictJSON
package import SystemPackage

/// A configuration file, a client's or our own, as it was when it was looked at.
package struct ConfigurationFile: Hashable, Sendable {
  /// The largest file that is read, in bytes.
  static let limit = CommentedJSON.limits.maxBytes

  /// The path that its readers know.
  package let path: FilePath
  /// The file that a chain of symbolic links at that path ends with.
  package let target: FilePath
  /// What it holds; nil where there is no file.
  package let bytes: [UInt8]?
  /// Its permission bits; those of a new file where there is none.
  let mode: UInt16

  /// Reads a file.
  /// - Throws: `.notAFile`, `.severalNames`, `.file`.
  package static func read(_ path: FilePath, _ files: any FileSystem) throws(ClientError) -> ConfigurationFile {
    do throws(FileError) {
      let target = try resolve(path, files)
      guard let status = try files.status(target) else {
        // Other accounts have no business with what an assistant may start.
        return ConfigurationFile(path: path, target: target, bytes: nil, mode: 0o600)
      }
      guard status.kind == .file else { throw FileError(operation: "read", path: path, reason: .exists) }
      let bytes = try files.readAll(target, limit: limit)
      return ConfigurationFile(path: path, target: target, bytes: bytes, mode: status.mode & 0o777)
    } catch {
      if error.operation == "read", error.reason == .exists { throw .notAFile(path: path.string) }
      throw .file(error)
    }
  }

  /// Follows symbolic links at the end of a path; folders on the way are followed by the kernel.
  private static func resolve(_ path: FilePath, _ files: any FileSystem) throws(FileError) -> FilePath {
    var path = path
    for _ in 0..<40 {
      guard let status = try files.status(path), status.kind == .symlink else { return path }
      let link = try files.readLink(path)
      path = link.isAbsolute ? link : path.removingLastComponent().pushing(link)
    }
    throw FileError(operation: "follow the links of", path: path, reason: .symbolicLink)
  }

  /// Where the content of before a change is kept.
  var backup: FilePath {
    target.removingLastComponent().appending((target.lastComponent?.string ?? "") + ".serin-backup")
  }

  /// Refuses a file that an atomic replacement would tear from its other names.
  func checkNames(_ files: any FileSystem) throws(ClientError) {
    do throws(FileError) {
      if let links = try files.status(target)?.links, links > 1 {
        throw FileError(operation: "replace", path: target, reason: .other(Int32(clamping: links)))
      }
    } catch {
      if error.operation == "replace", case .other(let names) = error.reason {
        throw .severalNames(path: path.string, names: Int(names))
      }
      throw .file(error)
    }
  }
}

extension ConfigurationFile {
  /// Puts new content in the place of the old one, in one step; a copy of the old one stays beside it, where asked for.
  ///
  /// Mode and owner stay, a symbolic link stays and its target changes. After a kill the file is old or new.
  ///
  /// - Throws: `.changedMeanwhile` when the file is not any more what it was when it was read.
  package func write(
    _ content: [UInt8], _ files: any FileSystem, keepingBackup: Bool = true
  ) throws(ClientError) {
    try checkNames(files)
    do throws(FileError) {
      for folder in try missing(files) { try files.makeDirectory(folder, mode: 0o755) }
      if keepingBackup, let bytes { try put(bytes, at: backup, files, checking: false) }
      try put(content, at: target, files, checking: true)
    } catch {
      if error.operation == Self.changed { throw .changedMeanwhile(path: path.string) }
      throw .file(error)
    }
  }

  /// Removes a file that was there only for an entry, and the folders that were made for it, where they are empty.
  func remove(_ folders: [FilePath], _ files: any FileSystem) throws(ClientError) {
    do throws(FileError) {
      try check(files)
      try files.remove(target)
      for folder in folders.reversed() {
        do { try files.remove(folder) } catch { break }
      }
    } catch {
      if error.operation == Self.changed { throw .changedMeanwhile(path: path.string) }
      throw .file(error)
    }
  }

  /// Removes the copy beside the file when it says the same.
  func dropBackup(equalTo content: [UInt8], _ files: any FileSystem) throws(ClientError) {
    do throws(FileError) {
      guard let status = try files.status(backup), status.kind == .file,
        try files.readAll(backup, limit: Self.limit) == content
      else { return }
      try files.remove(backup)
    } catch {
      throw .file(error)
    }
  }

  private static let changed = "find unchanged"

  /// Whether the file is still what it was; the last look before it is replaced.
  private func check(_ files: any FileSystem) throws(FileError) {
    let now: [UInt8]? = try files.exists(target) ? try files.readAll(target, limit: Self.limit) : nil
    guard now == bytes else { throw FileError(operation: Self.changed, path: path, reason: .busy) }
  }

  private func put(
    _ content: [UInt8], at place: FilePath, _ files: any FileSystem, checking: Bool
  ) throws(FileError) {
    let folder = place.removingLastComponent()
    let temporary = folder.appending(".\(place.lastComponent?.string ?? "").\(SecureRandom.hex(bytes: 6)).new")
    do throws(FileError) {
      let file = try files.create(temporary, mode: mode)
      if bytes != nil { try files.copyOwner(of: target, to: temporary) }
      try file.write(content)
      try file.sync()
      try file.close()
      if checking { try check(files) }
      try files.rename(temporary, to: place)
    } catch {
      try? files.remove(temporary)
      throw error
    }
    try files.sync(directory: folder)
  }

  /// The folders above the file that are not there, outermost first.
  func missingFolders(_ files: any FileSystem) throws(ClientError) -> [FilePath] {
    do throws(FileError) { return try missing(files) } catch { throw .file(error) }
  }

  private func missing(_ files: any FileSystem) throws(FileError) -> [FilePath] {
    var missing: [FilePath] = []
    var folder = target.removingLastComponent()
    while !folder.isEmpty, try !files.exists(folder) {
      missing.insert(folder, at: 0)
      folder = folder.removingLastComponent()
    }
    return missing
  }
}
