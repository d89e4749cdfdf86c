internal import SystemPackage

/// A symlink beside `current` that protects a tree from removal.
package enum TreeMark: String, CaseIterable, Sendable {
  /// The release that was current before the last update and proved itself, or that does so now.
  case lastKnownGood = "last-known-good"
  /// The release that its user wants to stay on.
  case pinned
  /// The release that a canary observes now.
  case candidate
  /// The release that the running canary compares against.
  case baseline
  /// The release that an update switches to, until it has started once with the user's own data.
  case unconfirmed
}

extension PluginFolder {
  /// The tree that carries a mark; nil when none does or the tree is gone.
  package func marked(_ mark: TreeMark) throws(StorageError) -> TreeName? {
    guard let tree = try readTreeLink(root.appending(mark.rawValue)), try hasTree(tree) else { return nil }
    return tree
  }

  /// Moves a mark to a tree, or takes it away; on the disk when this returns.
  ///
  /// - Throws: `noTree` when the tree is not here.
  package func setMark(_ mark: TreeMark, to tree: TreeName?) throws(StorageError) {
    let link = root.appending(mark.rawValue)
    guard let tree else {
      guard try disk.exists(link) else { return }
      try disk.remove(link)
      return try disk.sync(directory: root)
    }
    guard try hasTree(tree) else { throw .noTree(name: tree.text) }
    try replaceTreeLink(link, with: tree)
  }

  /// Every tree that must stay whatever happens: the current one and those with a mark.
  package func protectedTrees() throws(StorageError) -> Set<TreeName> {
    var kept: Set<TreeName> = []
    if let tree = try readTreeLink(currentLink) { kept.insert(tree) }
    for mark in TreeMark.allCases {
      if let tree = try readTreeLink(root.appending(mark.rawValue)) { kept.insert(tree) }
    }
    return kept
  }
}
