internal import Platform
package import Releases
package import Signing
package import StrictJSON

/// Where a rollback goes.
package enum RollbackTarget: Hashable, Sendable, CustomStringConvertible {
  /// The newest snapshot of another release than the current one.
  case previous
  /// The snapshot of this number.
  case snapshot(Int)
  /// The newest snapshot of this version, else a kept tree of it.
  case version(ReleaseVersion)
  /// The newest snapshot of this tree, else the kept tree itself.
  case tree(SHA256Digest)

  /// The target in a few words.
  package var description: String {
    switch self {
    case .previous: "the previous release"
    case .snapshot(let number): "number \(number)"
    case .version(let version): "version \(version.text)"
    case .tree(let digest): "tree \(digest)"
    }
  }
}

/// A rollback's target, found: a complete tree and, where one is kept, the snapshot with its state.
package struct RollbackSource: Hashable, Sendable {
  /// The tree that becomes current.
  package let tree: TreeName
  /// The snapshot; nil when only the tree is kept, whose state then cannot come back.
  package let snapshot: Snapshot?
}

extension SwitchTransaction {
  /// Finds what a rollback would bring back, without changing anything.
  ///
  /// - Throws: `noSnapshot` when nothing fits, `noTree` when the tree of the snapshot is gone, `nothingCurrent`.
  package func source(for target: RollbackTarget) throws(StorageError) -> RollbackSource {
    guard let current = try plugin.current() else { throw .nothingCurrent(plugin: plugin.name.text) }
    let kept = try plugin.snapshots()
    let chosen: Snapshot?
    switch target {
    case .previous: chosen = kept.first { $0.tree != current }
    case .snapshot(let number): chosen = kept.first { $0.number == number }
    case .version(let version): chosen = kept.first { $0.version == version }
    case .tree(let digest): chosen = kept.first { $0.tree.tree == digest }
    }
    if let chosen {
      guard try plugin.hasTree(chosen.tree) else { throw .noTree(name: chosen.tree.text) }
      return RollbackSource(tree: chosen.tree, snapshot: chosen)
    }
    if let tree = try keptTree(for: target) { return RollbackSource(tree: tree, snapshot: nil) }
    throw .noSnapshot(wanted: target.description, kept: kept.map { "\($0.number) (\($0.version.text))" })
  }

  /// Brings a release of before back, with the state of that moment unless the present state is to stay.
  ///
  /// Needs no network. What it replaces is kept as a snapshot of its own, so that a second rollback undoes the first.
  /// The snapshot that comes back stays, too.
  ///
  /// - Parameters:
  ///   - keepState: leave the present state in place and bring only the code back.
  ///   - reason: why, in a few words, for the snapshot of what is replaced.
  ///   - details: what a later undo must bring back of the replaced release: its permissions and tool pins.
  ///   - kind: whether this goes back, or undoes that.
  /// - Throws: what `source(for:)` throws, `locked`, `stateTooLarge`, `stateChanged`, `file`.
  package func rollback(
    to target: RollbackTarget, keepState: Bool, reason: String, details: JSON = .null,
    as kind: Snapshot.Kind = .rollback
  ) throws(StorageError) -> SwitchOutcome {
    let lock = try plugin.lock()
    defer { withExtendedLifetime(lock) {} }
    var journal = try recoverLocked().journal
    guard let from = try plugin.current() else { throw .nothingCurrent(plugin: plugin.name.text) }
    let source = try source(for: target)
    let restored = keepState ? nil : source.snapshot.flatMap { $0.hasState ? $0 : nil }
    try disk.ensureDirectory(plugin.state)
    if from == source.tree, restored == nil { return unchanged(from) }
    let number = try plugin.nextSnapshotNumber()
    var record = JournalRecord(
      intent: .rollback, from: from, to: source.tree, saves: number, restores: restored?.number, step: .intended)
    var skipped: [String] = []
    try undoingOnFailure(&journal) { journal throws(StorageError) in
      try journal.append(record)
      try describe(number, from, kind, reason: reason, details: details)
      if let restored {
        try disk.removeTree(plugin.stateNext)
        skipped = try StateCopy.copy(plugin.statePath(of: restored), to: plugin.stateNext, disk: disk).skipped
      } else {
        skipped = try copyState(into: number)
      }
      try disk.syncFileSystem(plugin.root)
      record = record.reached(.prepared)
      try journal.append(record)
      try forward(record, &journal)
    }
    prune()
    return SwitchOutcome(
      from: from, to: source.tree, saved: number, restored: restored?.number, skipped: skipped, changed: true)
  }

  private func keptTree(for target: RollbackTarget) throws(StorageError) -> TreeName? {
    guard target != .previous else { return nil }
    for tree in try plugin.trees() {
      switch target {
      case .tree(let digest): if tree.tree == digest { return tree }
      case .version(let version): if try plugin.summary(of: tree).version == version { return tree }
      case .previous, .snapshot: break
      }
    }
    return nil
  }
}
