import Bundles
import Releases
import Signing
import StrictJSON
import TUF

// Targets: channel manifests and files.
extension RequestWords {
  mutating func describeTarget(_ path: String, of role: RoleName, _ old: TargetInfo?, _ new: TargetInfo?) throws {
    guard let new else {
      add(.file, "\(role) would vouch no longer for \(path)")
      return
    }
    if let custom = new.custom, custom != old?.custom {
      let text = String(decoding: custom.serialized().prefix(200), as: UTF8.self)
      add(.other, "\(role) would say of \(path) that it has the custom data \(text)")
    }
    if let old, old.length == new.length, old.digests == new.digests { return }
    guard Self.isManifest(path) else {
      let digest = new.sha256?.hex ?? "unknown"
      add(
        .file,
        "\(role) would vouch for \(path), \(new.length) bytes, sha256 \(digest) (its last six: \(digest.suffix(6)))"
          + (old == nil ? "" : ", instead of other bytes"))
      return
    }
    let manifest = try catalogue.manifest(new, path)
    let before = try old.map { try catalogue.manifest($0, path) }
    noteManifest(manifest)
    describe(manifest, before: before)
    try describePermissions(manifest, before: before)
  }

  /// A channel manifest has four parts: `plugins/<namespace>/<name>/<channel>.json`.
  private static func isManifest(_ path: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "plugins" && path.hasSuffix(".json")
  }

  private mutating func describe(_ new: ChannelManifest, before: ChannelManifest?) {
    let name = "\(new.plugin) in \(new.channel)"
    if new.version != before?.version || new.bundles != before?.bundles {
      let instead = before.map { $0.version == new.version ? " with other bundles" : " instead of \($0.version)" } ?? ""
      add(.release, "\(new.channel) would offer \(new.plugin) \(new.version)\(instead), sequence \(new.sequence)")
      for bundle in new.bundles where before?.bundles.contains(bundle) != true {
        let digest = bundle.sha256.hex
        add(
          .release,
          "\(new.plugin) \(new.version) for \(bundle.platform): \(bundle.length) bytes, "
            + "sha256 \(digest) (its last six: \(digest.suffix(6)))")
      }
    }
    let known = before?.yanked ?? []
    for yank in new.yanked where !known.contains(yank) {
      add(.yank, "\(new.plugin) \(yank.version) would be withdrawn from \(new.channel): \(yank.reason)")
    }
    for yank in known where !new.yanked.contains(where: { $0.version == yank.version }) {
      add(.yank, "\(new.plugin) \(yank.version) would be withdrawn from \(new.channel) no longer")
    }
    if new.rollout != before?.rollout ?? .everybody {
      add(.release, "\(name) would be offered to \(new.rollout.percent) % of the hosts")
    }
    if new.paused != before?.paused ?? false {
      add(.release, "\(name) would be \(new.paused ? "paused" : "offered again after the pause")")
    }
    if new.security { add(.release, "\(new.plugin) \(new.version) is said to close a security hole") }
    if new.minimumSequence != before?.minimumSequence ?? 0 {
      add(.release, "hosts of \(name) could go back to sequence \(new.minimumSequence) at most")
    }
  }

  private mutating func describePermissions(_ new: ChannelManifest, before: ChannelManifest?) throws {
    for bundle in new.bundles where before?.bundles.contains(where: { $0.sha256 == bundle.sha256 }) != true {
      let manifest = try catalogue.bundle(bundle, of: new)
      let platform = new.bundles.count > 1 ? " for \(bundle.platform)" : ""
      let old = before?.bundle(for: bundle.platform) ?? before?.bundles.first
      var known: BundleManifest?
      if let before, let old { known = try? catalogue.bundle(old, of: before) }
      if old != nil && known == nil {
        add(
          .widening,
          "what \(new.channel) offers now is signed by a key that counts no longer, so all that the new one may do "
            + "is listed")
      }
      for change in manifest.permissionChanges(from: known) {
        let kind: RequestChange.Kind = change.direction == .widening ? .widening : .permission
        add(kind, "\(new.plugin) \(new.version)\(platform) \(change.sentence)")
      }
    }
  }
}

/// The manifests that a request carries, each believed only by what signed metadata or signatures say of it.
struct RequestCatalogue {
  private let texts: [SHA256Digest: [UInt8]]
  private let bundles: [SigningRequest.BundleText]
  private let keys: [PublicKey]

  init(_ request: SigningRequest, authorities: [SignedAuthorities]) throws {
    var texts: [SHA256Digest: [UInt8]] = [:]
    for text in request.manifests {
      let bytes = Array(text.utf8)
      texts[.of(bytes)] = bytes
    }
    self.texts = texts
    bundles = request.bundles
    let role = RoleName(named: "bundles")
    keys = authorities.compactMap { all in role.flatMap { all.authority(of: $0) } }.flatMap(\.entries)
      .compactMap(\.key.ed25519)
  }

  /// The channel manifest that a target stands for.
  func manifest(_ target: TargetInfo, _ path: String) throws -> ChannelManifest {
    guard let digest = target.sha256, let bytes = texts[digest] else {
      throw PublishingError.badRequest(reason: "the manifest of \(path) is not in it")
    }
    try target.check(bytes)
    let manifest = try ChannelManifest(json: bytes)
    guard ReleasePaths.channel(manifest.plugin, manifest.channel) == path else {
      throw PublishingError.badRequest(
        reason: "\(path) would be the manifest of \(manifest.plugin) in \(manifest.channel)")
    }
    return manifest
  }

  /// The manifest of a bundle: signed by a bundle key, and of the tree that is offered.
  func bundle(_ offer: BundleOffer, of manifest: ChannelManifest) throws -> BundleManifest {
    for text in bundles {
      guard
        let signed = try? SignedManifest(
          json: Array(text.manifest.utf8), signature: Array(text.signature.utf8), keys: keys),
        signed.manifest.tree == offer.tree, signed.manifest.plugin == manifest.plugin,
        signed.manifest.version == manifest.version, signed.manifest.platform == offer.platform
      else { continue }
      return signed.manifest
    }
    throw PublishingError.badRequest(reason: "the signed manifest of \(offer.path) is not in it")
  }
}
