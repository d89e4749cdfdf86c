package import Platform
package import Releases
package import SystemPackage

/// Every path below a host's folder, explained: needed and why, not needed any more, or not known at all.
///
/// What a collection removes is exactly what an inventory calls removable, so that a look and the deed cannot differ.
/// State, caches and the insides of trees are not walked: the first two are the plugin's own, and the trees are read by
/// whoever verifies them.
package struct HostInventory: Hashable, Sendable {
  /// Why something is not needed.
  package enum Waste: String, Hashable, Sendable, CaseIterable {
    /// A tree that neither `current`, a mark nor a kept snapshot names.
    case tree
    /// A snapshot beyond those that stay.
    case snapshot
    /// What goes with a tree that is not here: its manifest, the progress of its soak.
    case companion
    /// What an interrupted run left half made.
    case leftover
    /// A download, finished or not, that nothing offered needs.
    case download
    /// A damaged file that was put aside.
    case quarantine
    /// What a soak that is over left of its state.
    case canary
    /// A sandbox whose supervisor died.
    case sandbox
    /// The folder of a plugin that was never switched on.
    case plugin
    /// What was being removed.
    case trash
  }

  /// Something that is not needed.
  package struct Removable: Hashable, Sendable {
    /// Where it lies.
    package let path: FilePath
    /// Why it is not needed.
    package let waste: Waste
    /// Whose it is; nil for what belongs to no plugin.
    package let plugin: PluginName?
  }

  /// A tree that stays.
  package struct KeptTree: Hashable, Sendable {
    /// Whose it is.
    package let plugin: PluginName
    /// The tree.
    package let tree: TreeName
    /// Why it stays: "current", "pinned", "snapshot 3".
    package let reasons: [String]
  }

  /// How many unexplained paths are named; all are counted.
  package static let namedPaths = 1000

  /// What is not needed, in the order in which it was found.
  package var removable: [Removable] = []
  /// The trees that stay.
  package var kept: [KeptTree] = []
  /// Paths that nothing explains; they are never removed.
  package var unexplained: [FilePath] = []
  /// How many such paths there are.
  package var unexplainedCount = 0
  /// Plugins that were passed over: a switch was interrupted there, something is not readable, or an update is on.
  package var skipped: [PluginName] = []
  /// How many paths were looked at.
  package var paths = 0
  /// How many objects no tree would use once everything removable is gone.
  package var unusedObjects = 0
  /// How many objects stay.
  package var usedObjects = 0
  /// How many bytes of content would be freed, those objects included.
  package var bytes: Int64 = 0

  /// The trees that are not needed.
  package var removableTrees: [(plugin: PluginName, tree: TreeName)] {
    removable.compactMap { item in
      guard item.waste == .tree, let plugin = item.plugin,
        let tree = TreeName(item.path.lastComponent?.string ?? "")
      else { return nil }
      return (plugin, tree)
    }
  }

  /// What an interrupted run left behind, and no run that goes on needs.
  package var leftovers: [FilePath] {
    removable.filter { [.leftover, .trash, .sandbox].contains($0.waste) }.map(\.path)
  }
}

/// What others know about a host's folder and the storage module does not.
package struct HostUse: Sendable {
  /// The digests, in hexadecimal, of downloads that something offered still needs.
  package var downloads: Set<String> = []
  /// The names of sandboxes whose supervisors are alive.
  package var liveSandboxes: Set<String> = []
  /// The names of sandboxes whose supervisors died.
  package var deadSandboxes: Set<String> = []
  /// Plugins that are being installed or updated now.
  package var busy: Set<PluginName> = []
  /// Downloads and temporary files that changed after this may still be in somebody's hands, and stay; nil when nobody
  /// is there.
  package var settledBefore: Instant?

  /// Nobody uses anything.
  package init() {}
}

extension HostFolder {
  /// Looks at every path of this host and says what each of them is for.
  ///
  /// - Parameter lock: the proof that nobody is staging, so that every half-made tree is abandoned.
  package func inventory(holding lock: HostLock, use: HostUse = HostUse()) throws(StorageError) -> HostInventory {
    defer { withExtendedLifetime(lock) {} }
    var walk = InventoryWalk(host: self, use: use)
    try walk.run()
    return walk.inventory
  }
}
