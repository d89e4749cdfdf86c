import Platform
package import Releases
package import Storage
import StrictJSON

/// What a rollback did.
package struct RollbackResult: Hashable, Sendable {
  package let plugin: PluginName
  package let from: ReleaseVersion
  package let to: ReleaseVersion
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
  /// ``UpdatingError/nothingToRollBackTo(plugin:version:kept:)``, ``UpdatingError/yanked(plugin:version:reason:)`` where
  /// the publisher withdrew the release to go back to, and `StorageError`.
  package func rollBack(
    _ plugin: PluginName, to version: ReleaseVersion? = nil, keepState: Bool, reason: String
  ) throws -> RollbackResult {
    let installed = try installed(plugin)
    let transaction = SwitchTransaction(installed.home)
    let target = version.map(RollbackTarget.version) ?? .previous
    let source = try source(for: target, transaction, plugin: plugin, version: version)
    let goal = try installed.home.manifest(of: source.tree)
    if let yank = try knownManifest(of: plugin)?.yank(of: goal.version) {
      throw UpdatingError.yanked(plugin: plugin.text, version: goal.version.text, reason: yank.reason)
    }

    // The hold comes first: a cut after the switch must not leave the way back to the bad version open.
    let now = machine.clock.now()
    let hold = try ledger.place(
      Hold(
        plugin: plugin, kind: .hold, version: installed.manifest.version,
        reason: "rolled back to \(goal.version)\(reason.isEmpty ? "" : ": \(reason)")", created: now))
    let outcome = try transaction.rollback(
      to: target, keepState: keepState, reason: "rollback from \(installed.manifest.version)",
      details: ["permissions": installed.manifest.permissions.json])
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
    guard let install = try ledger.install(of: plugin),
      let repository = try repositories.all().first(where: { $0.id == install.repository })
    else { return nil }
    return try RepositoryClient.keptManifest(
      of: plugin, in: install.channel, metadata: repositories.metadata(of: repository.id))
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
