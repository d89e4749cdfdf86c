package import Platform
package import Releases
package import Signing
package import SystemPackage
import TUF

/// A workspace to be started.
package struct NewWorkspace: Sendable {
  /// Where it will be; nothing may be there yet.
  package var root: FilePath
  /// The repository's name, for people.
  package var name: String
  /// Names of the offline keys; they sign root and targets.
  package var rootKeys: [String]
  /// How many of the offline keys must sign.
  package var rootThreshold: Int
  /// The key that signs bundles.
  package var buildKey: String
  /// The key for the snapshot role and the timestamp; a server holds it.
  package var onlineKey: String
  /// The channels in order, each with the name of its key.
  package var channels: [(channel: ChannelName, key: String)]
  /// How long a release must be observed before it may be promoted.
  package var soak: DurationText

  /// A workspace to be started at a path.
  package init(
    root: FilePath, name: String, rootKeys: [String], rootThreshold: Int, buildKey: String, onlineKey: String,
    channels: [(channel: ChannelName, key: String)], soak: DurationText
  ) {
    self.root = root
    self.name = name
    self.rootKeys = rootKeys
    self.rootThreshold = rootThreshold
    self.buildKey = buildKey
    self.onlineKey = onlineKey
    self.channels = channels
    self.soak = soak
  }

  /// Every key it needs, each once.
  package var keyNames: [String] {
    var seen: Set<String> = []
    return (rootKeys + [buildKey] + channels.map(\.key) + [onlineKey]).filter { seen.insert($0).inserted }
  }

  /// Creates the folder with its settings, public keys and policies, and signs the first version of its repository.
  ///
  /// Everything is made beside the final place and renamed into it, so that there is no half of a workspace. Returns
  /// the digest of the first root: the fingerprint by which hosts trust it.
  package func create(keys: any KeyRing, machine: Machine) throws -> SHA256Digest {
    let files = machine.files
    guard try files.status(root) == nil else { throw PublishingError.workspaceExists(path: root.string) }
    let draft = root.removingLastComponent().appending(".\(root.lastComponent?.string ?? "workspace").new")
    if try files.exists(draft) { try files.removeTree(draft) }
    do {
      let fingerprint = try make(draft, keys: keys, machine: machine)
      // Not all of it was forced onto the disk one by one; the name comes last.
      try files.syncFileSystem(draft)
      try files.rename(draft, to: root)
      try files.sync(directory: root.removingLastComponent())
      return fingerprint
    } catch {
      try? files.removeTree(draft)
      throw error
    }
  }

  /// Fills the draft of a workspace; returns the digest of its first root.
  private func make(_ draft: FilePath, keys: any KeyRing, machine: Machine) throws -> SHA256Digest {
    let files = machine.files
    for folder in ["keys", "channels", "repository/metadata", "repository/targets", "evidence"] {
      try files.makeDirectories(draft.appending(folder))
    }
    try write(settings.yaml(), to: draft.appending("serin.yaml"), files)
    try write(".lock\n.staging/\n.publication.json\n", to: draft.appending(".gitignore"), files)
    for name in keyNames {
      let text = try key(name, keys).publicKey.minisignText
      try write(text, to: draft.appending("keys").appending(name + ".pub"), files)
    }
    for (channel, policy) in try policies() {
      try write(policy.yaml, to: draft.appending("channels").appending(channel.text + ".yaml"), files)
    }
    let workspace = try Workspace.open(draft, machine: machine)
    return try Publisher(workspace: workspace, keys: keys).createRepository()
  }

  private var settings: WorkspaceSettings {
    WorkspaceSettings(
      name: name, rootKeys: rootKeys, rootThreshold: rootThreshold, buildKey: buildKey, onlineKey: onlineKey)
  }

  /// Each channel follows the one before; only the first takes releases from a folder.
  private func policies() throws -> [(channel: ChannelName, policy: ChannelPolicy)] {
    let probes = max(1, min(1000, soak.seconds / 90))
    return try channels.enumerated().map { index, entry in
      var policy = try ChannelPolicy(signers: [entry.key], soak: ChannelPolicy.Soak(observed: soak, probes: probes))
      policy.follows = index == 0 ? nil : channels[index - 1].channel
      policy.evidence.required = index > 0
      policy.evidence.signers = index > 0 ? [channels[0].key] : []
      policy.security.observed = min(policy.security.observed, soak)
      policy.security.probes = min(policy.security.probes, probes)
      return (entry.channel, policy)
    }
  }

  private func key(_ name: String, _ keys: any KeyRing) throws -> Signer {
    guard let signer = try keys.signer(named: name) else {
      throw PublishingError.badKey(name: name, reason: "its secret half is not on this machine")
    }
    return signer
  }

  private func write(_ text: String, to path: FilePath, _ files: any FileSystem) throws {
    try files.write(Array(text.utf8), creating: path, mode: 0o644)
  }
}

extension Publisher {
  /// Signs the first version of every role; returns the digest of the root.
  func createRepository() throws -> SHA256Digest {
    let settings = workspace.settings
    var delegations = try workspace.policies.map { channel, policy in
      try DelegationPlan(
        role: channel.text, authority: authority(policy.signers, policy.threshold),
        paths: ["plugins/*/*/\(channel.text).json"])
    }
    delegations.append(
      try DelegationPlan(
        role: "bundles", authority: authority(settings.bundles.keys, settings.bundles.threshold),
        paths: ["plugins/*/*/*/*"]))
    let plan = RepositoryPlan(
      root: try authority(settings.root.keys, settings.root.threshold),
      targets: try authority(settings.targets.keys, settings.targets.threshold),
      snapshot: try authority(settings.snapshot.keys, settings.snapshot.threshold),
      timestamp: try authority(settings.timestamp.keys, settings.timestamp.threshold), delegations: delegations)
    let writer = try RepositoryWriter(
      creating: plan, at: MetadataTime(seconds: workspace.now.seconds), lifetimes: workspace.lifetimes())
    let groups =
      settings.roles.map { (keys: $0.role.keys, threshold: $0.role.threshold) }
      + workspace.policies.map { (keys: $0.policy.signers, threshold: $0.policy.threshold) }
    let publication = try writer.publish(signedBy: signers(groups))
    try repository.publish(publication)
    guard let root = publication.state.roots.first else { throw TUFError.missing(file: "1.root.json") }
    return SHA256Digest.of(root)
  }

  /// The keys of these names, so many of which must sign.
  func authority(_ names: [String], _ threshold: Int) throws -> Authority {
    try Authority(keys: names.map { MetadataKey(try workspace.publicKey(named: $0)) }, threshold: threshold)
  }
}
