internal import Dispatch
internal import Platform
internal import Releases
internal import Signing
internal import Synchronization
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
    try disk.makeDirectory(partial, mode: 0o755)
    let root = partial.string + "/"
    var levels: [[String]] = []
    for index in manifest.entries.indices {
      for folder in manifest.entries.newFolders(at: index) {
        let depth = folder.utf8.count { $0 == UInt8(ascii: "/") }
        while levels.count <= depth { levels.append([]) }
        levels[depth].append(folder)
      }
    }
    // What lies equally deep does not depend on each other.
    for level in levels {
      try inParallelThrowing(level) { [disk] folder throws(StorageError) in
        try disk.makeDirectory(FilePath(root + folder), mode: 0o755)
      }
    }
  }

  /// Makes all folders read-only, what lies in a folder before the folder itself.
  func sealFolders() throws(StorageError) {
    let root = partial.string + "/"
    for index in manifest.entries.indices.reversed() {
      for folder in manifest.entries.newFolders(at: index).reversed() {
        try disk.setMode(FilePath(root + folder), to: 0o555)
      }
    }
    try disk.setMode(partial, to: 0o555)
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

/// The same for work that can be refused: the first refusal ends it and is thrown.
func inParallelThrowing<Element: Sendable>(
  _ elements: [Element], _ work: @Sendable (Element) throws(StorageError) -> Void
) throws(StorageError) {
  let failure = Mutex<StorageError?>(nil)
  inParallel(elements) { part in
    do throws(StorageError) {
      for element in part where failure.withLock({ $0 == nil }) { try work(element) }
    } catch {
      failure.withLock { $0 = $0 ?? error }
    }
  }
  if let failure = failure.withLock({ $0 }) { throw failure }
}
