import Platform
package import Releases
package import Storage
import StrictJSON

/// What a rollback did.
package struct RollbackResult: Hashable, Sendable {
  /// The plugin.
  package let plugin: PluginName
  /// The version that was left.
  package let from: ReleaseVersion
  /// The version that runs now.
  package let to: ReleaseVersion
  /// The tree that runs now.
  package let tree: TreeName
  /// Whether the state of that moment is back; false where it stayed or none was kept.
  package let isStateRestored: Bool
  /// The number of the snapshot that keeps what was replaced.
  package let saved: Int?
  /// The hold that keeps the version away which was left.
  package let hold: String
}

extension PluginHost {
  /// Goes back to a release of before, with the state of that moment, and stays away from the one that was left.
  ///
  /// Needs no network, and works with expired metadata. What is replaced is kept as a snapshot. Throws
  /// ``UpdatingError/nothingToRollBackTo(plugin:version:kept:)``, ``UpdatingError/yanked(plugin:version:reason:)``
  /// where the publisher withdrew the release to go back to, and `StorageError`.
  package func rollBack(
    _ plugin: PluginName, to version: ReleaseVersion? = nil, keepState: Bool, reason: String
  ) throws -> RollbackResult {
    let transaction = SwitchTransaction(try folder.plugin(plugin))
    // An interrupted switch is brought to its end first, so that what is looked at here is what will be left.
    if try transaction.needsRecovery() { _ = try transaction.recover() }
    let installed = try installed(plugin)
    let target = version.map(RollbackTarget.version) ?? .previous
    let source = try source(for: target, transaction, plugin: plugin, version: version)
    let goal = try installed.home.outline(of: source.tree)
    if let yank = try knownManifest(of: plugin)?.yank(of: goal.version) {
      throw UpdatingError.yanked(plugin: plugin.text, version: goal.version.text, reason: yank.reason)
    }

    // The hold comes first: a cut after the switch must not leave the way back to the bad version open.
    let version = installed.manifest.version
    let before = try holds(of: plugin).first { $0.kind == .hold && $0.version == version }
    let hold = try ledger.place(
      Hold(
        plugin: plugin, kind: .hold, version: version,
        reason: "rolled back to \(goal.version)\(reason.isEmpty ? "" : ": \(reason)")",
        created: machine.clock.now()))
    let outcome: SwitchOutcome
    do {
      // Exactly what was looked at above, whatever another process did meanwhile.
      outcome = try transaction.rollback(
        to: source.snapshot.map { .snapshot($0.number) } ?? .tree(source.tree.tree), keepState: keepState,
        reason: "rollback from \(version)", details: ["permissions": installed.manifest.permissions.json])
    } catch {
      if (try? installed.home.current()) == installed.tree {
        try ledger.lift(of: plugin, kind: .hold, version: version)
        if let before { try ledger.place(before) }
      }
      throw error
    }
    try remember(goal, tree: outcome.to, installed: installed, reason: reason)
    return RollbackResult(
      plugin: plugin, from: installed.manifest.version, to: goal.version, tree: outcome.to,
      isStateRestored: outcome.restored != nil, saved: outcome.saved, hold: hold.reason)
  }

  private func source(
    for target: RollbackTarget, _ transaction: SwitchTransaction, plugin: PluginName, version: ReleaseVersion?
  ) throws -> RollbackSource {
    do {
      return try transaction.source(for: target)
    } catch StorageError.noSnapshot(_, let kept) {
      throw UpdatingError.nothingToRollBackTo(plugin: plugin.text, version: version?.text, kept: kept)
    }
  }

  /// The last channel manifest that this host believed, from its own copy: no network is asked.
  func knownManifest(of plugin: PluginName) throws -> ChannelManifest? {
    guard let install = try ledger.install(of: plugin) else { return nil }
    // A damaged copy must not stand in the way back; it is fetched again with the next check.
    return try? RepositoryClient.keptManifest(
      of: plugin, in: install.channel, metadata: repositories.metadata(of: install.repository))
  }

  private func remember(
    _ goal: BundleManifest, tree: TreeName, installed: InstalledRelease, reason: String
  ) throws {
    let now = machine.clock.now()
    if var install = try ledger.install(of: goal.plugin) {
      install.version = goal.version
      install.tree = tree
      install.changed = now
      try ledger.save(install)
    }
    _ = try ledger.record(
      HistoryEntry(
        time: now, plugin: goal.plugin, event: "rollback", fromVersion: installed.manifest.version,
        toVersion: goal.version, fromTree: installed.tree, toTree: tree,
        reason: reason.isEmpty ? "asked for on the command line" : reason))
  }
}
