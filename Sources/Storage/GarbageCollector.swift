internal import Platform
package import Releases
package import SystemPackage

/// What a collection removed, or would remove.
package struct GarbageReport: Hashable, Sendable {
  /// A tree that nothing protects.
  package struct Tree: Hashable, Sendable {
    /// Whose tree it is.
    package let plugin: PluginName
    /// The tree.
    package let tree: TreeName
  }

  /// Trees that neither `current`, a mark nor a kept snapshot names.
  package var trees: [Tree] = []
  /// How many objects no tree uses.
  ///
  /// A dry run cannot count those that only the trees above use.
  package var objects = 0
  /// The sizes of those objects in bytes.
  package var bytes: Int64 = 0
  /// Half-made trees, snapshots and removals that an interrupted run left.
  package var leftovers: [FilePath] = []
  /// Plugins that were passed over because a switch was interrupted there, or because their links cannot be read.
  package var skipped: [PluginName] = []
}

extension HostFolder {
  /// Removes what nothing needs: trees that nothing protects, objects without a tree, and what interrupted runs left.
  ///
  /// Holding the host's lock means that nobody is staging, so every half-made thing is abandoned. Each removal takes
  /// the name away first, so that an interrupted collection leaves nothing half there under its name.
  ///
  /// - Parameter dryRun: only say what would go.
  package func collectGarbage(holding lock: HostLock, dryRun: Bool) throws(StorageError) -> GarbageReport {
    defer { withExtendedLifetime(lock) {} }
    var report = GarbageReport()
    for entry in try disk.listIfPresent(trash) {
      try remove(trash.appending(entry.component), dryRun, &report)
    }
    for plugin in try plugins() { try collect(plugin, dryRun, &report) }
    for (path, size) in try objects.unused() {
      if !dryRun { try disk.removeIfPresent(path) }
      report.objects += 1
      report.bytes += size
    }
    return report
  }

  /// Takes a plugin off this host: one step makes it invisible, then everything of it goes, its state and snapshots
  /// too.
  ///
  /// - Throws: `notInstalled`, `locked`, `file`.
  package func remove(_ plugin: PluginFolder, holding lock: HostLock) throws(StorageError) {
    defer { withExtendedLifetime(lock) {} }
    let own = try plugin.lock()
    defer { withExtendedLifetime(own) {} }
    try disk.ensureDirectory(trash)
    var number = 0
    while try disk.exists(trash.appending(String(number))) { number += 1 }
    let away = trash.appending(String(number))
    try disk.rename(plugin.root, to: away)
    try disk.sync(directory: plugin.root.removingLastComponent())
    try disk.removeTree(away)
  }

  private func collect(_ plugin: PluginFolder, _ dryRun: Bool, _ report: inout GarbageReport) throws(StorageError) {
    guard let protected = try? plugin.treesThatStay() else {
      report.skipped.append(plugin.name)
      return
    }
    for folder in [plugin.treesFolder, plugin.snapshotsFolder, plugin.manifestsFolder] {
      for entry in try disk.listIfPresent(folder) where entry.name.hasSuffix(".partial") {
        try remove(folder.appending(entry.component), dryRun, &report)
      }
    }
    for leftover in [plugin.stateNext, plugin.root.appending("current.new")] where try disk.exists(leftover) {
      try remove(leftover, dryRun, &report)
    }
    for entry in try disk.listIfPresent(plugin.treesFolder) {
      guard let tree = TreeName(entry.name), !protected.contains(tree) else { continue }
      report.trees.append(GarbageReport.Tree(plugin: plugin.name, tree: tree))
      if !dryRun { try plugin.removeTree(tree) }
    }
    try removeManifestsWithoutTree(plugin, dryRun)
  }

  private func remove(_ path: FilePath, _ dryRun: Bool, _ report: inout GarbageReport) throws(StorageError) {
    report.leftovers.append(path)
    if !dryRun { try disk.removeTree(path) }
  }

  private func removeManifestsWithoutTree(_ plugin: PluginFolder, _ dryRun: Bool) throws(StorageError) {
    guard !dryRun else { return }
    for entry in try disk.listIfPresent(plugin.manifestsFolder) {
      let name = entry.name.split(separator: ".", maxSplits: 1).first.map { String($0) } ?? entry.name
      guard let tree = TreeName(name), try !disk.exists(plugin.path(of: tree)) else { continue }
      try disk.removeIfPresent(plugin.manifestsFolder.appending(entry.component))
    }
  }
}

extension PluginFolder {
  /// Every tree that must stay: current, marked, or named by a kept snapshot.
  ///
  /// - Throws: whenever that cannot be known for certain; an interrupted switch counts as that.
  func treesThatStay() throws(StorageError) -> Set<TreeName> {
    if let record = try Journal(journalPath, disk: disk).open {
      throw .damaged(path: journalPath, reason: "a switch to \(record.to) was interrupted")
    }
    var kept = try protectedTrees()
    for number in try snapshotNumbers() { kept.insert(try snapshot(number).tree) }
    return kept
  }

  /// Removes a tree with its manifest; a crash never leaves half of one under its name.
  func removeTree(_ tree: TreeName) throws(StorageError) {
    let away = path(of: tree).partial
    try disk.removeTree(away)
    try disk.rename(path(of: tree), to: away)
    try disk.sync(directory: treesFolder)
    try disk.removeTree(away)
    for path in [manifestPath(of: tree), signaturePath(of: tree), summaryPath(of: tree)] {
      try disk.removeIfPresent(path)
    }
  }
}
