package import Canary
import Platform
package import Releases
import Storage

extension PluginHost {
  /// Takes what a channel offers: fetched and verified, observed in a sandbox, agreed to where it widens anything, and
  /// only then switched to.
  ///
  /// Interrupted at any point it can be run again and goes on. What a host wants by itself in the mode `ask` waits for
  /// an approval after its soak, like what widens permissions. Throws
  /// ``UpdatingError/canaryFailed(plugin:version:reasons:)``,
  /// ``UpdatingError/canaryInconclusive(plugin:version:reasons:)`` and
  /// ``UpdatingError/needsApproval(plugin:version:reasons:)``; the installed release stays then.
  package func update(
    _ release: PreparedRelease, setting texts: [String] = [], soak time: SoakTime, by actor: UpdateActor = .person,
    notify: @escaping @Sendable (CanaryProgress) -> Void = { _ in }
  ) async throws -> SwitchResult {
    // One process at a time observes and switches a plugin; the second one is told who does.
    let lock = try updateLock(release.manifest.plugin)
    defer { withExtendedLifetime(lock) {} }
    let before = try installed(release.manifest.plugin).manifest.version
    try requireReadableState(release.manifest)
    let configuration = try await configuration(for: release, setting: texts)
    let result = try await soak(release, configuration: configuration, time: time, notify: notify)

    let open = try needs(release, soak: result, by: actor)
    if result.verdict == .fail || result.verdict == .inconclusive && open.contains(where: { $0.kind == "inconclusive" })
    {
      try requirePass(result, release)
    }
    guard open.isEmpty else {
      throw UpdatingError.needsApproval(
        plugin: release.manifest.plugin.text, version: release.manifest.version.text,
        reasons: open.flatMap(\.sentences))
    }
    try await requireStillWanted(release)
    try await keep(configuration, of: release.manifest)
    let shortened = result.isShortened ? ", shorter than the policy's \(time.policy)" : ""
    try activate(
      release, event: "update",
      reason:
        "canary \(result.verdict.rawValue) after \(result.observedSeconds) s and \(result.probes) probes\(shortened)")
    return SwitchResult(
      plugin: release.manifest.plugin, from: before, to: release.manifest.version,
      tree: release.tree, channel: release.offer.manifest.channel, downloaded: release.downloaded,
      way: release.way, soak: result)
  }

  /// The values that a release would be started with; one that needs others waits as the candidate, so that it is not
  /// fetched again whenever somebody asks.
  private func configuration(
    for release: PreparedRelease, setting texts: [String]
  ) async throws -> [String: UserConfigValue] {
    do {
      try requireSecretVariables(of: release.manifest)
      return try await configuration(for: release.manifest, setting: texts)
    } catch let error as UpdatingError {
      if case .missingConfiguration = error {
        try folder.plugin(release.manifest.plugin).setMark(.candidate, to: release.tree)
      }
      throw error
    }
  }

  /// A soak takes a day: what was withdrawn, paused or held in the meantime must not be switched to.
  ///
  /// Asks the repository again; where the network is away, what is known on this host decides.
  private func requireStillWanted(_ release: PreparedRelease) async throws {
    let plugin = release.manifest.plugin
    let version = release.manifest.version
    var now: ChannelManifest?
    do {
      var client = try RepositoryClient(release.offer.repository, in: repositories)
      try await client.refresh()
      now = try await client.manifest(of: plugin, in: release.offer.manifest.channel)
    } catch is TransferError {
      now = try knownManifest(of: plugin)
    }
    if let now { try raiseFloor(now, repository: release.offer.repository) }
    if let yank = now?.yank(of: version) {
      throw UpdatingError.yanked(plugin: plugin.text, version: version.text, reason: yank.reason)
    }
    let facts = UpdateFacts(
      plugin: plugin, currentTree: nil, currentVersion: nil, manifest: release.offer.manifest,
      holds: try holds(of: plugin), hostID: try folder.hostID(), platform: .current)
    if let obstacle = facts.obstacle {
      throw UpdatingError.heldBack(plugin: plugin.text, version: version.text, reason: obstacle.sentence)
    }
    if let now, now.version == version, now.paused {
      throw UpdatingError.heldBack(
        plugin: plugin.text, version: version.text, reason: UpdateDecision.paused.sentence)
    }
  }

  /// Records a person's agreement to what the waiting candidate of a plugin changes; the next update goes on with it.
  ///
  /// Returns the version and what was agreed to. Throws ``UpdatingError/nothingToApprove(plugin:)``.
  package func approve(
    _ plugin: PluginName, version: ReleaseVersion, by who: String, reason: String
  ) throws -> [ApprovalNeed] {
    let home = try folder.plugin(plugin)
    guard let candidate = try home.marked(.candidate), let manifest = try? home.outline(of: candidate),
      manifest.version == version,
      let result = try ledger.canaries(of: plugin, limit: Ledger.runLimit).lazy
        .filter({ $0.tree == candidate }).compactMap({ SoakResult(json: $0.verdict) }).first
    else { throw UpdatingError.nothingToApprove(plugin: plugin.text) }
    let needs = try needs(manifest, tree: candidate, soak: result, by: .agent)
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
