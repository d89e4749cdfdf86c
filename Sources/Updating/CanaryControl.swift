package import Canary
import Platform
package import Releases
package import Storage

extension PluginHost {
  /// Observes a prepared release beside the installed one until there is a verdict, and switches to nothing.
  ///
  /// What was observed counts: the update that follows needs no soak of its own. Throws
  /// ``UpdatingError/canaryAborted(plugin:version:remark:)`` when a person ends it meanwhile.
  package func observe(
    _ release: PreparedRelease, setting texts: [String] = [], soak time: SoakTime,
    notify: @escaping @Sendable (CanaryProgress) -> Void = { _ in }
  ) async throws -> CanaryAccount {
    let lock = try updateLock(release.manifest.plugin)
    defer { withExtendedLifetime(lock) {} }
    try requireReadableState(release.manifest)
    let configuration = try await configuration(for: release.manifest, setting: texts)
    _ = try await soak(release, configuration: configuration, time: time, notify: notify)
    let runs = try ledger.canaries(of: release.manifest.plugin, limit: Ledger.runLimit)
    guard let run = runs.first(where: { $0.tree == release.tree && $0.state != .aborted }) else {
      throw UpdatingError.noCanary(plugin: release.manifest.plugin.text, wanted: "of this release", found: [])
    }
    var account = try account(of: run)
    account.isWatched = false
    return account
  }

  /// Ends the canary of a plugin by a person's word; a process that observes it learns so after its round.
  ///
  /// What was observed does not count any more: a later canary of the same release begins anew. Throws
  /// ``UpdatingError/noCanary(plugin:wanted:found:)`` when none is running.
  package func abortCanary(of plugin: PluginName, by who: String, reason: String) throws -> Storage.CanaryRun {
    let runs = try ledger.canaries(of: plugin, limit: Ledger.runLimit)
    guard let run = runs.first(where: { $0.state == .running }) else {
      throw UpdatingError.noCanary(
        plugin: plugin.text, wanted: "running", found: runs.prefix(3).map { "\($0.version) \($0.state.rawValue)" })
    }
    let now = machine.clock.now()
    guard try ledger.abortCanary(run.id, remark: "\(who) ended it: \(reason)", at: now) else {
      throw UpdatingError.noCanary(plugin: plugin.text, wanted: "running", found: ["one that ended just now"])
    }
    // Under the lock of whoever observes it the file is still written; that process removes it then.
    if let lock = try? updateLock(plugin) {
      defer { withExtendedLifetime(lock) {} }
      try forgetProgress(of: run)
    }
    _ = try ledger.record(
      HistoryEntry(
        time: now, plugin: plugin, event: "canary-abort", toVersion: run.version, toTree: run.tree,
        reason: "\(who) ended the canary after \(run.observed.components.seconds) s: \(reason)"))
    return try ledger.canary(run.id)
  }

  /// Removes what a canary that was ended by a person has left.
  func forgetProgress(of run: Storage.CanaryRun) throws {
    let home = try folder.plugin(run.plugin)
    try machine.files.removeIfPresent(progressPath(home, run.tree))
    if try home.marked(.candidate) == run.tree { try home.setMark(.candidate, to: nil) }
  }

  /// Asks for more observed time of a canary that runs or could not tell; it is added to what is needed now.
  ///
  /// A process that observes it learns so after its next round; an inconclusive one needs `serin canary start`. Throws
  /// ``UpdatingError/noCanary(plugin:wanted:found:)`` for one that has another end.
  package func extendCanary(
    of plugin: PluginName, by more: DurationText, who: String, reason: String
  ) throws -> Storage.CanaryRun {
    let runs = try ledger.canaries(of: plugin, limit: Ledger.runLimit)
    guard let run = runs.first, run.state == .running || run.state == .inconclusive else {
      throw UpdatingError.noCanary(
        plugin: plugin.text, wanted: "running or inconclusive",
        found: runs.prefix(3).map { "\($0.version) \($0.state.rawValue)" })
    }
    // A soak is bounded by what a length of time can say.
    let required = min(run.required + more.duration, DurationText.maximum.duration)
    try ledger.extendCanary(
      run.id, to: required, remark: "\(who) extended it by \(more): \(reason)")
    _ = try ledger.record(
      HistoryEntry(
        time: machine.clock.now(), plugin: plugin, event: "canary-extend", toVersion: run.version, toTree: run.tree,
        reason: "\(who) asked for \(more) more of observation: \(reason)"))
    return try ledger.canary(run.id)
  }

  /// The observed time that a soak needs: what is asked for now, or more where a person extended the last doubt about
  /// this tree.
  func extended(_ time: SoakTime, tree: TreeName, of plugin: PluginName) throws -> SoakTime {
    let runs = try ledger.canaries(of: plugin, limit: Ledger.runLimit)
    guard !time.startsAnew, let last = runs.first(where: { $0.tree == tree }), last.state == .inconclusive,
      last.required > time.required.duration, try !ledger.canaryNotes(last.id).remark.isEmpty
    else { return time }
    return time.asking(for: DurationText(seconds: last.required.components.seconds))
  }
}
