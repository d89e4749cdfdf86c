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
  /// Changes nothing but the trusted metadata and the sequence floors.
  package func check(_ installs: [InstallRecord]) async throws -> [UpdateCheck] {
    var checks: [UpdateCheck] = []
    for id in Set(installs.map(\.repository)).sorted() {
      var client = try RepositoryClient(try repositories.named(id), in: repositories)
      try await client.refresh()
      for install in installs where install.repository == id {
        checks.append(try await check(install, with: &client))
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

  private func check(_ install: InstallRecord, with client: inout RepositoryClient) async throws -> UpdateCheck {
    let home = try folder.plugin(install.plugin)
    guard let manifest = try await client.manifest(of: install.plugin, in: install.channel) else {
      // One plugin that vanished from its channel must not keep the others from their updates.
      let current = try home.current().map { try home.summary(of: $0).version }
      return UpdateCheck(
        install: install, current: current, offered: nil, decision: .notOffered, yanked: nil,
        stateChange: nil, offer: nil)
    }
    try raiseFloor(manifest, repository: client.repository)
    let facts = try facts(of: install.plugin, at: home, manifest: manifest)
    return UpdateCheck(
      install: install, current: facts.currentVersion, offered: manifest.version, decision: facts.decision,
      yanked: manifest.yanked.first { $0.version == facts.currentVersion }?.reason,
      stateChange: facts.stateChange,
      offer: facts.bundle.map { ReleaseOffer(repository: client.repository, manifest: manifest, bundle: $0) })
  }

  func facts(of plugin: PluginName, at home: PluginFolder, manifest: ChannelManifest) throws -> UpdateFacts {
    let tree = try home.current()
    let summary = try tree.map { try home.summary(of: $0) }
    return UpdateFacts(
      plugin: plugin, currentTree: tree, currentVersion: summary?.version, currentState: summary?.state,
      manifest: manifest, holds: try ledger.holds(of: plugin, at: machine.clock.now()),
      hostID: try folder.hostID(), platform: .current)
  }

  /// A sequence only grows: a manifest below the highest that was seen is an old one, however well signed.
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
  }
}
