import Platform
package import Releases
package import Storage

/// What a channel offers for one installed plugin, and what this host does about it.
package struct UpdateCheck: Sendable {
  /// What this host remembers about the plugin.
  package let install: InstallRecord
  /// The version that runs.
  package let current: ReleaseVersion?
  /// The version that the channel offers.
  package let offered: ReleaseVersion?
  /// What this host does about it.
  package let decision: UpdateDecision
  /// Why the publisher withdrew the version that runs, if that happened.
  package let yanked: String?
  /// What the offered release would mean for the plugin's state; nil where there is nothing to say.
  package let stateChange: StateChange?
  /// The offer, for whoever takes it.
  package let offer: ReleaseOffer?
  /// What holds for the plugin.
  package let settings: PluginSettings
}

/// A release that a channel offers, with everything that signed metadata say of it.
package struct ReleaseOffer: Sendable {
  /// The repository that offers it.
  package let repository: TrustedRepository
  /// The signed channel manifest.
  package let manifest: ChannelManifest
  /// The bundle that runs on this host.
  package let bundle: BundleOffer
}

extension PluginHost {
  /// Asks the channels of installed plugins what they offer; each repository is refreshed once.
  ///
  /// Changes nothing but the trusted metadata, the sequence floors, and since when a release is known. A plugin whose
  /// section in the settings names a channel follows that one from now on.
  package func check(_ installs: [InstallRecord]) async throws -> [UpdateCheck] {
    let settings = try settings()
    let installs = installs.map { following($0, settings) }
    var checks: [UpdateCheck] = []
    for id in Set(installs.map(\.repository)).sorted() {
      var client = try RepositoryClient(try repositories.named(id), in: repositories)
      try await client.refresh()
      for install in installs where install.repository == id {
        checks.append(try await check(install, settings.plugin(install.plugin), with: &client))
      }
    }
    return checks.sorted { $0.install.plugin < $1.install.plugin }
  }

  /// Refreshes every trusted repository, whether or not anything is installed from it.
  package func refreshAll(except done: Set<String>) async throws {
    for repository in try repositories.all() where !done.contains(repository.id) {
      var client = try RepositoryClient(repository, in: repositories)
      try await client.refresh()
    }
  }

  func check(
    _ install: InstallRecord, _ settings: PluginSettings, with client: inout RepositoryClient
  ) async throws -> UpdateCheck {
    let home = try folder.plugin(install.plugin)
    guard let manifest = try await client.manifest(of: install.plugin, in: install.channel) else {
      // One plugin that vanished from its channel must not keep the others from their updates.
      let current = try home.current().map { try home.summary(of: $0).version }
      return UpdateCheck(
        install: install, current: current, offered: nil, decision: .notOffered, yanked: nil,
        stateChange: nil, offer: nil, settings: settings)
    }
    try raiseFloor(manifest, repository: client.repository)
    let facts = try facts(of: install.plugin, at: home, manifest: manifest, settings)
    return UpdateCheck(
      install: install, current: facts.currentVersion, offered: manifest.version, decision: facts.decision,
      yanked: manifest.yanked.first { $0.version == facts.currentVersion }?.reason,
      stateChange: facts.stateChange,
      offer: facts.bundle.map { ReleaseOffer(repository: client.repository, manifest: manifest, bundle: $0) },
      settings: settings)
  }

  func facts(
    of plugin: PluginName, at home: PluginFolder, manifest: ChannelManifest, _ settings: PluginSettings
  ) throws -> UpdateFacts {
    let tree = try home.current()
    let summary = try tree.map { try home.summary(of: $0) }
    let now = machine.clock.now()
    var facts = UpdateFacts(
      plugin: plugin, currentTree: tree, currentVersion: summary?.version, currentState: summary?.state,
      manifest: manifest, holds: try ledger.holds(of: plugin, at: now), hostID: try folder.hostID(),
      platform: .current)
    guard let bundle = facts.bundle else { return facts }
    if let seen = try ledger.offer(bundle.tree, of: plugin, in: manifest.channel) {
      facts.age = ReleaseAge(since: seen.since, minimum: settings.age(security: manifest.security), now: now)
    }
    // Only what was fetched says what it needs.
    let here = TreeName(bundle.tree)
    if here != tree, try home.hasTree(here) {
      facts.missingSettings = try missingSettings(of: home.outline(of: here)).map(\.key)
    }
    return facts
  }

  /// The record of a plugin with the channel that it follows now: what its section in the settings names, else the one
  /// that it was installed from.
  package func following(_ install: InstallRecord, _ settings: HostSettings) -> InstallRecord {
    var install = install
    install.channel = settings.plugin(install.plugin).channel ?? install.channel
    return install
  }

  /// A sequence only grows: a manifest below the highest that was seen is an old one, however well signed.
  ///
  /// What a channel offers for the first time is remembered with the time.
  func raiseFloor(_ manifest: ChannelManifest, repository: TrustedRepository) throws {
    let floor = try ledger.sequenceFloor(
      repository: repository.id, plugin: manifest.plugin, channel: manifest.channel)
    if let floor, manifest.sequence < floor {
      throw UpdatingError.sequenceRollback(
        plugin: manifest.plugin.text, channel: manifest.channel.text, offered: manifest.sequence, trusted: floor)
    }
    if manifest.sequence != floor {
      _ = try ledger.raiseSequenceFloor(
        repository: repository.id, plugin: manifest.plugin, channel: manifest.channel, to: manifest.sequence)
    }
    guard let bundle = manifest.bundle(for: .current) else { return }
    try ledger.see(
      bundle.tree, of: manifest.plugin, in: manifest.channel, sequence: manifest.sequence,
      published: Instant(seconds: manifest.published.seconds), at: machine.clock.now())
  }
}
