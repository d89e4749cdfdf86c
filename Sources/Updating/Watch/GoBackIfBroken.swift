import Platform
package import Releases
import Storage

/// What the sessions of a release that was switched on led to.
package enum WatchOutcome: Hashable, Sendable {
  /// Nothing is watched, or too few sessions have ended.
  case nothing
  /// It proved itself, and is the last known good release now.
  case proved(ReleaseVersion, String)
  /// It broke, and the last known good one is back with its data.
  case wentBack(RollbackResult, reasons: [String])
  /// It broke and stays: why, and why nothing can be done by itself.
  case asks(ReleaseVersion, reasons: [String], obstacle: String)
}

extension PluginHost {
  /// Judges the sessions of a release that was switched on, and goes back by itself where it does not work here.
  ///
  /// The last known good release comes back with the data of that moment, and a hold keeps the broken one away. How
  /// often that happens is limited by ``ReturnLimit``; beyond that the plugin takes no update until a person decides.
  /// Cheap where nothing is watched. Throws `StorageError` and what ``rollBack(_:to:keepState:reason:)`` throws.
  package func goBackIfBroken(_ plugin: PluginName) throws -> WatchOutcome {
    guard let watch = try ledger.watch(of: plugin) else { return .nothing }
    let home = try folder.plugin(plugin)
    guard try home.current() == watch.tree else {
      // Another release runs: by a return that was cut after its switch, or by somebody's word.
      try ledger.finishReturn(watch)
      return .nothing
    }
    let now = machine.clock.now()
    let sessions = try watchedSessions(of: home, tree: watch.tree)
    switch WatchWindow.standard.verdict(on: sessions, since: watch.since, now: now) {
    case .watching: return .nothing
    case .proved(let why): return try prove(watch, home: home, why: why, now: now)
    case .broken(let reasons):
      let returns = try ledger.automaticReturns(of: plugin)
      if let obstacle = ReturnLimit.standard.obstacle(to: watch, after: returns, now: now) {
        return try ask(watch, reasons: reasons, obstacle: obstacle, now: now)
      }
      return try goBack(watch, home: home, reasons: reasons, now: now)
    }
  }

  /// Begins to watch what was just switched on, unless it is what was there before.
  func beginWatch(of plugin: PluginName, version: ReleaseVersion, tree: TreeName, at now: Instant) throws {
    try ledger.beginWatch(ReleaseWatch(plugin: plugin, version: version, tree: tree, since: now))
  }

  /// Whether the release that runs has given reason to doubt it: it must not become the last known good one.
  func isDoubted(_ home: PluginFolder, _ tree: TreeName) throws -> Bool {
    guard let watch = try ledger.watch(of: home.name), watch.tree == tree else { return false }
    let verdict = WatchWindow.standard.verdict(
      on: try watchedSessions(of: home, tree: tree), since: watch.since, now: machine.clock.now())
    return switch verdict {
    case .watching(let well, let badly): badly > 0 && badly >= well
    case .broken: true
    case .proved: false
    }
  }

  private func prove(_ watch: ReleaseWatch, home: PluginFolder, why: String, now: Instant) throws -> WatchOutcome {
    try home.setMark(.lastKnownGood, to: watch.tree)
    guard try ledger.endWatch(of: watch.plugin, tree: watch.tree) else { return .nothing }
    _ = try ledger.record(
      HistoryEntry(
        time: now, plugin: watch.plugin, event: "proved", toVersion: watch.version, toTree: watch.tree, reason: why))
    return .proved(watch.version, why)
  }

  private func goBack(
    _ watch: ReleaseWatch, home: PluginFolder, reasons: [String], now: Instant
  ) throws -> WatchOutcome {
    let why = reasons.joined(separator: "; ")
    // Counted before it happens: a host that dies on the way must not forget that it tried.
    try ledger.beginReturn(watch, at: now, reason: why)
    let result: RollbackResult
    do {
      result = try returnToGood(watch, home: home, reason: why)
    } catch UpdatingError.nothingToRollBackTo, UpdatingError.yanked {
      return try ask(watch, reasons: reasons, obstacle: "there is nothing to go back to", now: now)
    }
    try ledger.finishReturn(watch)
    return .wentBack(result, reasons: reasons)
  }

  /// Goes to the last known good release, or where none is kept to the one before.
  private func returnToGood(_ watch: ReleaseWatch, home: PluginFolder, reason: String) throws -> RollbackResult {
    let target: RollbackTarget =
      if let good = try home.marked(.lastKnownGood), good != watch.tree { .tree(good.tree) } else { .previous }
    let plan = try plan(watch.plugin, to: target, keepState: false) { kept in
      .nothingToRollBackTo(plugin: watch.plugin.text, version: nil, kept: kept)
    }
    let why = "went back to \(plan.goal.version) by itself: \(reason)"
    return try carryOut(plan, keepState: false, holding: why, reason: reason, event: "automatic-return")
  }

  /// Takes no update of a plugin any more until a person has decided, and says so once.
  private func ask(
    _ watch: ReleaseWatch, reasons: [String], obstacle: String, now: Instant
  ) throws -> WatchOutcome {
    let why = "\(watch.version) does not work here (\(reasons.joined(separator: "; "))), and \(obstacle)"
    let isAsked = try ledger.automaticReturns(of: watch.plugin).contains { $0.tree == watch.tree && $0.isQuestion }
    if !isAsked {
      try ledger.noteQuestion(watch, at: now, reason: obstacle)
      try ledger.place(Hold(plugin: watch.plugin, kind: .hold, reason: why, created: now))
      _ = try ledger.record(
        HistoryEntry(
          time: now, plugin: watch.plugin, event: "hold", toVersion: watch.version, toTree: watch.tree, reason: why))
    }
    return .asks(watch.version, reasons: reasons, obstacle: obstacle)
  }
}

extension PluginHost {
  /// As ``goBackIfBroken(_:)``, for a start of the plugin: it is told, and what cannot be judged now stands in nobody's
  /// way.
  func noteReturn(of plugin: PluginName) {
    do {
      guard case .wentBack(let result, let reasons) = try goBackIfBroken(plugin) else { return }
      warn(
        "\(plugin) \(result.from) did not work here and \(result.to) is back, with the data of that moment: "
          + reasons.joined(separator: "; "))
    } catch StorageError.locked {
      // Somebody switches at this moment.
    } catch {
      warn("whether \(plugin) works here could not be judged: \(words(of: error))")
    }
  }
}
