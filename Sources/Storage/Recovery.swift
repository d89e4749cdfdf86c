internal import Platform
internal import Releases
internal import SystemPackage

/// How an interrupted switch ended.
package enum RecoveryOutcome: Hashable, Sendable {
  /// Nothing was interrupted.
  case clean
  /// The switch was carried to its end.
  case finished(to: TreeName)
  /// The switch was undone; nil when nothing was current before it.
  case undone(backTo: TreeName?)
}

extension SwitchTransaction {
  /// Whether a switch was interrupted; cheap, for every start of a plugin.
  package func needsRecovery() throws(StorageError) -> Bool {
    try Journal(plugin.journalPath, disk: disk).open != nil
  }

  /// Brings an interrupted switch to an end: the plugin is on the old release or on the new one, with the state that
  /// belongs to it.
  ///
  /// It may be interrupted itself and run again. A rollback that was prepared is carried forward; everything else
  /// goes by `current`: when it is the new tree the rest is finished, else all is put back.
  ///
  /// - Parameter afresh: a person asks: earlier failed tries no longer count.
  /// - Throws: `locked`, `recoveryExhausted` after `attemptLimit` tries in each direction, `file`.
  @discardableResult
  package func recover(afresh: Bool = false) throws(StorageError) -> RecoveryOutcome {
    guard try plugin.exists() else { return .clean }
    let lock = try plugin.lock()
    defer { withExtendedLifetime(lock) {} }
    return try recoverLocked(afresh: afresh).outcome
  }

  func recoverLocked(afresh: Bool = false) throws(StorageError) -> (journal: Journal, outcome: RecoveryOutcome) {
    var journal = try Journal(plugin.journalPath, disk: disk)
    guard var record = journal.open else { return (journal, .clean) }
    if afresh { record.attempts = 0 }
    guard record.attempts < 2 * Self.attemptLimit else {
      throw .recoveryExhausted(plugin: plugin.name.text, attempts: record.attempts)
    }
    record.attempts += 1
    try journal.append(record)
    if try goesForward(record) {
      try forward(record, &journal)
      return (journal, .finished(to: record.to))
    }
    try backward(record, &journal)
    return (journal, .undone(backTo: record.from))
  }

  private func goesForward(_ record: JournalRecord) throws(StorageError) -> Bool {
    if record.step == .switched { return true }
    if record.step == .intended { return false }
    if let number = record.saves, record.intent == .rollback {
      // With its name the snapshot is complete, and that is the very last step.
      if try disk.exists(plugin.snapshotFolder(number)) { return true }
      return record.attempts <= Self.attemptLimit
    }
    return try plugin.readTreeLink(plugin.currentLink) == record.to
  }

  /// Does whatever of a prepared switch is not done yet.
  ///
  /// Every step looks first, so it can be repeated.
  func forward(_ record: JournalRecord, _ journal: inout Journal) throws(StorageError) {
    if record.step == .prepared {
      if record.restores != nil { try moveStateIn() }
      if try plugin.readTreeLink(plugin.currentLink) != record.to {
        try plugin.replaceTreeLink(plugin.currentLink, with: record.to)
      } else {
        // The rename was done, but perhaps not yet on the disk.
        try disk.sync(directory: plugin.root)
      }
      try journal.append(record.reached(.switched))
    }
    if record.intent == .rollback, let number = record.saves {
      try completeSnapshot(number, movesState: record.restores != nil)
    }
    try journal.append(record.reached(.finished))
  }

  /// The restored state comes in, the replaced one steps aside.
  ///
  /// The names say how far it got: `state.next` is there until it is in.
  private func moveStateIn() throws(StorageError) {
    guard try disk.exists(plugin.stateNext) else { return }
    if try !disk.exists(plugin.stateOld) {
      try disk.rename(plugin.state, to: plugin.stateOld)
      try disk.sync(directory: plugin.root)
    }
    try disk.rename(plugin.stateNext, to: plugin.state)
    try disk.sync(directory: plugin.root)
  }

  /// The replaced state goes into the snapshot that keeps it, and the snapshot gets its name.
  private func completeSnapshot(_ number: Int, movesState: Bool) throws(StorageError) {
    let partial = plugin.snapshotFolder(number).partial
    guard try disk.exists(partial) else { return }
    if movesState, let old = try disk.status(plugin.stateOld) {
      // Only a folder that its owner may write can go below another one, and the plugin may have changed its mode.
      if old.mode & 0o700 != 0o700 { try disk.setMode(plugin.stateOld, to: old.mode & 0o777 | 0o700) }
      try disk.rename(plugin.stateOld, to: partial.appending("state"))
      try disk.sync(directory: partial)
      try disk.sync(directory: plugin.root)
    }
    try publish(number)
  }

  /// Puts everything back as it was before the switch.
  ///
  /// Every step looks first, so it can be repeated.
  private func backward(_ record: JournalRecord, _ journal: inout Journal) throws(StorageError) {
    if record.restores != nil {
      if try disk.exists(plugin.stateOld) {
        if try disk.exists(plugin.state) { try disk.rename(plugin.state, to: plugin.stateNext) }
        try disk.rename(plugin.stateOld, to: plugin.state)
        try disk.sync(directory: plugin.root)
      }
      try disk.removeTree(plugin.stateNext)
    }
    if let from = record.from, try plugin.readTreeLink(plugin.currentLink) != from {
      try plugin.replaceTreeLink(plugin.currentLink, with: from)
    }
    try disk.removeIfPresent(plugin.root.appending("current.new"))
    if let number = record.saves { try plugin.removeSnapshot(number) }
    try disk.sync(directory: plugin.root)
    try journal.append(record.reached(.undone))
  }
}
