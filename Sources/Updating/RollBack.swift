import Platform
package import Releases
package import Storage
import StrictJSON

/// What a rollback, or the undoing of one, did.
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
  /// How the permissions differ from those of the release that was left.
  package let permissions: [PermissionChange]
  /// How many tools the release that runs now pins; nil where it pins none.
  package let pinnedTools: Int?
  /// The number of the snapshot that keeps what was replaced.
  package let saved: Int?
  /// The hold that keeps the version away which was left; nil where none was set.
  package let hold: String?
  /// The hold that was lifted, because what it held away was brought back.
  package let lifted: String?
  /// Whether a rollback was undone.
  package let isUndo: Bool
}

/// Where a rollback goes, with everything that was looked at before anything changes.
struct RollbackPlan {
  let installed: InstalledRelease
  let goal: BundleManifest
  let source: RollbackSource
  let transaction: SwitchTransaction
}

extension PluginHost {
  /// Goes back to a release of before, with the state of that moment, and stays away from the one that was left.
  ///
  /// Needs no network, and works with expired metadata. What is replaced is kept as a snapshot. Throws
  /// ``UpdatingError/nothingToRollBackTo(plugin:version:kept:)``, ``UpdatingError/yanked(plugin:version:reason:)``
  /// where the publisher withdrew the release to go back to,
  /// ``UpdatingError/cannotKeepState(plugin:version:reads:present:)`` where it could not read the present state, and
  /// `StorageError`.
  package func rollBack(
    _ plugin: PluginName, to version: ReleaseVersion? = nil, keepState: Bool, reason: String
  ) throws -> RollbackResult {
    let target = version.map(RollbackTarget.version) ?? .previous
    let plan = try plan(plugin, to: target, keepState: keepState) { kept in
      .nothingToRollBackTo(plugin: plugin.text, version: version?.text, kept: kept)
    }
    let why = "rolled back to \(plan.goal.version)\(reason.isEmpty ? "" : ": \(reason)")"
    return try carryOut(plan, keepState: keepState, holding: why, reason: reason, event: "rollback")
  }

  /// Looks at everything that a way back depends on, and changes nothing but what an interrupted switch left.
  func plan(
    _ plugin: PluginName, to target: RollbackTarget, keepState: Bool, orElse nothing: ([String]) -> UpdatingError
  ) throws -> RollbackPlan {
    let transaction = SwitchTransaction(try folder.plugin(plugin))
    // An interrupted switch is brought to its end first, so that what is looked at here is what will be left.
    if try transaction.needsRecovery() { _ = try transaction.recover() }
    let installed = try installed(plugin)
    let source = try source(for: target, transaction, orElse: nothing)
    let goal = try installed.home.outline(of: source.tree)
    try requireAllowed(goal.version, source.tree, of: plugin)
    try source.snapshot?.require(goal)
    let staysState = keepState || source.snapshot?.hasState != true
    if staysState, !goal.state.canRead(installed.manifest.state.writes) {
      throw UpdatingError.cannotKeepState(
        plugin: plugin.text, version: goal.version.text, reads: goal.state.reads,
        present: installed.manifest.state.writes)
    }
    return RollbackPlan(installed: installed, goal: goal, source: source, transaction: transaction)
  }

  private func source(
    for target: RollbackTarget, _ transaction: SwitchTransaction, orElse nothing: ([String]) -> UpdatingError
  ) throws -> RollbackSource {
    do {
      return try transaction.source(for: target)
    } catch {
      if case .noSnapshot(_, let kept) = error { throw nothing(kept) }
      throw error
    }
  }

