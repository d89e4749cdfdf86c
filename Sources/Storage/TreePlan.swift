internal import Dispatch
internal import Platform
internal import Releases
internal import Signing
internal import SystemPackage

extension TreeStager {
  /// The name under which the tree will stand: its digest, unless another manifest has taken that.
  static func chooseName(
    _ manifest: BundleManifest, _ bytes: [UInt8], in plugin: PluginFolder
  ) throws(StorageError) -> TreeName {
    let plain = TreeName(manifest.tree)
    guard try plugin.disk.exists(plugin.path(of: plain)) else { return plain }
    let stored = try plugin.disk.readIfPresent(plugin.manifestPath(of: plain), limit: StorageLimits.manifestBytes)
    return stored == nil || stored == bytes ? plain : TreeName(manifest.tree, manifest: SHA256Digest.of(bytes))
  }

  /// Makes all folders of the tree.
  func makeFolders() throws(StorageError) {
    var known: Set<String> = []
    try disk.makeDirectory(partial, mode: 0o755)
    folders.append(partial)
    for entry in manifest.entries {
      try makeParents(of: entry.path, known: &known)
      if entry.kind == .directory, known.insert(entry.path).inserted { try makeFolder(entry.path) }
    }
  }

  /// Gives repeated content its further names and makes the symbolic links, after the last byte was written: nothing
  /// is ever written through a link of the tree.
  ///
  /// - Returns: how many files repeated the content of another.
  func makeTwinsAndLinks() throws(StorageError) -> Int {
    var twins = 0
    for (index, entry) in manifest.entries.enumerated() {
      if case .symlink(let target) = entry.kind {
        try disk.symlink(to: FilePath(target), at: partial.appending(entry.path))
      }
      guard let original = plan.original(of: index), let key = plan.shareableKey(index) else { continue }
      let (source, destination) = (
        partial.appending(manifest.entries[original].path), partial.appending(entry.path)
      )
      if !disk.linked(source, at: destination) { _ = try disk.copyFile(source, to: destination, mode: key.mode) }
      twins += 1
    }
    return twins
  }

  private func makeParents(of path: String, known: inout Set<String>) throws(StorageError) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return }
    let parent = String(path[..<slash])
    guard !known.contains(parent) else { return }
    try makeParents(of: parent, known: &known)
    known.insert(parent)
    try makeFolder(parent)
  }

  private func makeFolder(_ path: String) throws(StorageError) {
    let folder = partial.appending(path)
    try disk.makeDirectory(folder, mode: 0o755)
    folders.append(folder)
  }
}

extension FilePath {
  /// The name beside this one under which something grows until it is complete.
  var partial: FilePath { FilePath(string + ".partial") }
}

extension Disk {
  /// Copies a file's content into a new file with exactly this mode; the disk is not waited for.
  ///
  /// - Returns: how many bytes were copied.
  func copyFile(_ source: FilePath, to destination: FilePath, mode: UInt16) throws(StorageError) -> Int64 {
    let input = try open(source)
    let output = try create(destination, mode: mode)
    var buffer = [UInt8](repeating: 0, count: Self.readChunk)
    var copied: Int64 = 0
    while true {
      let count = try run { () throws(FileError) in try input.read(into: &buffer) }
      if count == 0 { break }
      try run { () throws(FileError) in try output.write(buffer[..<count]) }
      copied += Int64(count)
    }
    try run { () throws(FileError) in try output.close() }
    return copied
  }
}

/// Works through a collection on two threads, each taking one half; returns when both are done.
func inParallel<Element: Sendable>(_ elements: [Element], _ work: @Sendable (ArraySlice<Element>) -> Void) {
  guard elements.count > 1 else { return work(elements[...]) }
  let middle = elements.count / 2
  DispatchQueue.concurrentPerform(iterations: 2) { half in
    work(half == 0 ? elements[..<middle] : elements[middle...])
  }
}
