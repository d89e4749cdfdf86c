import Bundles
import Platform
import Releases
import Signing
import SystemPackage
import TUF

extension Publisher {
  /// Writes a draft down for people who sign elsewhere, with all that they need to see what they sign.
  ///
  /// Throws ``PublishingError/nothingToSign``, and ``PublishingError/badRequest(reason:)`` when it would be too large.
  func request(_ draft: PublicationDraft, over state: RepositoryState) throws -> SigningRequest {
    let payloads = try draft.writer.payloads()
    guard !payloads.isEmpty else { throw PublishingError.nothingToSign }
    var manifests: [ChannelManifest] = draft.manifests
    for manifest in draft.manifests {
      if let before = try self.manifest(of: manifest.plugin, in: manifest.channel, state: state) {
        manifests.append(before)
      }
    }
    var texts: [String: String] = [:]
    for (path, bytes) in state.files { texts[path] = String(decoding: bytes, as: UTF8.self) }
    let request = SigningRequest(
      parts: payloads.map { SigningRequest.Part(role: $0.role, signed: $0.signed, signatures: []) },
      metadata: texts, manifests: try self.texts(of: manifests, state: state), bundles: try bundleTexts(of: manifests),
      keys: try names(of: payloads, state: state, adding: draft.newKeys), policies: draft.newPolicies)
    guard request.encoded().count <= SigningRequest.maximumBytes else {
      throw PublishingError.badRequest(reason: "it would be larger than \(SigningRequest.maximumBytes) bytes")
    }
    // What others would refuse to read is refused here.
    _ = try SigningReview(request)
    return request
  }

  /// The names of all keys that the request is about, for people to read.
  private func names(
    of payloads: [SigningPayload], state: RepositoryState, adding more: [String: PublicKey]
  ) throws -> [String: PublicKey] {
    let names = try KeyNames(workspace, adding: more)
    let targets =
      try payloads.first { $0.role == .targets }
      .map { try TargetsMetadata(signed: $0.signed, role: .targets) } ?? state.targets(of: .targets)
    // Keys that would count no longer are named too.
    let delegated = [SignedAuthorities(state), SignedAuthorities(root: state.root, targets: targets)]
      .flatMap(\.delegations).map(\.authority)
    let top = RoleName.topLevel.compactMap { state.root.authority(of: $0) }
    var keys: [String: PublicKey] = [:]
    for entry in (payloads.flatMap(\.authorities) + delegated + top).flatMap(\.entries) where names.knows(entry.key) {
      keys[names.name(of: entry.key)] = names.publicKey(of: entry.key)
    }
    return keys.merging(more) { _, new in new }
  }

  /// The texts of channel manifests: those that are published as they were published, byte for byte.
  private func texts(of manifests: [ChannelManifest], state: RepositoryState) throws -> [String] {
    var texts: [String] = []
    for manifest in manifests {
      let path = ReleasePaths.channel(manifest.plugin, manifest.channel)
      let published = state.targets(of: try role(manifest.channel))?.target(path)
      if let published, try self.manifest(of: manifest.plugin, in: manifest.channel, state: state) == manifest {
        let file = workspace.targets.appending(published.filePath(consistent: true))
        let bytes = try workspace.machine.files.readAll(file, limit: ChannelManifest.maxBytes)
        texts.append(String(decoding: bytes, as: UTF8.self))
      } else {
        texts.append(String(decoding: manifest.encoded(), as: UTF8.self))
      }
    }
    return texts
  }

  private func bundleTexts(of manifests: [ChannelManifest]) throws -> [SigningRequest.BundleText] {
    var seen: Set<SHA256Digest> = []
    var texts: [SigningRequest.BundleText] = []
    for bundle in manifests.flatMap(\.bundles) where seen.insert(bundle.sha256).inserted {
      let signed = try open(bundle).signed
      guard signed.json.count <= SigningRequest.maximumManifestBytes else {
        throw PublishingError.badRequest(reason: "the manifest of \(bundle.path) is too large to travel")
      }
      texts.append(
        SigningRequest.BundleText(
          manifest: String(decoding: signed.json, as: UTF8.self),
          signature: String(decoding: signed.signature, as: UTF8.self)))
    }
    return texts
  }
}
