import Platform
package import Releases
import Storage

/// What this host did about the publisher's withdrawing the version that runs.
package enum YankOutcome: Sendable {
  /// It is not withdrawn, as far as this host knows.
  case notYanked
  /// It is, and the settings say to warn.
  case warned(version: ReleaseVersion, reason: String)
  /// It is, and nothing was done although the settings say to go back; the last part says why.
  case stayed(version: ReleaseVersion, reason: String, because: String)
  /// It was, and the newest kept release that is not withdrawn runs.
  case wentBack(RollbackResult, reason: String)

  /// What a person should know; nil where nothing happened.
  package var sentence: String? {
    switch self {
    case .notYanked: nil
    case .warned(let version, let reason): "\(version), which runs, was withdrawn by its publisher: \(reason)"
    case .stayed(let version, let reason, let because):
      "\(version), which runs, was withdrawn by its publisher (\(reason)), and stays: \(because)"
    case .wentBack(let result, let reason):
      "\(result.from) was withdrawn by its publisher (\(reason)), and \(result.to) runs again"
    }
  }
}

extension PluginHost {
  /// Answers the publisher's withdrawing the version that runs as the settings say: warns, or goes back to the newest
  /// kept release that is neither withdrawn nor below what hosts may go back to.
  ///
  /// Asks no network: what the last check brought decides. A hold on the plugin or a pin on the version is a person's
  /// word to stay, and goes before. Going back sets a hold as every rollback does. Throws ``SettingsError`` and what
  /// ``rollBack(_:to:keepState:reason:)`` throws.
  package func answerYank(_ plugin: PluginName) throws -> YankOutcome {
    let installed = try installed(plugin)
    let version = installed.manifest.version
    guard let known = try knownManifest(of: plugin), let yank = known.yank(of: version) else { return .notYanked }
    guard try settings().plugin(plugin).onYank == .goBack else { return .warned(version: version, reason: yank.reason) }
    func stay(_ because: String) -> YankOutcome { .stayed(version: version, reason: yank.reason, because: because) }

    let holds = try holds(of: plugin)
    if let pin = holds.first(where: { $0.kind == .pin && $0.version == version }) {
      return stay("it is pinned: \(pin.reason)")
    }
    if let hold = holds.first(where: { $0.kind == .hold && $0.version == nil }) { return stay("held: \(hold.reason)") }
    let kept = try installed.home.snapshots().filter { $0.version != version }
    guard
      let goal = kept.first(where: { snapshot in
        (try? requireAllowed(snapshot.version, snapshot.tree, of: plugin)) != nil
      })
    else {
      return stay(kept.isEmpty ? "no other release is kept" : "no kept release may be gone back to")
    }
    // One process at a time switches a plugin.
    let lock = try updateLock(plugin)
    defer { withExtendedLifetime(lock) {} }
    let result = try rollBack(
      plugin, to: goal.version, keepState: false, reason: "\(version) was withdrawn by its publisher: \(yank.reason)")
    return .wentBack(result, reason: yank.reason)
  }
}
