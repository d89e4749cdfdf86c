import Clients
import Platform
package import Releases
import Storage
import StrictJSON

extension PluginHost {
  /// Takes a plugin off this host as planned: its trees and snapshots, and with a purge its data.
  ///
  /// What AI clients start is not broken silently: their entries go first, or a person says that they may stay. Then
  /// the ledger decides in one step, and from there on it is not installed; whatever is killed after that is finished
  /// by the next ``finishRemovals(of:)``. Returns what a person should know although nothing failed. Throws
  /// ``PolicyError/stillConnected(plugin:entries:)``, ``PolicyError/running(plugin:sessions:)``, `LockError` while
  /// somebody installs or updates it, and what clients' files throw.
  package func remove(
    _ plan: RemovalPlan, disconnecting: Bool, force: Bool, by who: String
  ) async throws -> [String] {
    guard plan.entries.isEmpty || disconnecting || force else {
      throw PolicyError.stillConnected(plugin: plan.plugin.text, entries: plan.entryNames)
    }
    let home = try folder.plugin(plan.plugin)
    let exists = try home.exists()
    let sessions = try exists ? home.runningSessions().count : 0
    guard sessions == 0 || force else { throw PolicyError.running(plugin: plan.plugin.text, sessions: sessions) }
    let lock = try exists ? updateLock(plan.plugin) : nil
    defer { withExtendedLifetime(lock) {} }
    var notes: [String] = []
    if disconnecting {
      // Several entries may stand in one file, which is another one after each step: each is worked out anew, the last
      // first, so that what was added around the first goes with it.
      for request in plan.entries.reversed() {
        let (client, scope) = (request.request.client, request.request.scope)
        let desk = desk(of: client, scope, at: request.path)
        let plans = try planDisconnecting(
          plan.plugin.text, from: client, scope, key: request.request.key, editsFile: request.request.editsFile,
          at: desk)
        for entry in plans { notes += try await disconnect(entry, at: desk) }
      }
    }
    if exists { try recover(home) }
    if plan.purges {
      do { try await removeSecrets(of: plan.plugin) } catch {
        notes.append("a secret of \(plan.plugin) may still lie in its store: \(error)")
      }
    }
    let epoch = try plan.tree.map { try home.summary(of: $0).state.writes }
    let data = plan.purges ? "with its data" : plan.hasState ? "its data stay" : "it had no data"
    try ledger.decideRemoval(
      of: plan.plugin, purging: plan.purges,
      HistoryEntry(
        time: machine.clock.now(), plugin: plan.plugin, event: "remove", fromVersion: plan.version,
        fromTree: plan.tree, reason: "removed by \(who), \(data)",
        details: plan.purges ? .null : epoch.map { ["stateEpoch": .integer($0)] } ?? .null))
    try finishRemovals(of: plan.plugin)
    return notes
  }

  /// Brings removals to their end that were decided; of all plugins where none is named.
  package func finishRemovals(of plugin: PluginName? = nil) throws {
    let open = try ledger.removals().filter { plugin == nil || $0.plugin == plugin }
    guard !open.isEmpty else { return }
    let lock = try folder.lock()
    for removal in open {
      let home = try folder.plugin(removal.plugin)
      if try home.exists() {
        if removal.purges {
          try folder.remove(home, holding: lock)
        } else {
          try folder.removeKeepingState(home, holding: lock)
        }
      }
      try ledger.endRemoval(of: removal.plugin)
    }
  }

  /// Refuses a release that could not read the data that its plugin left here when it was removed.
  func requireReadableLeftovers(_ manifest: BundleManifest) throws {
    let home = try folder.plugin(manifest.plugin)
    guard try home.current() == nil, try machine.files.exists(home.state) else { return }
    let last = try ledger.history(of: manifest.plugin, limit: 1000).first { $0.event == "remove" }
    guard let epoch = last?.details["stateEpoch"]?.int64Value, !manifest.state.canRead(epoch) else { return }
    throw PolicyError.leftStateUnreadable(
      plugin: manifest.plugin.text, version: manifest.version.text, reads: manifest.state.reads, present: epoch)
  }
}
