import Canary
import Platform
package import Releases
import Sandbox
import Storage

extension PluginHost {
  /// Brings to its end what a killed process has left of a plugin: an interrupted switch, the record of it, and the
  /// first start of the release that it had switched to.
  ///
  /// Returns a sentence where the start could not be tried. Throws what ``confirmStart(of:)`` throws, and
  /// `StorageError`.
  package func settle(_ plugin: PluginName) async throws -> String? {
    let home = try folder.plugin(plugin)
    try recover(home)
    try heedRescue(home)
    try recordSwitch(home)
    guard let tree = try home.current(), try home.marked(.unconfirmed) == tree else { return nil }
    return try await confirm(try installed(plugin))
  }

  /// Brings an interrupted switch to its end.
  func recover(_ home: PluginFolder) throws {
    let transaction = SwitchTransaction(home)
    if try transaction.needsRecovery() { _ = try transaction.recover() }
  }

  /// Lets the ledger follow `current` where a process died between the two.
  func recordSwitch(_ home: PluginFolder) throws {
    func isBehind() throws -> InstallRecord? {
      guard let tree = try home.current(), let install = try ledger.install(of: home.name) else { return nil }
      return install.tree == tree ? nil : install
    }
    guard try isBehind() != nil else { return }
    // Whoever switches holds this lock until it has written everything down.
    let lock = try updateLock(home.name)
    defer { withExtendedLifetime(lock) {} }
    guard let tree = try home.current(), let old = try isBehind() else { return }
    var install = old
    install.tree = tree
    install.version = try home.summary(of: tree).version
    install.changed = machine.clock.now()
    try ledger.save(install)
    // A way back that was cut is nothing to be watched; a way forth is.
    if try home.undoable() == nil, let version = install.version {
      try beginWatch(of: home.name, version: version, tree: tree, at: install.changed)
    } else {
      try ledger.endWatch(of: home.name)
    }
    _ = try ledger.record(
      HistoryEntry(
        time: install.changed, plugin: home.name, event: "recovery", fromVersion: old.version,
        toVersion: install.version, fromTree: old.tree, toTree: tree,
        reason: "a switch was interrupted before it was recorded"))
  }

  /// Starts a release that was just switched on once more, now with the user's own data and settings, and goes back by
  /// itself where it does not start.
  ///
  /// A canary never sees the user's data, so that a release may pass it and still stumble over them. Tried twice, for a
  /// busy machine must not take a good release away. Returns a sentence where the machine could not try at all. Throws
  /// ``UpdatingError/rolledBack(plugin:from:to:reasons:)`` after it went back, with a hold on what it left.
  package func confirmStart(of result: SwitchResult) async throws -> String? {
    let installed = try installed(result.plugin)
    guard result.from != nil, installed.tree == result.tree else { return nil }
    return try await confirm(installed)
  }

  private func confirm(_ installed: InstalledRelease) async throws -> String? {
    let plugin = installed.manifest.plugin
    // One process at a time: two first starts would share the user's data.
    let lock = try updateLock(plugin)
    defer { withExtendedLifetime(lock) {} }
    var reasons: [String] = []
    do {
      for _ in 0..<2 {
        let outcome = try await startOnce(installed)
        if outcome.verdict.kind == .pass {
          try installed.home.setMark(.unconfirmed, to: nil)
          return nil
        }
        reasons = outcome.verdict.findings.filter { $0.severity == .refusal }.map(\.sentence)
      }
    } catch let error as SandboxError {
      try installed.home.setMark(.unconfirmed, to: nil)
      return "\(plugin) \(installed.manifest.version) was switched to, but its first start could not be tried: \(error)"
    }
    let back = try rollBack(
      plugin, keepState: false, reason: "its first start failed: " + reasons.joined(separator: "; "))
    try installed.home.setMark(.unconfirmed, to: nil)
    throw UpdatingError.rolledBack(
      plugin: plugin.text, from: back.from.text, to: back.to.text, reasons: reasons)
  }

  /// One start, one handshake, one tool list, one end, as `serin run` would start it; the publisher's sample calls are
  /// left out, for they would work on real data.
  func startOnce(_ installed: InstalledRelease) async throws -> CanaryOutcome {
    let runner = try sandbox()
    let request = try await liveRequest(installed)
    var plan = CanaryPlan(observing: installed.manifest, required: .zero, policy: .zero, probes: 1)
    plan.calls = []
    return try await Canary.CanaryRun(
      plan: plan, subject: SandboxSubject(runner: runner, clock: machine.clock) { _ in try runner.plan(request) },
      ledger: SoakFile(path: nil, files: machine.files), clock: machine.clock
    ).run()
  }
}
