import Bundles
import Platform
package import Releases
import Signing
package import SystemPackage
import TUF

/// What to publish, and where.
package struct PublishRequest: Sendable {
  /// A folder, an `.mcpb`, or an archive.
  package var source: FilePath
  /// The channel in which the release begins; one that follows no other.
  package var channel: ChannelName
  /// The plugin's name, where `manifest.json` does not say it.
  package var plugin: PluginName?
  /// The version, where it is another than `manifest.json` says.
  package var version: ReleaseVersion?
  /// The platform, where it cannot be seen from the files.
  package var platform: TargetPlatform?
  /// What is new, for people.
  package var notes: String?
  /// Whether the release mends a security fault.
  package var security: Bool
  /// Whether deltas from the last releases are made; they save hosts most of the transfer.
  package var makesDeltas = true

  /// A release to be published.
  package init(
    source: FilePath, channel: ChannelName, plugin: PluginName? = nil, version: ReleaseVersion? = nil,
    platform: TargetPlatform? = nil, notes: String? = nil, security: Bool = false
  ) {
    self.source = source
    self.channel = channel
    self.plugin = plugin
    self.version = version
    self.platform = platform
    self.notes = notes
    self.security = security
  }
}

/// What a channel offers after a step of the publisher's.
package struct PublishedRelease: Hashable, Sendable {
  /// The plugin.
  package let plugin: PluginName
  /// The version that is offered now.
  package let version: ReleaseVersion
  /// The channel that offers it.
  package let channel: ChannelName
  /// The channel manifest's sequence number.
  package let sequence: Int64
  /// The bundles that are offered.
  package let bundles: [BundleOffer]
  /// Roles that will soon expire and could not be renewed in the same step.
  package let expiring: [ExpiringRole]
  /// What its owner should know although it was published.
  package let warnings: [String]

  /// What a draft with one channel manifest offers once it is published.
  init(_ draft: PublicationDraft, expiring: [ExpiringRole]) throws {
    guard let offer = draft.manifests.first else { throw TUFError.unknownRole("a channel") }
    plugin = offer.plugin
    version = offer.version
    channel = offer.channel
    sequence = offer.sequence
    bundles = offer.bundles
    self.expiring = expiring
    warnings = draft.warnings
  }
}

extension Publisher {
  /// Packs a plugin, signs it, and offers it in a first channel.
  ///
  /// Throws ``PublishingError``, `BundleError` and `TUFError`; whatever is thrown, clients go on seeing the old state.
  package func publish(_ request: PublishRequest) throws -> PublishedRelease {
    try locked { publisher, state in
      var draft = try publisher.draft(of: request, state: state)
      let expiring = try publisher.renewDying(&draft, state: state)
      try publisher.complete(draft, over: state)
      return try PublishedRelease(draft, expiring: expiring)
    }
  }

  /// Packs and signs a plugin, and writes down what the keys of the channel, which are elsewhere, have to sign.
  package func request(_ request: PublishRequest) throws -> SigningRequest {
    try locked { publisher, state in
      try publisher.request(publisher.draft(of: request, state: state), over: state)
    }
  }

  /// Packs the bundle and lays it among the targets, where nobody sees it yet.
  private func draft(of request: PublishRequest, state: RepositoryState) throws -> PublicationDraft {
    let policy = try workspace.policy(request.channel)
    if let follows = policy.follows {
      throw PublishingError.notAnEntryChannel(channel: request.channel.text, follows: follows.text)
    }
    let packed = try pack(request)
    let manifest = packed.manifest
    try refuseChange(of: packed, state: state)

    let making = DeltaMaking(publisher: self, state: state)
    let made = request.makesDeltas ? try making.make(to: packed) : DeltaMaking.Made()
    let bundle = try BundleOffer(
      platform: manifest.platform, path: Self.path(of: manifest), length: packed.length, sha256: packed.sha256,
      tree: manifest.tree, state: manifest.state,
      deltas: made.deltas.map(\.offer))
    let target = NewTarget(path: bundle.path, length: bundle.length, sha256: bundle.sha256)
    var draft = PublicationDraft(try writer(state))
    draft.warnings += made.warnings
    for delta in made.deltas { try draft.writer.add(delta.target, to: try bundlesRole()) }
    try draft.writer.add(target, to: try bundlesRole())
    try add(offer(manifest, bundle, request, state: state), to: &draft, state: state)
    // The signature lies beside the bundle, where `minisign -V` looks for it.
    try repository.move(packed.signaturePath, as: target, suffix: ".minisig")
    try repository.move(packed.path, as: target)
    for delta in made.deltas { try repository.move(delta.path, as: delta.target) }
    return draft
  }

  /// Packs and signs with the build key.
  private func pack(_ request: PublishRequest) throws -> PackedBundle {
    let names = workspace.settings.bundles.keys
    guard let signer = try names.lazy.compactMap({ try keys.signer(named: $0) }).first else {
      throw PublishingError.badKey(
        name: names.joined(separator: ", "), reason: "no secret half is on this machine")
    }
    try workspace.machine.files.makeDirectories(workspace.staging)
    var options = BundlePacker.Options()
    options.plugin = request.plugin
    options.version = request.version
    options.platform = request.platform
    return try BundlePacker(files: workspace.machine.files, options: options)
      .pack(request.source, into: workspace.staging, by: signer)
  }

  /// Published versions never change: the same bytes again are welcome, others are not.
  private func refuseChange(of packed: PackedBundle, state: RepositoryState) throws {
    let path = Self.path(of: packed.manifest)
    guard let before = state.targets(of: try bundlesRole())?.target(path)?.sha256, before != packed.sha256 else {
      return
    }
    for path in [packed.path, packed.signaturePath] { try workspace.machine.files.removeIfPresent(path) }
    throw PublishingError.versionExists(
      plugin: packed.manifest.plugin.text, version: packed.manifest.version.text,
      platform: packed.manifest.platform.text, published: before.hex, offered: packed.sha256.hex)
  }

  /// The channel's next manifest: another platform of the version that it offers, or a new version.
  private func offer(
    _ manifest: BundleManifest, _ bundle: BundleOffer, _ request: PublishRequest,
    state: RepositoryState
  ) throws -> ChannelManifest {
    let previous = try self.manifest(of: manifest.plugin, in: request.channel, state: state)
    if let yank = previous?.yank(of: manifest.version) {
      throw PublishingError.yanked(
        plugin: manifest.plugin.text, version: manifest.version.text, reason: yank.reason)
    }
    var bundles = previous?.version == manifest.version ? previous?.bundles ?? [] : []
    bundles.removeAll { $0.platform == bundle.platform }
    bundles.append(bundle)
    return try ChannelManifest(
      plugin: manifest.plugin, channel: request.channel, sequence: (previous?.sequence ?? 0) + 1,
      version: manifest.version, published: workspace.now,
      bundles: bundles.sorted { $0.platform.text < $1.platform.text },
      security: request.security, minimumSequence: previous?.minimumSequence ?? 0, yanked: previous?.yanked ?? [],
      notes: request.notes)
  }

  func bundlesRole() throws -> RoleName {
    guard let role = RoleName(delegated: "bundles") else { throw TUFError.unknownRole("bundles") }
    return role
  }

  /// The target path of a bundle (design 4.5).
  static func path(of manifest: BundleManifest) -> String {
    ReleasePaths.bundle(manifest.plugin, manifest.version, manifest.platform)
  }
}
