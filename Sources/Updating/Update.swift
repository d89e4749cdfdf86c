package import Canary
import Platform
package import Releases
import Storage

extension PluginHost {
  /// Takes what a channel offers: fetched and verified, observed in a sandbox, agreed to where it widens anything, and
  /// only then switched to.
  ///
  /// Interrupted at any point it can be run again and goes on. Throws ``UpdatingError/canaryFailed(plugin:version:reasons:)``,
  /// ``UpdatingError/canaryInconclusive(plugin:version:reasons:)`` and
  /// ``UpdatingError/needsApproval(plugin:version:reasons:)``; the installed release stays then.
  package func update(
    _ release: PreparedRelease, setting texts: [String] = [], soak time: SoakTime,
    notify: @escaping @Sendable (CanaryProgress) -> Void = { _ in }
  ) async throws -> SwitchResult {
    let installed = try installed(release.manifest.plugin)
    let configuration = try configuration(for: release.manifest, setting: texts)
    let result = try await soak(release, configuration: configuration, time: time, notify: notify)

    let open = try needs(release, soak: result)
    if result.verdict == .fail || result.verdict == .inconclusive && open.contains(where: { $0.kind == "inconclusive" })
    {
      try requirePass(result, release)
    }
    guard open.isEmpty else {
      throw UpdatingError.needsApproval(
        plugin: release.manifest.plugin.text, version: release.manifest.version.text,
        reasons: open.flatMap(\.sentences))
    }
    try keep(configuration, of: release.manifest)
    let shortened = result.isShortened ? ", shorter than the policy's \(time.policy)" : ""
    try activate(
      release, event: "update",
      reason:
        "canary \(result.verdict.rawValue) after \(result.observedSeconds) s and \(result.probes) probes\(shortened)")
    return SwitchResult(
      plugin: release.manifest.plugin, from: installed.manifest.version, to: release.manifest.version,
      tree: release.tree, channel: release.offer.manifest.channel, downloaded: release.downloaded, soak: result)
  }

  /// Records a person's agreement to what the waiting candidate of a plugin changes; the next update goes on with it.
  ///
  /// Returns the version and what was agreed to. Throws ``UpdatingError/nothingToApprove(plugin:)``.
  package func approve(
    _ plugin: PluginName, version: ReleaseVersion, by who: String, reason: String
  ) throws -> [ApprovalNeed] {
    let home = try folder.plugin(plugin)
    guard let candidate = try home.marked(.candidate), let manifest = try? home.manifest(of: candidate),
      manifest.version == version,
      let run = try ledger.canaries(of: plugin).first(where: { $0.tree == candidate && $0.state != .running }),
      let result = SoakResult(json: run.verdict)
    else { throw UpdatingError.nothingToApprove(plugin: plugin.text) }
    let needs = try needs(manifest, tree: candidate, soak: result)
    guard !needs.isEmpty else { throw UpdatingError.nothingToApprove(plugin: plugin.text) }
    let now = machine.clock.now()
    for need in needs {
      try ledger.approve(
        Approval(plugin: plugin, tree: candidate, kind: need.kind, who: who, time: now, reason: reason))
    }
    _ = try ledger.record(
      HistoryEntry(
        time: now, plugin: plugin, event: "approve", toVersion: version, toTree: candidate,
        reason: "\(who) approved \(needs.map(\.kind).joined(separator: ", ")): \(reason)"))
    return needs
  }
}
