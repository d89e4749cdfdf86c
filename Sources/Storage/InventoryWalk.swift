internal import Platform
internal import Releases
internal import Signing
internal import SystemPackage

/// Walks a host's folder level by level; `InventoryWalk+Plugin.swift` has the folder of one plugin.
struct InventoryWalk {
  let host: HostFolder
  let use: HostUse
  var inventory = HostInventory()
  var disk: Disk { host.disk }

  /// How many names the removable paths have of one file, and what it takes on the disk.
  private struct Names {
    var count: UInt64 = 0
    var links: UInt64
    var size: Int64
  }

  init(host: HostFolder, use: HostUse) {
    self.host = host
    self.use = use
  }

  mutating func run() throws(StorageError) {
    for entry in try disk.list(host.root) {
      let path = host.root.appending(entry.component)
      switch (entry.name, entry.kind) {
      case ("host-id", .file), ("lock", .file), ("ledger.sqlite", .file), ("ledger.sqlite-wal", .file),
        ("ledger.sqlite-shm", .file), ("ledger.sqlite-journal", .file), ("objects", .directory), ("self", .directory),
        ("agent.json", .file), ("agent.lock", .file):
        explain()
      case ("repositories", .directory):
        try forEach(path) { walk, entry, path throws(StorageError) in
          try walk.repository(entry, path)
        }
      case ("downloads", .directory):
        try forEach(path) { walk, entry, path throws(StorageError) in
          try walk.download(entry, path)
        }
      case ("trash", .directory): try forEach(path) { walk, _, path in walk.remove(path, .trash) }
      case ("quarantine", .directory): try forEach(path) { walk, _, path in walk.remove(path, .quarantine) }
      case ("sandboxes", .directory):
        try forEach(path) { walk, entry, path throws(StorageError) in
          try walk.sandbox(entry, path)
        }
      case ("canary", .directory):
        try plugins(in: path) { walk, name, path throws(StorageError) in
          walk.use.busy.contains(name) ? walk.explain() : walk.remove(path, .canary, of: name)
        }
      case ("plugins", .directory):
        try plugins(in: path) { walk, name, _ throws(StorageError) in
          try walk.plugin(try walk.host.plugin(name))
        }
      default: try temporary(entry, path)
      }
    }
    try countObjects()
  }

  // MARK: - Verdicts

  mutating func explain() { inventory.paths += 1 }

  mutating func remove(_ path: FilePath, _ waste: HostInventory.Waste, of plugin: PluginName? = nil) {
    inventory.paths += 1
    inventory.removable.append(HostInventory.Removable(path: path, waste: waste, plugin: plugin))
  }

  mutating func wonder(_ path: FilePath) {
    inventory.paths += 1
    inventory.unexplainedCount += 1
    if inventory.unexplained.count < HostInventory.namedPaths { inventory.unexplained.append(path) }
  }

  /// A file that was to replace another in one step and never did, else something that nothing explains.
  mutating func temporary(_ entry: DirectoryEntry, _ path: FilePath, of plugin: PluginName? = nil) throws(StorageError)
  {
    guard entry.kind == .file, entry.name.hasPrefix("."), entry.name.hasSuffix(".new") else { return wonder(path) }
    if try isSettled(path) { remove(path, .leftover, of: plugin) } else { explain() }
  }

  /// Whether nobody can be in the middle of writing this.
  func isSettled(_ path: FilePath) throws(StorageError) -> Bool {
    guard let limit = use.settledBefore, let status = try disk.status(path) else { return true }
    return status.modified < limit
  }

  mutating func forEach(
    _ folder: FilePath, _ body: (inout InventoryWalk, DirectoryEntry, FilePath) throws(StorageError) -> Void
  ) throws(StorageError) {
    explain()
    for entry in try disk.list(folder) { try body(&self, entry, folder.appending(entry.component)) }
  }

  // MARK: - Places

