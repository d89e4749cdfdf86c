package import Releases
package import SystemPackage

/// A tree that is complete and on the disk, and that nothing points to yet.
package struct StagedTree: Hashable, Sendable {
  /// Its name.
  package let name: TreeName
  /// Its folder.
  package let path: FilePath
  /// How many files were written.
  package let filesWritten: Int
  /// How many files were found in the object store, or twice in the tree, and only got a further name.
  package let filesLinked: Int
  /// How many bytes were written.
  package let bytesWritten: Int64
}

/// Takes the files of a verified bundle, compares each with its signed digest while it is written, and makes a tree
/// of them.
///
/// Everything grows under `trees/<tree>.partial`; the tree gets its name only after all of it is on the disk, so a
/// tree that has its name is complete. Objects are named after that, for an object's name promises content that is on
/// the disk. Calls block while both writing threads are busy: use it from one thread, outside the cooperative pool
/// for long work.
package final class TreeStager {
  let plugin: PluginFolder
  let objects: ObjectStore
  let manifest: BundleManifest
  let manifestBytes: [UInt8]
  let signatureBytes: [UInt8]
  let name: TreeName
  private let lock: HostLock
  private let sink: StagingSink
  var disk: Disk { plugin.disk }

  /// The files that have not come yet, and those that repeat others.
  private(set) var plan: StagingPlan
  private var adopted = 0
  private var batch: [(file: StagedFile, bytes: [UInt8])] = []
  private var batchBytes = 0
  private var turn = 0

  /// Files up to this many bytes are handed over whole.
  private static let smallFile: Int64 = 1 << 20
  private static let batchFiles = 64
  private static let batchLimit = 256 << 10

  /// The folder that becomes the tree.
  var partial: FilePath { plugin.treesFolder.appending(name.text + ".partial") }

  /// Starts a tree for a bundle whose manifest was verified; whatever an earlier attempt left is removed.
  ///
  /// - Parameter manifestBytes: the signed bytes of `bundle.json`, kept as they are.
  /// - Throws: `manifestMismatch` when the manifest is for another plugin, `file` when the machine refuses.
  package init(
    manifest: BundleManifest, manifestBytes: [UInt8], signatureBytes: [UInt8], host: HostFolder, holding lock: HostLock
  ) throws(StorageError) {
    self.manifest = manifest
    self.manifestBytes = manifestBytes
    self.signatureBytes = signatureBytes
    self.lock = lock
    plugin = try host.plugin(manifest.plugin)
    objects = host.objects
    plan = StagingPlan(manifest.entries)
    try plugin.prepare()
    name = try Self.chooseName(manifest, manifestBytes, in: plugin)
    sink = StagingSink(
      disk: host.disk, objects: objects, root: plugin.treesFolder.appending(name.text + ".partial"))
    do throws(StorageError) {
      try disk.removeTree(partial)
      try makeFolders()
    } catch {
      abandon()
      throw error
    }
  }

  /// Takes one file whose bytes arrive piece by piece; `nextChunk` returns nil at the end.
  ///
  /// - Throws: `notExpected`, `sizeMismatch`, `digestMismatch` (possibly of an earlier file), or what `nextChunk`
  ///   throws.
  package func add(_ path: String, nextChunk: () throws -> [UInt8]?) throws {
    let file = try take(path)
    if file.size <= Self.smallFile {
      var bytes: [UInt8] = []
      while let chunk = try nextChunk() {
        if bytes.isEmpty { bytes = chunk } else { bytes.append(contentsOf: chunk) }
        try Self.compare(file, found: Int64(bytes.count), isEnd: false)
      }
      return try enqueue(file, bytes)
    }
    try flush()
    let large = LargeFile(file)
    turn += 1
    var size: Int64 = 0
    while let chunk = try nextChunk() {
      size += Int64(chunk.count)
      try Self.compare(file, found: size, isEnd: false)
      if !chunk.isEmpty { sink.submit(chunk, of: large, turn: turn) }
      try sink.check()
    }
    try Self.compare(file, found: size, isEnd: true)
    sink.finish(large, turn: turn)
  }

  /// Takes one file whose bytes are in memory.
  package func add(_ path: String, _ bytes: [UInt8]) throws(StorageError) {
    try enqueue(try take(path), bytes)
  }

  /// Takes one file from the object store or from a tree that is here, after reading and hashing it again.
  ///
  /// - Parameter source: a file with the wanted content, such as one of the tree that a delta starts from.
  /// - Returns: false when neither has sound content of the right mode; the file must then come in another way.
  package func reuse(_ path: String, from source: FilePath? = nil) throws(StorageError) -> Bool {
    let file = try take(path)
    try sink.check()
    if file.isTwin { return true }
    let destination = sink.destination(of: file)
    if try objects.link(file.key, at: destination) {
      adopted += 1
      return true
    }
    if let source, try disk.holds(file.key, at: source), disk.linked(source, at: destination) {
      adopted += 1
      return true
    }
    plan.putBack(path)
    return false
  }

  /// Notes files that came in another way than through the writing threads; those of the store are objects already.
  func took(_ indices: [Int], ofStore: [Int]) {
    plan.take(indices)
    plan.markObjects(ofStore)
    adopted += indices.count { plan.original(of: $0) == nil }
  }

  /// How many files have not come yet.
  package var missing: Int { plan.missing }

  /// Whether a file is still wanted.
  package func wants(_ path: String) -> Bool { plan.wants(path) }

  /// Completes the tree: nothing missing, everything on the disk, then its name.
  ///
  /// - Throws: the first refusal of any file, `missingFiles`, or `file`; nothing is visible then.
  package func finish() throws(StorageError) -> StagedTree {
    do {
      return try complete()
    } catch {
      abandon()
      throw error
    }
  }

  /// Gives the attempt up and removes what it left; what cannot be removed is removed later as garbage.
  package func abandon() {
    batch = []
    _ = try? sink.drain()
    try? disk.removeTree(partial)
    removeEmptyPlugin()
  }

  /// A plugin that has nothing is not there: its empty folders go with the first tree that did not come.
  private func removeEmptyPlugin() {
    guard (try? disk.list(plugin.treesFolder).isEmpty) == true, (try? disk.exists(plugin.state)) == false
    else { return }
    for folder in [plugin.treesFolder, plugin.manifestsFolder, plugin.snapshotsFolder, plugin.root] {
      try? disk.remove(folder)
    }
    try? disk.remove(plugin.root.removingLastComponent())
  }

  private func complete() throws(StorageError) -> StagedTree {
    try flush()
    let counts = try sink.drain()
    guard plan.missing == 0 else {
      throw .missingFiles(count: plan.missing, first: plan.firstMissing(10))
    }
    let twins = try makeTwinsAndLinks()
    try sealFolders()
    try publish()
    shareObjects()
    return StagedTree(
      name: name, path: plugin.path(of: name), filesWritten: counts.written,
      filesLinked: counts.linked + adopted + twins, bytesWritten: counts.bytesWritten)
  }

  /// One wait for the disk, then the names: manifest, signature, and last the tree.
  private func publish() throws(StorageError) {
    let summary = TreeSummary(manifest, bytes: manifestBytes)
    let beside: [(path: FilePath, bytes: [UInt8])] = [
      (plugin.manifestPath(of: name), manifestBytes), (plugin.signaturePath(of: name), signatureBytes),
      (plugin.summaryPath(of: name), summary.encoded),
    ]
    for (path, bytes) in beside {
      try disk.removeIfPresent(path.partial)
      try disk.writeNew(bytes, to: path.partial, mode: 0o600)
    }
    try disk.syncFileSystem(plugin.root)
    for (path, _) in beside { try disk.rename(path.partial, to: path) }
    try disk.sync(directory: plugin.manifestsFolder)
    let final = plugin.path(of: name)
    if try disk.exists(final) {
      // Staging a tree that is here repairs it: `current` may point to it, so the two trade places in one step.
      try disk.exchange(partial, with: final)
      try disk.sync(directory: plugin.treesFolder)
      try disk.removeTree(partial)
    } else {
      try disk.rename(partial, to: final)
      try disk.sync(directory: plugin.treesFolder)
    }
  }

  /// Names the content as objects, on two threads; whatever fails here is only a lost saving.
  private func shareObjects() {
    let tree = plugin.path(of: name)
    let originals = manifest.entries.indices.filter {
      plan.shareableKey($0) != nil && plan.original(of: $0) == nil && !plan.isObject($0)
    }
    guard (try? objects.makeShards(for: originals.lazy.compactMap(plan.shareableKey))) != nil else { return }
    inParallel(originals) { [objects, plan] part in
      for index in part {
        if let key = plan.shareableKey(index) {
          _ = objects.adopt(tree.appending(plan.entries[index].path), as: key)
        }
      }
    }
  }

  private func take(_ path: String) throws(StorageError) -> StagedFile {
    guard let file = plan.take(path) else { throw .notExpected(path: path) }
    return file
  }

  private func enqueue(_ file: StagedFile, _ bytes: [UInt8]) throws(StorageError) {
    try Self.compare(file, found: Int64(bytes.count), isEnd: true)
    batch.append((file, bytes))
    batchBytes += bytes.count
    if batch.count >= Self.batchFiles || batchBytes >= Self.batchLimit { try flush() }
  }

  private func flush() throws(StorageError) {
    try sink.check()
    guard !batch.isEmpty else { return }
    turn += 1
    sink.submit(batch, turn: turn)
    batch = []
    batchBytes = 0
  }

  private static func compare(_ file: StagedFile, found: Int64, isEnd: Bool) throws(StorageError) {
    guard found > file.size || (isEnd && found != file.size) else { return }
    throw .sizeMismatch(path: file.path, expected: file.size, found: found)
  }
}
