import Platform
package import Releases
import Storage

extension PluginHost {
  /// Undoes the last rollback: the release that was left comes back with its state, and the rollback's hold is lifted.
  ///
  /// Asked for once more, it undoes that, with the hold again.
  /// It is a switch like every other: journalled, and what it replaces is kept. Throws
  /// ``UpdatingError/nothingToUndo(plugin:since:)`` when nothing was rolled back or an update came since, and what
  /// ``rollBack(_:to:keepState:reason:)`` throws.
  package func undoRollback(_ plugin: PluginName, keepState: Bool = false, reason: String) throws -> RollbackResult {
    let home = try folder.plugin(plugin)
    try recover(home)
    guard let kept = try home.undoable() else {
      throw UpdatingError.nothingToUndo(plugin: plugin.text, since: try home.snapshots().first?.reason)
    }
    let plan = try plan(plugin, to: .snapshot(kept.number), keepState: keepState) { _ in
      .nothingToUndo(plugin: plugin.text, since: nil)
    }
    let details = SnapshotDetails(kept.details, of: plugin)
    if kept.kind == .undo {
      // What was undone happens again, and the version that is left stays away as it did then.
      let why = details.hold?.reason ?? "rolled back to \(plan.goal.version)"
      let reason = reason.isEmpty ? "the undoing of the rollback was undone" : reason
      return try carryOut(plan, keepState: keepState, holding: why, reason: reason, event: "rollback")
    }
    let outcome = try plan.transaction.rollback(
      to: plan.exactly, keepState: keepState, reason: "undo of the rollback to \(plan.installed.manifest.version)",
      details: SnapshotDetails(plan.installed.manifest, hold: details.hold, replaced: details.replaced).json,
      as: .undo)
    // Only now: a cut before this leaves a hold on what runs, which holds nothing back. One that its user lifted or
    // changed meanwhile is not there under its number any more, and stays as it is.
    var lifted: String?
    if let hold = details.hold, try ledger.lift(hold: hold.id) {
      lifted = hold.reason
      if let replaced = details.replaced { try ledger.place(replaced) }
    }
    let why = "the rollback to \(plan.installed.manifest.version) was undone"
    try remember(plan, event: "undo", tree: outcome.to, reason: reason.isEmpty ? why : reason)
    return plan.result(outcome, lifted: lifted, isUndo: true)
  }
}
