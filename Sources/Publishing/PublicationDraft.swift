import Platform
import Releases
package import Signing
import StrictJSON
package import TUF

/// A change of the repository that is not signed yet: it is either signed with the keys of this machine or written down
/// for people who sign elsewhere.
package struct PublicationDraft: Sendable {
  var writer: RepositoryWriter
  /// The channel manifests that it names; they are placed before the metadata.
  var manifests: [ChannelManifest] = []
  /// Public keys that the workspace does not have yet, by name.
  var newKeys: [String: PublicKey] = [:]
  /// The policies of channels that begin with it.
  var newPolicies: [ChannelName: ChannelPolicy] = [:]
  /// Channels that end with it.
  var revoked: Set<RoleName> = []
  /// Signatures that were made elsewhere.
  var collected: [RoleName: [MetadataSignature]] = [:]
  /// What its owner should know before it is signed.
  package internal(set) var warnings: [String] = []

  init(_ writer: RepositoryWriter) {
    self.writer = writer
  }

  /// The roles that would be signed by keys other than the online ones.
  package func roles() throws -> [RoleName] { try writer.payloads().map(\.role) }

  /// Whether anything would change.
  package func isEmpty() throws -> Bool { try writer.payloads().isEmpty }

  /// The digest of everything that would be signed but for the moment of signing: what a person confirms.
  package func digest() throws -> SHA256Digest {
    var hasher = SHA256Hasher()
    for payload in try writer.payloads() {
      var signed = payload.signed
      signed["expires"] = ""
      // The text of a manifest carries its date, so that its target entry changes from second to second too.
      signed.remove("targets")
      hasher.update(Array("\(payload.role.text)\n".utf8) + (try JSON.object(signed).canonicalBytes()))
    }
    for manifest in manifests {
      hasher.update(Array("\(manifest.plugin) \(manifest.channel) \(manifest.sequence) \(manifest.version)\n".utf8))
    }
    return hasher.finalize()
  }
}

extension Publisher {
  /// Adds a channel manifest to its role.
  func add(_ manifest: ChannelManifest, to draft: inout PublicationDraft, state: RepositoryState) throws {
    let policy = try workspace.policy(manifest.channel)
    try requireAgreement(policy, of: manifest.channel, state: state)
    try draft.writer.add(Self.target(of: manifest), to: role(manifest.channel))
    draft.manifests.append(manifest)
  }

  /// The target that a channel manifest becomes.
  static func target(of manifest: ChannelManifest) -> NewTarget {
    NewTarget(path: ReleasePaths.channel(manifest.plugin, manifest.channel), bytes: manifest.encoded())
  }

  /// Signs a draft with the keys of this machine and publishes it.
  ///
  /// The new files are durable before the timestamp that names them is replaced. New keys become visible together with
  /// the settings that follow them, or not at all.
  ///
  /// Throws `TUFError`: whose signatures are missing, or what a client would refuse.
  @discardableResult
  func complete(_ draft: PublicationDraft, over state: RepositoryState, openingOfflineKeys: Bool = true) throws
    -> Publication
  {
    let names = try KeyNames(workspace, adding: draft.newKeys)
    let payloads = try draft.writer.payloads()
    let root = try payloads.first { $0.role == .root }.map { try RootMetadata(signed: $0.signed) } ?? state.root
    let online = [RoleName.snapshot, .timestamp].compactMap { root.authority(of: $0) }
    let groups = (openingOfflineKeys ? payloads.flatMap(\.authorities) : []) + online
    let signers = try signers(groups.map { (keys: $0.entries.map { names.name(of: $0.key) }, threshold: $0.threshold) })
    let publication = try draft.writer.publish(signedBy: signers, adding: draft.collected)
    guard !publication.files.isEmpty else { return publication }
    for manifest in draft.manifests { try repository.place(manifest.encoded(), as: Self.target(of: manifest)) }
    guard payloads.contains(where: { $0.role == .root || $0.role == .targets }) else {
      // Nobody's right to sign changes, so that the order of the files is enough, and settings stay as they are.
      try repository.publish(publication)
      return publication
    }
    let settings = try WorkspaceFollowing(workspace: workspace, names: names).files(
      following: publication.state, adding: draft.newPolicies, without: draft.revoked, keys: draft.newKeys)
    try PendingPublication(workspace.root, files: workspace.machine.files)
      .publish(settings.keys + publication.files.map(Self.pending) + settings.policies)
    return publication
  }

  private static func pending(_ file: Publication.File) -> PendingPublication.File {
    PendingPublication.File(
      path: "repository/metadata/" + file.path, text: String(decoding: file.bytes, as: UTF8.self))
  }

  /// Who signs a channel is what the offline keys signed; a policy file that says otherwise would promise more than
  /// clients check.
  func requireAgreement(_ policy: ChannelPolicy, of channel: ChannelName, state: RepositoryState) throws {
    guard let signed = SignedAuthorities(state).authority(of: try role(channel)) else {
      throw PublishingError.unknownChannel(offered: channel.text, known: [])
    }
    let wanted = try authority(policy.signers, policy.threshold)
    guard Set(wanted.entries) == Set(signed.entries), wanted.threshold == signed.threshold else {
      let names = try KeyNames(workspace)
      throw PublishingError.policyDiffers(
        channel: channel.text, policy: "\(policy.threshold) of \(policy.signers.joined(separator: ", "))",
        signed: "\(signed.threshold) of " + signed.entries.map { names.name(of: $0.key) }.joined(separator: ", "))
    }
  }
}
