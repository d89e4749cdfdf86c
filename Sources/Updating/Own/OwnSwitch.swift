import Platform
package import Releases
import Signing
import Storage
import StrictJSON
import SystemPackage

/// What replacing this program did.
package struct OwnSwitchResult: Sendable {
  /// The version before; nil where the program was not in its own care.
  package let from: ReleaseVersion?
  /// The version that is switched on now.
  package let to: ReleaseVersion
  /// How its content came here, and how many bytes came over the network.
  package let way: String
  /// Bytes that came over the network.
  package let downloaded: Int64
  /// What the release said of itself before it was switched to.
  package let test: SelfTest.Report
  /// Where the ledger of before is kept, if the new release changes its tables.
  package let ledgerCopy: String?
}

extension OwnRelease {
  /// Brings an offered release here: fetched, verified, unpacked beside what runs.
  ///
  /// Throws what ``PluginHost/prepare(_:choosing:progress:)`` throws.
  package func prepare(
    _ offer: ReleaseOffer, choosing: (FetchChoice) -> Void,
    progress: (@Sendable (Int64, Int64?) -> Void)? = nil
  ) async throws -> PreparedRelease {
    try await host.prepare(offer, choosing: choosing, progress: progress)
  }

  /// Makes a prepared release the program, after it was run here and has tested itself, and starts it once more in its
  /// place; killed at any point, the old one or the new one is there, whole.
  ///
  /// - Parameter decision: why, for the history: how old it was, or whose decision it was.
  /// - Throws: ``OwnReleaseError/doesNotWork(version:reasons:)``, and nothing has changed;
  ///   ``OwnReleaseError/wentBack(from:to:reasons:)``.
  package func take(_ release: PreparedRelease, because decision: String) async throws -> OwnSwitchResult {
    let version = release.manifest.version
    let result: OwnSwitchResult
    do {
      let lock = try host.updateLock(.ownProgram)
      defer { withExtendedLifetime(lock) {} }
      let before = try current()
      try home.setMark(.candidate, to: release.tree)
      let report: SelfTest.Report
      do {
        report = try await trial.run(home.path(of: release.tree), expecting: version, present: testPresent)
      } catch {
        try refuse(release, error)
        throw error
      }
      try host.writeRescue(home)
      let copy = report.migrates ? try keepLedger(of: before?.version) : nil
      try host.activate(release, event: before == nil ? "adopt" : "self-update", reason: decision)
      if before != nil { try await confirm(version) }
      result = OwnSwitchResult(
        from: before?.version, to: version, way: release.way, downloaded: release.downloaded, test: report,
        ledgerCopy: copy)
    }
    // What is beyond the kept releases goes; what cannot go now goes with the next switch.
    _ = try? await host.prune(dryRun: false)
    return result
  }

  /// Writes down why a release was not taken.
  private func refuse(_ release: PreparedRelease, _ error: any Error) throws {
    try home.setMark(.candidate, to: nil)
    let reason = (error as? any SerinError)?.description ?? String(describing: error)
    _ = try host.ledger.record(
      HistoryEntry(
        time: host.machine.clock.now(), plugin: .ownProgram, event: "refuse", toVersion: release.manifest.version,
        toTree: release.tree, reason: reason))
  }

  /// Keeps a copy of the ledger that older releases can read, where a release is about to change its tables.
  private func keepLedger(of version: ReleaseVersion?) throws -> String {
    let files = host.machine.files
    try files.makeDirectories(home.state, mode: 0o700)
    for entry in try files.list(home.state) where entry.name.hasPrefix("ledger-") {
      try files.remove(home.state.appending(entry.component))
    }
    let copy = home.state.appending("ledger-of-\(version?.text ?? ProgramVersion.text).sqlite")
    try Ledger.copy(folders.host.appending("ledger.sqlite"), to: copy)
    return copy.string
  }

  // MARK: - Going back

  /// Goes back to a release of before, which is started first, and stays away from the one that is left.
  ///
  /// Needs no network. Throws what a rollback of a plugin throws, ``OwnReleaseError/notAdopted``, and
  /// ``OwnReleaseError/doesNotWork(version:reasons:)`` where that release does not start either.
  package func rollBack(
    to version: ReleaseVersion?, reason: String, warn: (String) -> Void
  ) async throws -> RollbackResult {
    try await goBack(warn) {
      try host.plan(.ownProgram, to: version.map(RollbackTarget.version) ?? .previous, keepState: true) { kept in
        .nothingToRollBackTo(plugin: PluginName.ownProgram.text, version: version?.text, kept: kept)
      }
    } carryOut: {
      try host.rollBack(.ownProgram, to: version, keepState: true, reason: reason)
    }
  }

  /// Undoes the last rollback of this program, and lifts its hold.
  package func undoRollback(reason: String, warn: (String) -> Void) async throws -> RollbackResult {
    try await goBack(warn) {
      guard let kept = try home.undoable() else {
        throw UpdatingError.nothingToUndo(
          plugin: PluginName.ownProgram.text, since: try home.snapshots().first?.reason)
      }
      return try host.plan(.ownProgram, to: .snapshot(kept.number), keepState: true) { _ in
        .nothingToUndo(plugin: PluginName.ownProgram.text, since: nil)
      }
    } carryOut: {
      try host.undoRollback(.ownProgram, keepState: true, reason: reason)
    }
  }

  private func goBack(
    _ warn: (String) -> Void, plan: () throws -> RollbackPlan, carryOut: () throws -> RollbackResult
  ) async throws -> RollbackResult {
    guard try current() != nil else { throw OwnReleaseError.notAdopted }
    let goal: RollbackPlan
    do {
      let lock = try host.updateLock(.ownProgram)
      defer { withExtendedLifetime(lock) {} }
      goal = try plan()
    }
    let tree = home.path(of: goal.source.tree)
    try await trial.start(tree.appending("bin").appending("serin"), expecting: goal.goal.version)
    do {
      _ = try await trial.run(tree, expecting: goal.goal.version, present: testPresent)
    } catch let error as OwnReleaseError {
      // Whoever goes back has a reason; that it starts is enough, and the rest is said.
      warn("\(goal.goal.version) starts, but \(error.description)")
    }
    let result = try carryOut()
    try host.writeRescue(home)
    return result
  }
}