  /// Two levels of folders whose names together are a plugin's.
  private mutating func plugins(
    in folder: FilePath, _ body: (inout InventoryWalk, PluginName, FilePath) throws(StorageError) -> Void
  ) throws(StorageError) {
    try forEach(folder) { walk, namespace, path throws(StorageError) in
      guard namespace.kind == .directory else { return try walk.temporary(namespace, path) }
      try walk.forEach(path) { walk, entry, path throws(StorageError) in
        guard entry.kind == .directory, let name = try? PluginName("\(namespace.name)/\(entry.name)") else {
          return walk.wonder(path)
        }
        try body(&walk, name, path)
      }
    }
  }

  private mutating func download(_ entry: DirectoryEntry, _ path: FilePath) throws(StorageError) {
    let digest = String(entry.name.prefix(64))
    if use.downloads.contains(digest) { return explain() }
    if try isSettled(path) { remove(path, .download) } else { explain() }
  }

  private mutating func repository(_ entry: DirectoryEntry, _ path: FilePath) throws(StorageError) {
    guard entry.kind == .directory else { return try temporary(entry, path) }
    // Its record comes last: without one it was never trusted.
    if try !disk.exists(path.appending("repository.json")), try isSettled(path) { return remove(path, .leftover) }
    try forEach(path) { walk, entry, path throws(StorageError) in
      switch (entry.name, entry.kind) {
      case ("lock", .file), ("newest-time", .file): walk.explain()
      case ("roots", .directory), ("manifests", .directory):
        try walk.forEach(path) { walk, entry, path throws(StorageError) in try walk.metadata(entry, path) }
      default: try walk.metadata(entry, path)
      }
    }
  }

  private mutating func metadata(_ entry: DirectoryEntry, _ path: FilePath) throws(StorageError) {
    guard entry.kind == .file, entry.name.hasSuffix(".json") else { return try temporary(entry, path) }
    explain()
  }

  private mutating func sandbox(_ entry: DirectoryEntry, _ path: FilePath) throws(StorageError) {
    switch (entry.name, entry.kind) {
    case ("runtime.json", .file), ("empty", .directory): explain()
    case ("running", .directory):
      try forEach(path) { walk, entry, path in
        if walk.use.liveSandboxes.contains(entry.name) { return walk.explain() }
        if walk.use.deadSandboxes.contains(entry.name) { walk.remove(path, .sandbox) } else { walk.wonder(path) }
      }
    default: try temporary(entry, path)
    }
  }

  // MARK: - What would be freed

  /// Counts the names of files that would go, and then the objects that would have no other name left.
  private mutating func countObjects() throws(StorageError) {
    var names: [UInt64: Names] = [:]
    for item in inventory.removable { try countNames(below: item.path, &names) }
    for shard in try disk.listIfPresent(host.objectsFolder) {
      let folder = host.objectsFolder.appending(shard.component)
      guard shard.kind == .directory, shard.name.utf8.count == 2 else {
        wonder(folder)
        continue
      }
      for entry in try disk.list(folder) {
        let path = folder.appending(entry.component)
        guard entry.kind == .file, ObjectStore.Key(name: entry.name, in: shard.name) != nil else {
          wonder(path)
          continue
        }
        explain()
        guard let status = try disk.status(path) else { continue }
        let goes = names.removeValue(forKey: status.inode)?.count ?? 0
        if status.links <= goes + 1 {
          inventory.unusedObjects += 1
          inventory.bytes += status.size
        } else {
          inventory.usedObjects += 1
        }
      }
    }
    // Files that are no objects: they are freed when all their names go.
    for file in names.values where file.count >= file.links { inventory.bytes += file.size }
  }

  private mutating func countNames(below root: FilePath, _ names: inout [UInt64: Names]) throws(StorageError) {
    var pending = [root]
    while let path = pending.popLast() {
      guard let status = try disk.status(path) else { continue }
      switch status.kind {
      case .directory: pending += try disk.list(path).map { path.appending($0.component) }
      case .file where status.links == 1: inventory.bytes += status.size
      case .file: names[status.inode, default: Names(links: status.links, size: status.size)].count += 1
      case .symlink, .other: break
      }
    }
  }
}
