package import Canary
import Platform
package import Releases
import Signing
package import Storage
import StrictJSON
import SystemPackage

/// What an install or an update did.
package struct SwitchResult: Sendable {
  /// The plugin.
  package let plugin: PluginName
  /// The version before; nil for a first install.
  package let from: ReleaseVersion?
  /// The version that runs now.
  package let to: ReleaseVersion
  /// The tree that runs now.
  package let tree: TreeName
  /// The channel it comes from.
  package let channel: ChannelName
  /// Bytes that came over the network.
  package let downloaded: Int64
  /// How its content came here: `tree`, `objects`, `delta` or `bundle`.
  package let way: String
  /// What the canary found out.
  package let soak: SoakResult
}

extension PluginHost {
  /// Switches a plugin on for the first time, by the explicit word of the person who has seen what will run.
  ///
  /// It must start and speak MCP in its sandbox first; that is no soak, and the history says by whose decision it was
  /// switched on without one. With `soak` it is observed like an update. What is demanded of later releases stands in
  /// the very record that makes it installed, so that no kill can lose it.
  package func install(
    _ release: PreparedRelease, setting texts: [String], decidedBy who: String,
    demanding demand: EvidenceDemand? = nil, soak time: SoakTime? = nil,
    notify: @escaping @Sendable (CanaryProgress) -> Void = { _ in }
  ) async throws -> SwitchResult {
    let plugin = release.manifest.plugin
    // One process at a time observes and switches a plugin; the second one is told who does.
    let lock = try updateLock(release.manifest.plugin)
    defer { withExtendedLifetime(lock) {} }
    let home = try folder.plugin(plugin)
    try finishRemovals(of: plugin)
    try requireReadableLeftovers(release.manifest)
    // A tree without a record is an install that was cut right after the switch: it may go on.
    if let tree = try home.current(), try ledger.install(of: plugin) != nil {
      throw UpdatingError.alreadyInstalled(
        plugin: plugin.text, version: try home.summary(of: tree).version.text)
    }
    let configuration = try await configuration(for: release.manifest, setting: texts)
    try requireSecretVariables(of: release.manifest)
    let result: SoakResult
    if let time {
      result = try await soak(release, configuration: configuration, time: time, notify: notify)
    } else if let failed = try reachedVerdict(on: release, baseline: nil, atLeast: .standard), failed.verdict == .fail {
      result = failed
    } else {
      result = try await gate(release, configuration: configuration)
    }
    try requirePass(result, release)
    try await keep(configuration, of: release.manifest)
    try activate(
      release, event: "install",
      reason: time == nil
        ? "installed by \(who), who confirmed digest …\(release.offer.bundle.sha256.lastSix) without a soak"
        : "installed by \(who) after \(result.observedSeconds) s of observation",
      demanding: demand)
    if let demand { try noteDemand(demand, of: plugin, version: release.manifest.version, by: who) }
    return SwitchResult(
      plugin: plugin, from: nil, to: release.manifest.version, tree: release.tree,
      channel: release.offer.manifest.channel, downloaded: release.downloaded,
      way: release.way, soak: result)
  }

  /// Held over an install or an update of one plugin, from the soak to the switch.
  func updateLock(_ plugin: PluginName) throws -> FileLock {
    try machine.files.lock(folder.plugin(plugin).root.appending("update.lock"))
  }

  /// No pass, no switch.
  func requirePass(_ result: SoakResult, _ release: PreparedRelease) throws {
    let plugin = release.manifest.plugin.text
    let version = release.manifest.version.text
    switch result.verdict {
    case .pass: return
    case .fail: throw UpdatingError.canaryFailed(plugin: plugin, version: version, reasons: result.reasons)
    case .inconclusive:
      throw UpdatingError.canaryInconclusive(plugin: plugin, version: version, reasons: result.reasons)
    }
  }

  /// Makes a prepared release the current one, and writes down what happened and why.
  ///
  /// - Parameter demand: a demand on later releases that comes with it; nil leaves what is demanded as it is.
  func activate(
    _ release: PreparedRelease, event: String, reason: String, demanding demand: EvidenceDemand? = nil
  ) throws {
    let plugin = release.manifest.plugin
    let home = try folder.plugin(plugin)
    // Looked at again, right before the switch: a soak takes a day, and what runs may be another one by now.
    try requireReadableState(release.manifest)
    let before = try home.current()
    let old = try before.map { try home.outline(of: $0) }
    // What was verified when it was unpacked is read once more, since a soak takes a day; the seal is what every start
    // compares with.
    try requireWhole(release, at: home)
    // Before the switch: killed right after it, the next update still knows that the first start is owed.
    if before != nil { try home.setMark(.unconfirmed, to: release.tree) }
    let outcome = try SwitchTransaction(home).activate(
      release.tree, reason: "\(event) to \(release.manifest.version)",
      details: old.map { SnapshotDetails($0).json } ?? .null)
    // What ran until now did run, unless its own first sessions say otherwise: it is the one to come back to when the new
    // one does not.
    if let before, try home.marked(.lastKnownGood) == nil || !isDoubted(home, before) {
      try home.setMark(.lastKnownGood, to: before)
    }
    try home.setMark(.candidate, to: nil)
    try home.setMark(.baseline, to: nil)
    try markPinned(release.tree, release.manifest.version, at: home)
    let now = machine.clock.now()
    let known = try ledger.install(of: plugin)
    let policy = known?.policy ?? .object([:])
    try ledger.save(
      InstallRecord(
        plugin: plugin, repository: release.offer.repository.id, channel: release.offer.manifest.channel,
        version: release.manifest.version, tree: release.tree,
        policy: demand.map { EvidenceDemand.policy(policy, demanding: $0) } ?? policy,
        installed: known?.installed ?? now, changed: now))
    if before != nil {
      try beginWatch(of: plugin, version: release.manifest.version, tree: release.tree, at: now)
    }
    _ = try ledger.record(
      HistoryEntry(
        time: now, plugin: plugin, event: event, fromVersion: old?.version, toVersion: release.manifest.version,
        fromTree: before, toTree: release.tree, reason: reason,
        details: outcome.saved.map { ["snapshot": .integer(Int64($0))] } ?? .null))
  }
}
