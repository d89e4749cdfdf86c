internal import Platform
internal import Releases
package import StrictJSON
internal import SystemPackage

/// What a switch did.
package struct SwitchOutcome: Hashable, Sendable {
  /// The tree that was current before; nil for a first install.
  package let from: TreeName?
  /// The tree that is current now.
  package let to: TreeName
  /// The number of the snapshot that keeps what was replaced; nil when there was nothing, or nothing changed.
  package let saved: Int?
  /// The number of the snapshot whose state is back; nil when the state stayed.
  package let restored: Int?
  /// Special files of the state that could not be copied, by their path in it.
  package let skipped: [String]
  /// Whether anything changed; false when the wanted tree was current already.
  package let changed: Bool
}

/// Switches a plugin from one tree to another so that, whatever is killed or fails, it is on the old one or on the
/// new one.
///
/// The order of an activation: intent into the journal → snapshot of code and state, on the disk → "prepared" → new
/// link beside, renamed over `current`, folder synced → "switched" → "finished". A rollback puts the restored state
/// in place between "prepared" and "switched" and is always carried forward from there, so code and state belong
/// together.
package struct SwitchTransaction: Sendable {
  let plugin: PluginFolder
  var disk: Disk { plugin.disk }

  /// How many times recovery tries to carry a switch forward before it undoes it, and to undo it before it gives up.
  package static let attemptLimit = 5

  /// Switches in one plugin's folder.
  package init(_ plugin: PluginFolder) { self.plugin = plugin }

  /// Makes a staged tree the current one; the state stays, and a snapshot of the old release with its state is kept.
  ///
  /// An interrupted switch is brought to an end first. When this throws, the plugin is on the old release, or on the
  /// new one with everything durable: `PluginFolder.current` says which.
  ///
  /// - Parameters:
  ///   - reason: why, in a few words, for the snapshot.
  ///   - details: what a rollback must bring back of the *old* release: its permissions and tool pins.
  /// - Throws: `noTree` when the tree is not complete, `locked`, `stateTooLarge`, `stateChanged`, `file`.
  package func activate(
    _ tree: TreeName, reason: String, details: JSON = .null
  ) throws(StorageError) -> SwitchOutcome {
    let lock = try plugin.lock()
    defer { withExtendedLifetime(lock) {} }
    var journal = try recoverLocked().journal
    guard try plugin.hasTree(tree) else { throw .noTree(name: tree.text) }
    let from = try plugin.current()
    try disk.ensureDirectory(plugin.state)
    if from == tree { return unchanged(tree) }
    var record = JournalRecord(
      intent: .activate, from: from, to: tree, saves: from == nil ? nil : try plugin.nextSnapshotNumber(),
      restores: nil, step: .intended)
    var skipped: [String] = []
    try undoingOnFailure(&journal) { journal throws(StorageError) in
      try journal.append(record)
      if let from, let number = record.saves {
        try describe(number, from, .update, reason: reason, details: details)
        skipped = try copyState(into: number)
        try disk.syncFileSystem(plugin.root)
        try publish(number)
      }
      record = record.reached(.prepared)
      try journal.append(record)
      try forward(record, &journal)
    }
    prune()
    return SwitchOutcome(from: from, to: tree, saved: record.saves, restored: nil, skipped: skipped, changed: true)
  }

  /// What a snapshot must have before it gets its name: a folder and its description.
  func describe(
    _ number: Int, _ tree: TreeName, _ kind: Snapshot.Kind, reason: String, details: JSON
  ) throws(StorageError) {
    let folder = plugin.snapshotFolder(number).partial
    try disk.removeTree(folder)
    try disk.makeDirectory(folder, mode: 0o700)
    let snapshot = Snapshot(
      number: number, tree: tree, version: try plugin.summary(of: tree).version, created: plugin.machine.clock.now(),
      reason: reason, details: details, hasState: true, kind: kind)
    try disk.writeNew(snapshot.json.serialized(pretty: true), to: folder.appending("snapshot.json"), mode: 0o600)
  }

  /// Copies the present state into a half-made snapshot.
  func copyState(into number: Int) throws(StorageError) -> [String] {
    let folder = plugin.snapshotFolder(number).partial.appending("state")
    return try StateCopy.copy(plugin.state, to: folder, disk: disk).skipped
  }

  /// Gives a complete snapshot, whose content is on the disk, its name.
  func publish(_ number: Int) throws(StorageError) {
    let folder = plugin.snapshotFolder(number)
    try disk.rename(folder.partial, to: folder)
    try disk.sync(directory: plugin.snapshotsFolder)
  }

  /// Runs the steps of a switch; when one is refused, the switch is brought to an end before the refusal is passed on.
  func undoingOnFailure(
    _ journal: inout Journal, _ steps: (inout Journal) throws(StorageError) -> Void
  ) throws(StorageError) {
    do { try steps(&journal) } catch {
      // What cannot be ended now is ended by the next recovery; the first refusal is the one that explains.
      _ = try? recoverLocked()
      throw error
    }
  }

  func unchanged(_ tree: TreeName) -> SwitchOutcome {
    SwitchOutcome(from: tree, to: tree, saved: nil, restored: nil, skipped: [], changed: false)
  }

  /// Removes the snapshots that need not stay; what is not removed now goes with the next switch.
  func prune() {
    guard let kept = try? plugin.snapshots(), let trees = try? plugin.protectedTrees() else { return }
    for number in Retention.superfluous(kept, protected: trees) { try? plugin.removeSnapshot(number) }
  }
}
