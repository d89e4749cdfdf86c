import Platform
package import Releases
package import Storage

/// A pin that was placed, and where the version that it names is.
package struct PinResult: Hashable, Sendable {
  /// Where a pinned version is.
  package enum Place: String, Hashable, Sendable {
    /// It runs.
    case runs
    /// It is kept on this host; a rollback goes to it.
    case kept
    /// The channel offers it; the next update takes it.
    case offered
    /// Neither; nothing is taken until the channel offers it.
    case absent
  }

  /// The pin.
  package let hold: Hold
  /// Where its version is.
  package let place: Place
}

extension PluginHost {
  /// Keeps a plugin on one version, or lets it go to that version and no other.
  ///
  /// Only what the channel offers can be fetched, for two parties must agree on a release; a version that is kept here
  /// is gone to with `serin rollback`, which knows about its state. Its tree is protected from pruning. Throws
  /// ``UpdatingError/yanked(plugin:version:reason:)`` and
  /// ``PolicyError/belowMinimum(plugin:version:sequence:minimum:)``: a pin does not bring back what was withdrawn.
  package func pin(_ plugin: PluginName, to version: ReleaseVersion, reason: String) throws -> PinResult {
    let home = try folder.plugin(plugin)
    try recover(home)
    let current = try home.current()
    let tree = try tree(of: version, at: home)
    if let yank = try knownManifest(of: plugin)?.yank(of: version) {
      throw UpdatingError.yanked(plugin: plugin.text, version: version.text, reason: yank.reason)
    }
    if let tree, tree != current { try requireAllowed(version, tree, of: plugin) }
    let now = machine.clock.now()
    let hold = try ledger.place(Hold(plugin: plugin, kind: .pin, version: version, reason: reason, created: now))
    try home.setMark(.pinned, to: tree)
    _ = try ledger.record(
      HistoryEntry(time: now, plugin: plugin, event: "pin", toVersion: version, toTree: tree, reason: reason))
    let place: PinResult.Place =
      if let tree { tree == current ? .runs : .kept } else {
        try knownManifest(of: plugin)?.version == version ? .offered : .absent
      }
    return PinResult(hold: hold, place: place)
  }

  /// Lets a plugin leave the version that it was pinned to; returns whether there was a pin.
  package func unpin(_ plugin: PluginName) throws -> Bool {
    let lifted = try ledger.lift(of: plugin, kind: .pin)
    try folder.plugin(plugin).setMark(.pinned, to: nil)
    if lifted > 0 { try note(plugin, "unpin") }
    return lifted > 0
  }

  /// Never takes one version of a plugin.
  ///
  /// Throws ``PolicyError/badMark(plugin:version:reason:)`` for the version that runs.
  package func skip(_ plugin: PluginName, _ version: ReleaseVersion, reason: String) throws -> Hold {
    let home = try folder.plugin(plugin)
    if let tree = try home.current(), try home.summary(of: tree).version == version {
      throw PolicyError.badMark(
        plugin: plugin.text, version: version.text,
        reason: "it runs now, and `serin rollback \(plugin.name)` leaves it and keeps it away")
    }
    let now = machine.clock.now()
    let hold = try ledger.place(Hold(plugin: plugin, kind: .skip, version: version, reason: reason, created: now))
    _ = try ledger.record(
      HistoryEntry(time: now, plugin: plugin, event: "skip", toVersion: version, reason: reason))
    return hold
  }

  /// Takes a version that was skipped, or all of them; returns how many there were.
  package func unskip(_ plugin: PluginName, _ version: ReleaseVersion? = nil) throws -> Int {
    let lifted = try ledger.lift(of: plugin, kind: .skip, version: version)
    if lifted > 0 { try note(plugin, "unskip", version) }
    return lifted
  }

  /// Protects the tree of a pinned version that has just been switched to.
  func markPinned(_ tree: TreeName, _ version: ReleaseVersion, at home: PluginFolder) throws {
    let pin = try holds(of: home.name).first { $0.kind == .pin }
    if pin?.version == version { try home.setMark(.pinned, to: tree) }
  }

  /// A tree of this version that is here, the one that runs before all others.
  private func tree(of version: ReleaseVersion, at home: PluginFolder) throws -> TreeName? {
    if let current = try home.current(), try home.summary(of: current).version == version { return current }
    return try home.snapshots().first { $0.version == version }?.tree
      ?? home.trees().first { try home.summary(of: $0).version == version }
  }

  private func note(_ plugin: PluginName, _ event: String, _ version: ReleaseVersion? = nil) throws {
    _ = try ledger.record(
      HistoryEntry(
        time: machine.clock.now(), plugin: plugin, event: event, toVersion: version,
        reason: "asked for on the command line"))
  }
}
