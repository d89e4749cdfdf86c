internal import Platform
internal import SystemPackage

extension PluginFolder {
  /// Every tree that must stay, with the words that say why: "current", "last-known-good", "pinned", "candidate",
  /// "baseline", "running", "snapshot 3".
  ///
  /// - Parameter numbers: snapshots that do not count, because they are about to go.
  /// - Throws: whenever that cannot be known for certain, such as for a link or a snapshot that cannot be read.
  package func reasonsToKeep(except numbers: Set<Int> = []) throws(StorageError) -> [TreeName: [String]] {
    var reasons: [TreeName: [String]] = [:]
    // Before `current`: see `markRunning`.
    for tree in Set(try runningSessions().map(\.tree)) { reasons[tree, default: []].append("running") }
    if let tree = try readTreeLink(currentLink) { reasons[tree, default: []].append("current") }
    for mark in TreeMark.allCases {
      if let tree = try readTreeLink(root.appending(mark.rawValue)) { reasons[tree, default: []].append(mark.rawValue) }
    }
    for number in try snapshotNumbers().sorted() where !numbers.contains(number) {
      reasons[try snapshot(number).tree, default: []].append("snapshot \(number)")
    }
    return reasons
  }

  /// The names of all trees that are here or should be: folders of `trees/`, and what a link or a snapshot points to;
  /// what cannot be read is passed over.
  package func knownTrees() throws(StorageError) -> [TreeName] {
    var names = Set(try disk.listIfPresent(treesFolder).compactMap { TreeName($0.name) })
    for link in [currentLink] + TreeMark.allCases.map({ root.appending($0.rawValue) }) {
      if let tree = try? readTreeLink(link) { names.insert(tree) }
    }
    for snapshot in try snapshots() { names.insert(snapshot.tree) }
    return names.sorted()
  }

  /// The numbers of snapshots whose description cannot be read.
  package func unreadableSnapshots() throws(StorageError) -> [Int] {
    try snapshotNumbers().filter { (try? snapshot($0)) == nil }.sorted()
  }
}
