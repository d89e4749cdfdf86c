internal import Platform
internal import Releases
internal import SystemPackage

/// The folder of one plugin.
extension InventoryWalk {
  mutating func plugin(_ plugin: PluginFolder) throws(StorageError) {
    let kept = try? plugin.treesThatStay()
    let isPassedOver = kept == nil || use.busy.contains(plugin.name)
    if isPassedOver { inventory.skipped.append(plugin.name) }
    if let kept, !isPassedOver, kept.isEmpty, try !isSwitchedOn(plugin) {
      return remove(plugin.root, .plugin, of: plugin.name)
    }
    for (tree, reasons) in (kept ?? [:]).sorted(by: { $0.key < $1.key }) {
      inventory.kept.append(HostInventory.KeptTree(plugin: plugin.name, tree: tree, reasons: reasons))
    }
    let superfluous = isPassedOver ? [] : try plugin.superfluousSnapshots()
    let place = PluginPlace(
      plugin: plugin, kept: isPassedOver ? nil : kept.map { Set($0.keys) }, superfluous: Set(superfluous))
    try forEach(plugin.root) { walk, entry, path throws(StorageError) in
      try walk.explain(entry, path, in: place)
    }
  }

  /// One plugin's folder, and what of it stays.
  struct PluginPlace {
    let plugin: PluginFolder
    /// The trees that stay; nil when everything does.
    let kept: Set<TreeName>?
    let superfluous: Set<Int>

    func isKept(_ tree: TreeName) -> Bool { kept?.contains(tree) ?? true }
  }

  private func isSwitchedOn(_ plugin: PluginFolder) throws(StorageError) -> Bool {
    for path in [plugin.currentLink, plugin.state] where try disk.exists(path) { return true }
    return false
  }

  private mutating func explain(
    _ entry: DirectoryEntry, _ path: FilePath, in place: PluginPlace
  ) throws(StorageError) {
    let marks = TreeMark.allCases.map(\.rawValue)
    switch (entry.name, entry.kind) {
    case ("state", .directory), ("cache", .directory), ("journal", .file), ("lock", .file), ("update.lock", .file),
      ("current", .symlink), ("blocked", .file), (SessionLog.name, .file), (SessionLog.formerName, .file),
      ("serin-rescue", .file), ("rescued", .file):
      explain()
    case ("running", .directory):
      let running = Set(try place.plugin.runningSessions().map { "\($0.tree.text).\($0.id)" })
      try forEach(path) { walk, entry, path in
        guard PluginFolder.session(named: entry.name) != nil else { return walk.wonder(path) }
        running.contains(entry.name) ? walk.explain() : walk.remove(path, .leftover, of: place.plugin.name)
      }
    case (let name, .symlink) where marks.contains(name): explain()
    case (let name, .symlink) where (["current"] + marks).contains { $0 + ".new" == name }: leave(path, in: place)
    case ("state.next", .directory): leave(path, in: place)
    // With a settled journal nothing moves a state aside: what lies there is somebody's data, and nobody's leftover.
    case ("state.old", .directory) where place.kept == nil: explain()
    case ("audit", .directory):
      try forEach(path) { walk, entry, path throws(StorageError) in
        guard entry.kind == .file, AuditPlace.isName(entry.name) else {
          return try walk.temporary(entry, path, of: place.plugin.name)
        }
        walk.explain()
      }
    case ("trees", .directory):
      try forEach(path) { walk, entry, path throws(StorageError) in walk.tree(entry, path, in: place) }
    case ("manifests", .directory):
      try forEach(path) { walk, entry, path throws(StorageError) in try walk.manifest(entry, path, in: place) }
    case ("snapshots", .directory):
      try forEach(path) { walk, entry, path throws(StorageError) in try walk.snapshot(entry, path, in: place) }
    case (let name, .file) where name.hasPrefix("soak-") && name.hasSuffix(".json"):
      guard let tree = TreeName(String(name.dropFirst(5).dropLast(5))) else { return wonder(path) }
      if place.isKept(tree) { explain() } else { remove(path, .companion, of: place.plugin.name) }
    default: try temporary(entry, path, of: place.plugin.name)
    }
  }

  /// What an interrupted run left, unless somebody is at it.
  private mutating func leave(_ path: FilePath, in place: PluginPlace) {
    if place.kept == nil { explain() } else { remove(path, .leftover, of: place.plugin.name) }
  }

  private mutating func tree(_ entry: DirectoryEntry, _ path: FilePath, in place: PluginPlace) {
    guard entry.kind == .directory else { return wonder(path) }
    if entry.name.hasSuffix(".partial") { return leave(path, in: place) }
    guard let tree = TreeName(entry.name) else { return wonder(path) }
    if place.isKept(tree) { explain() } else { remove(path, .tree, of: place.plugin.name) }
  }

  private mutating func manifest(
    _ entry: DirectoryEntry, _ path: FilePath, in place: PluginPlace
  ) throws(StorageError) {
    guard entry.kind == .file else { return wonder(path) }
    if entry.name.hasSuffix(".partial") { return leave(path, in: place) }
    let parts = entry.name.split(separator: ".", maxSplits: 1)
    guard parts.count == 2, let tree = TreeName(String(parts[0])),
      ["json", "json.minisig", "summary", "seal"].contains(String(parts[1]))
    else { return try temporary(entry, path, of: place.plugin.name) }
    if place.isKept(tree) { explain() } else { remove(path, .companion, of: place.plugin.name) }
  }

  private mutating func snapshot(
    _ entry: DirectoryEntry, _ path: FilePath, in place: PluginPlace
  ) throws(StorageError) {
    guard entry.kind == .directory else { return wonder(path) }
    if entry.name.hasSuffix(".partial") { return leave(path, in: place) }
    guard let number = Int(entry.name), number > 0, String(number) == entry.name else { return wonder(path) }
    if place.superfluous.contains(number) { return remove(path, .snapshot, of: place.plugin.name) }
    try forEach(path) { walk, entry, path throws(StorageError) in
      switch (entry.name, entry.kind) {
      case ("snapshot.json", .file), ("state", .directory): walk.explain()
      default: walk.wonder(path)
      }
    }
  }
}
