import Bundles
import Platform
package import Releases
import Signing
import SystemPackage
package import TUF

/// What was published from a request.
package struct PublishedRequest: Sendable {
  /// What the request changed.
  package let review: SigningReview
  /// The roles that were signed, the online ones among them.
  package let roles: [RoleName]
}

extension Publisher {
  /// Publishes a request whose signatures are complete.
  ///
  /// The policy of a channel is asked again: what a person approves is said here, not in the file.
  ///
  /// Throws ``PublishingError``: what is missing, or why the request fits the repository no longer.
  package func publish(
    _ request: SigningRequest, approving approved: Set<ChannelPolicy.Topic> = []
  ) throws -> PublishedRequest {
    let review = try SigningReview(request)
    return try locked { publisher, state in
      try publisher.requireCurrent(review, state)
      try publisher.requireComplete(review)
      for manifest in review.manifests { try publisher.requireAllowed(manifest, state, approving: approved) }
      var draft = PublicationDraft(try publisher.writer(state))
      for part in request.parts { try draft.writer.adopt(part.signed, as: part.role) }
      draft.manifests = review.manifests
      draft.newKeys = try publisher.newKeys(of: review)
      draft.newPolicies = request.policies.filter { channel, _ in
        !publisher.workspace.policies.contains { $0.channel == channel }
      }
      draft.revoked = try publisher.revokedRoles(review, state)
      for role in review.roles { draft.collected[role.payload.role] = role.signatures }
      try publisher.requireBundles(of: review)
      let publication = try publisher.complete(draft, over: state, openingOfflineKeys: false)
      return PublishedRequest(review: review, roles: publication.signedRoles)
    }
  }

  /// A request is made against one state: what it replaces must still be what is published.
  private func requireCurrent(_ review: SigningReview, _ state: RepositoryState) throws {
    guard let first = state.roots.first, SHA256Digest.of(first) == review.fingerprint else {
      throw PublishingError.foreignRequest(
        own: state.roots.first.map { SHA256Digest.of($0).hex } ?? "", offered: review.fingerprint.hex)
    }
    let isPublished = try review.roles.allSatisfy { role in
      guard let bytes = state.bytes(of: role.payload.role) else { return false }
      return try SignedEnvelope(bytes, role: role.payload.role).signed == role.payload.signed
    }
    if isPublished { throw PublishingError.requestPublished }
    // Root and targets say who may sign, the roles to be signed what would be lost.
    for role in [RoleName.root, .targets] + review.roles.map(\.payload.role) {
      guard review.base.bytes(of: role) == state.bytes(of: role) else {
        throw PublishingError.requestStale(
          role: role.text, requested: review.base.version(of: role), current: state.version(of: role))
      }
    }
  }

  private func requireComplete(_ review: SigningReview) throws {
    var missing: [MissingSignatures] = []
    for role in review.roles where !role.isComplete {
      for need in role.needs where !need.isMet {
        missing.append(
          MissingSignatures(
            role: role.payload.role.text + (need.isPresentRoot ? " (by the present keys)" : ""),
            needed: need.threshold, have: need.signed.count, missing: need.missing.map(\.text)))
      }
    }
    guard missing.isEmpty else { throw PublishingError.signaturesMissing(missing) }
  }

  /// Asks the channel's policy, as `promote` does, by what the manifest itself says: a step forward, or a withdrawal.
  private func requireAllowed(
    _ manifest: ChannelManifest, _ state: RepositoryState, approving approved: Set<ChannelPolicy.Topic>
  ) throws {
    guard workspace.policies.contains(where: { $0.channel == manifest.channel }) else { return }
    let policy = try workspace.policy(manifest.channel)
    try requireAgreement(policy, of: manifest.channel, state: state)
    let current = try self.manifest(of: manifest.plugin, in: manifest.channel, state: state)
    guard policy.follows != nil, manifest.bundles != current?.bundles else { return }
    // Back to what the channel offered before: nobody has to observe that again, but only a withdrawal leads there.
    if manifest.yanked != current?.yanked ?? [],
      try ManifestHistory(workspace: workspace, state: state).manifests(of: manifest.plugin, in: manifest.channel)
        .contains(where: { $0.version == manifest.version && $0.bundles == manifest.bundles })
    {
      return
    }
    let plan = try planPromotion(
      of: manifest.plugin, version: manifest.version, to: manifest.channel, approving: approved)
    guard plan.isAllowed, plan.bundles == manifest.bundles else {
      throw PublishingError.policyRefuses(
        channel: manifest.channel.text, version: manifest.version.text,
        findings: plan.findings.filter { $0.severity != .notice })
    }
  }

  /// Every bundle that would be offered is vouched for by the other role, and lies where clients will look.
  private func requireBundles(of review: SigningReview) throws {
    let role = try bundlesRole()
    let payload = review.roles.first { $0.payload.role == role }?.payload
    let vouching =
      try payload.map { try TargetsMetadata(signed: $0.signed, role: role) } ?? review.base.targets(of: role)
    for manifest in review.manifests {
      guard vouches(vouching, for: manifest) else {
        throw PublishingError.badRequest(
          reason: "\(role) does not vouch for the bundles of \(manifest.plugin) \(manifest.version)")
      }
      for bundle in manifest.bundles { _ = try open(bundle) }
    }
  }

  /// The keys that get a file in `keys/`: those that would count and have no name here yet.
  private func newKeys(of review: SigningReview) throws -> [String: PublicKey] {
    let names = try KeyNames(workspace)
    let counting = Set(try review.signedAuthorities().flatMap(\.entries).compactMap(\.key.ed25519?.bytes))
    return review.request.keys.filter { counting.contains($0.value.bytes) && !names.knows(MetadataKey($0.value)) }
  }

  private func revokedRoles(_ review: SigningReview, _ state: RepositoryState) throws -> Set<RoleName> {
    guard let payload = review.roles.first(where: { $0.payload.role == .targets })?.payload else { return [] }
    let targets = try TargetsMetadata(signed: payload.signed, role: .targets)
    let kept = SignedAuthorities(root: state.root, targets: targets).delegations.map(\.name)
    return Set(SignedAuthorities(state).delegations.map(\.name)).subtracting(kept)
  }
}

extension SigningReview {
  /// Every authority of the state that would be published.
  func signedAuthorities() throws -> [Authority] {
    let root = try roles.first { $0.payload.role == .root }.map { try RootMetadata(signed: $0.payload.signed) }
    let targets = try roles.first { $0.payload.role == .targets }
      .map { try TargetsMetadata(signed: $0.payload.signed, role: .targets) }
    let signed = SignedAuthorities(root: root ?? base.root, targets: targets ?? base.targets(of: .targets))
    return RoleName.topLevel.compactMap { signed.authority(of: $0) } + signed.delegations.map(\.authority)
  }
}

extension RepositoryState {
  /// The version of a role that is published; 0 where there is none.
  func version(of role: RoleName) -> Int64 { headers.first { $0.role == role }?.header.version ?? 0 }
}