  /// Goes back as planned, with a hold on what is left.
  func carryOut(
    _ plan: RollbackPlan, keepState: Bool, holding why: String, reason: String, event: String
  ) throws -> RollbackResult {
    let (installed, plugin) = (plan.installed, plan.goal.plugin)
    // The hold comes first: a cut after the switch must not leave the way back to the bad version open.
    let version = installed.manifest.version
    let before = try holds(of: plugin).first { $0.kind == .hold && $0.version == version }
    let hold = try ledger.place(
      Hold(plugin: plugin, kind: .hold, version: version, reason: why, created: machine.clock.now()))
    let outcome: SwitchOutcome
    do {
      // Exactly what was looked at above, whatever another process did meanwhile.
      outcome = try plan.transaction.rollback(
        to: plan.exactly, keepState: keepState, reason: "rollback from \(version)",
        details: SnapshotDetails(installed.manifest, hold: hold, replaced: before).json)
    } catch {
      if (try? installed.home.current()) == installed.tree {
        try ledger.lift(hold: hold.id)
        if let before { try ledger.place(before) }
      }
      throw error
    }
    try remember(plan, event: event, tree: outcome.to, reason: reason)
    return plan.result(outcome, hold: hold.reason)
  }

  /// Refuses a release that its publisher withdrew, or that lies below what hosts may go back to.
  ///
  /// Throws ``UpdatingError/yanked(plugin:version:reason:)`` and
  /// ``PolicyError.belowMinimum(plugin:version:sequence:minimum:)``.
  func requireAllowed(_ version: ReleaseVersion, _ tree: TreeName, of plugin: PluginName) throws {
    guard let manifest = try knownManifest(of: plugin) else { return }
    if let yank = manifest.yank(of: version) {
      throw UpdatingError.yanked(plugin: plugin.text, version: version.text, reason: yank.reason)
    }
    // What was never seen in this channel has no sequence there: it was installed by a person's word.
    guard let seen = try ledger.offer(tree.tree, of: plugin, in: manifest.channel),
      seen.sequence < manifest.minimumSequence
    else { return }
    throw PolicyError.belowMinimum(
      plugin: plugin.text, version: version.text, sequence: seen.sequence, minimum: manifest.minimumSequence)
  }

  /// The last channel manifest that this host believed, from its own copy: no network is asked.
  func knownManifest(of plugin: PluginName) throws -> ChannelManifest? {
    guard var install = try ledger.install(of: plugin) else { return nil }
    // Settings that cannot be read must not stand in the way back.
    if let settings = try? settings() { install = following(install, settings) }
    // A damaged copy must not stand in the way back; it is fetched again with the next check.
    return try? RepositoryClient.keptManifest(
      of: plugin, in: install.channel, metadata: repositories.metadata(of: install.repository))
  }

  func remember(_ plan: RollbackPlan, event: String, tree: TreeName, reason: String) throws {
    let (goal, installed) = (plan.goal, plan.installed)
    let now = machine.clock.now()
    if var install = try ledger.install(of: goal.plugin) {
      install.version = goal.version
      install.tree = tree
      install.changed = now
      try ledger.save(install)
    }
    try ledger.endWatch(of: goal.plugin)
    _ = try ledger.record(
      HistoryEntry(
        time: now, plugin: goal.plugin, event: event, fromVersion: installed.manifest.version,
        toVersion: goal.version, fromTree: installed.tree, toTree: tree,
        reason: reason.isEmpty ? "asked for on the command line" : reason))
  }
}

extension RollbackPlan {
  /// The very snapshot or tree that was looked at.
  var exactly: RollbackTarget { source.snapshot.map { .snapshot($0.number) } ?? .tree(source.tree.tree) }

  func result(
    _ outcome: SwitchOutcome, hold: String? = nil, lifted: String? = nil, isUndo: Bool = false
  ) -> RollbackResult {
    RollbackResult(
      plugin: goal.plugin, from: installed.manifest.version, to: goal.version, tree: outcome.to,
      isStateRestored: outcome.restored != nil,
      permissions: goal.permissions.changes(from: installed.manifest.permissions),
      pinnedTools: goal.toolPins?.tools.count, saved: outcome.saved, hold: hold, lifted: lifted, isUndo: isUndo)
  }
}
