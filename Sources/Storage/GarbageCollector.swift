internal import Platform
internal import Releases
internal import SystemPackage

extension HostFolder {
  /// Removes what nothing needs: trees that nothing protects, objects without a tree, snapshots beyond those that stay,
  /// downloads, quarantine, and what interrupted runs left.
  ///
  /// Each removal takes the name away first, so that an interrupted collection leaves nothing half there under its
  /// name. Sandboxes whose supervisors died are only named: their runtime has to remove them.
  ///
  /// - Parameters:
  ///   - use: what others know of this folder.
  ///   - dryRun: only say what would go.
  /// - Returns: the inventory from before the collection: what it calls removable is what went.
  @discardableResult
  package func collectGarbage(
    holding lock: HostLock, use: HostUse = HostUse(), dryRun: Bool
  ) throws(StorageError) -> HostInventory {
    let inventory = try inventory(holding: lock, use: use)
    guard !dryRun else { return inventory }
    // Snapshots first, then trees: a cut must leave no snapshot whose tree is gone, and no tree whose manifest is.
    let all = inventory.removable
    let (snapshots, trees) = (all.filter { $0.waste == .snapshot }, all.filter { $0.waste == .tree })
    let others = all.filter { $0.waste != .snapshot && $0.waste != .tree }
    for item in snapshots + trees + others { try remove(item, holding: lock) }
    for (path, _) in try objects.unused() where ObjectStore.Key(path) != nil { try disk.removeIfPresent(path) }
    return inventory
  }

  private func remove(_ item: HostInventory.Removable, holding lock: HostLock) throws(StorageError) {
    let name = item.path.lastComponent?.string ?? ""
    switch item.waste {
    case .sandbox: return
    case .tree, .snapshot, .plugin:
      guard let owner = item.plugin else { return }
      let plugin = try plugin(owner)
      if item.waste == .plugin { try remove(plugin, holding: lock) }
      if item.waste == .tree, let tree = TreeName(name) { try plugin.removeTree(tree) }
      if item.waste == .snapshot, let number = Int(name) { try plugin.removeSnapshot(number) }
    case .companion, .leftover, .download, .quarantine, .canary, .trash: try disk.removeTree(item.path)
    }
  }

  /// Takes a plugin off this host: one step makes it invisible, then everything of it goes, its state and snapshots
  /// too.
  ///
  /// - Throws: `notInstalled`, `locked`, `file`.
  package func remove(_ plugin: PluginFolder, holding lock: HostLock) throws(StorageError) {
    defer { withExtendedLifetime(lock) {} }
    let own = try plugin.lock()
    defer { withExtendedLifetime(own) {} }
    let away = try moveToTrash(plugin.root)
    try disk.removeTree(away)
    // The last plugin of a namespace takes its folder along; one that holds another stays.
    try? disk.remove(plugin.root.removingLastComponent())
  }
}

extension PluginFolder {
  /// Every tree that must stay, and why.
  ///
  /// - Throws: whenever that cannot be known for certain; an interrupted switch counts as that.
  func treesThatStay() throws(StorageError) -> [TreeName: [String]] {
    if let record = try Journal(journalPath, disk: disk).open {
      throw .damaged(path: journalPath, reason: "a switch to \(record.to) was interrupted")
    }
    return try reasonsToKeep(except: Set(superfluousSnapshots()))
  }

  /// The snapshots that an earlier switch should have removed and did not.
  func superfluousSnapshots() throws(StorageError) -> [Int] {
    Retention.superfluous(try snapshots(), protected: try protectedTrees())
  }

  /// Removes a tree with its manifest; a crash never leaves half of one under its name.
  func removeTree(_ tree: TreeName) throws(StorageError) {
    let away = path(of: tree).partial
    try disk.removeTree(away)
    try disk.rename(path(of: tree), to: away)
    try disk.sync(directory: treesFolder)
    try disk.removeTree(away)
    for path in [manifestPath(of: tree), signaturePath(of: tree), summaryPath(of: tree), sealPath(of: tree)] {
      try disk.removeIfPresent(path)
    }
  }
}
