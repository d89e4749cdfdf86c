internal import Releases
internal import Signing
internal import TUF

/// The way of a client without memory through a repository, with everything that it asked for.
struct OfflineWalk {
  /// The largest channel manifest that is read.
  private static let maxManifestBytes = Int64(ChannelManifest.maxBytes)

  /// A bundle that both roles vouch for.
  struct Bundle {
    let offer: BundleOffer
    let target: TargetInfo
    let path: OfflineTarget
    /// The keys of the role that vouches for it.
    let keys: [PublicKey]
  }

  /// What the walk found.
  struct Found {
    let metadata: [(path: String, bytes: [UInt8])]
    let manifest: ChannelManifest
    let manifestPath: OfflineTarget
    let manifestBytes: [UInt8]
    let bundles: [Bundle]
    /// The verdicts that the manifest points to, each followed by its signature.
    let evidence: [(path: String, bytes: [UInt8])]
    let expires: Int64
  }

  private let source: any OfflineSource
  private let asked = Asked()
  private var client: MetadataClient

  /// Follows a repository to everything that a wish needs.
  static func run(_ wish: OfflineWish, _ source: any OfflineSource, at seconds: Int64) async throws -> Found {
    let name = MetadataFile.root(version: 1).name
    guard let root = try await source.metadata(name, limit: TUFLimits.standard.rootBytes) else {
      throw OfflineError.noFirstRoot
    }
    var walk = OfflineWalk(source, root: root)
    walk.asked.files.append((name, root))
    return try await walk.found(wish, at: MetadataTime(seconds: seconds))
  }

  private init(_ source: any OfflineSource, root: [UInt8]) {
    self.source = source
    client = MetadataClient(trustedRoot: root, store: Forgetful())
  }

  private mutating func found(_ wish: OfflineWish, at time: MetadataTime) async throws -> Found {
    let (source, asked) = (source, asked)
    try await client.refresh(at: time) { try await asked.fetch($0, from: source) }
    // A host that is given a short name looks into the channel's role, wherever the plugin itself is delegated to.
    _ = try await find(ReleasePaths.anyPlugin(in: wish.channel))
    guard let target = try await find(ReleasePaths.channel(wish.plugin, wish.channel)) else {
      throw OfflineError.notOffered(plugin: wish.plugin.text, channel: wish.channel.text)
    }
    let path = self.path(of: target)
    let bytes = try await source.target(path, limit: min(target.length, Self.maxManifestBytes))
    try target.check(bytes)
    let manifest = try ChannelManifest(json: bytes)
    guard manifest.plugin == wish.plugin, manifest.channel == wish.channel else {
      throw OfflineError.notOffered(plugin: wish.plugin.text, channel: wish.channel.text)
    }
    var bundles: [Bundle] = []
    for offer in try wish.bundles(of: manifest) { bundles.append(try await bundle(offer)) }
    return Found(
      metadata: asked.inOrder, manifest: manifest, manifestPath: path, manifestBytes: bytes, bundles: bundles,
      evidence: await evidence(manifest), expires: expires)
  }

  /// The verdicts as the channel's role vouches for them; one that is not there any more is left out, for a host that
  /// demands it says so itself.
  private func evidence(_ manifest: ChannelManifest) async -> [(path: String, bytes: [UInt8])] {
    var files: [(path: String, bytes: [UInt8])] = []
    for link in manifest.evidence.sorted(by: { $0.path < $1.path }) {
      let path = ReleasePaths.evidence(manifest.plugin, manifest.version, link.sha256)
      let place = OfflineTarget(file: path, url: path.replacing("+", with: "%2B"))
      guard link.path == path, !files.contains(where: { $0.path == path }),
        let json = try? await source.target(place, limit: Int64(Evidence.maxBytes)),
        SHA256Digest.of(json) == link.sha256,
        let signature = try? await source.target(
          place.adding(".minisig"), limit: Int64(MinisignSignature.maxTextBytes))
      else { continue }
      files += [(path, json), (path + ".minisig", signature)]
    }
    return files
  }

  /// A release needs two parties to agree: the channel's role and the bundles role.
  private mutating func bundle(_ offer: BundleOffer) async throws -> Bundle {
    let target = try await find(offer.path)
    guard let target, target.sha256 == offer.sha256, target.length == offer.length else {
      throw OfflineError.partiesDisagree(
        path: offer.path, channel: offer.sha256.hex, bundles: target?.sha256?.hex ?? "nothing")
    }
    let keys = roles.filter { $0.name == target.role }.flatMap(\.authority.entries).compactMap { $0.key.ed25519 }
    return Bundle(offer: offer, target: target, path: path(of: target), keys: keys)
  }

  private mutating func find(_ path: String) async throws -> TargetInfo? {
    let (source, asked) = (source, asked)
    return try await client.find(path) { try await asked.fetch($0, from: source) }
  }

  private func path(of target: TargetInfo) -> OfflineTarget {
    let consistent = client.trusted?.consistentSnapshot ?? true
    return OfflineTarget(file: target.filePath(consistent: consistent), url: target.urlPath(consistent: consistent))
  }

  private var roles: [DelegatedRole] {
    guard case .roles(let roles)? = client.trusted?.targets?.content.delegations else { return [] }
    return roles
  }

  /// When the first of the roles that were asked for expires.
  private var expires: Int64 {
    guard let trusted = client.trusted else { return 0 }
    let delegated = roles.compactMap { trusted.targets(of: $0.name, by: $0.authority)?.content.header.expires }
    let all =
      [
        trusted.root.content.header.expires, trusted.timestamp?.content.header.expires,
        trusted.snapshot?.content.header.expires, trusted.targets?.content.header.expires,
      ].compactMap(\.self) + delegated
    return all.map(\.seconds).min() ?? 0
  }
}

/// Everything that a client asked for and got.
private final class Asked {
  var files: [(path: String, bytes: [UInt8])] = []

  func fetch(_ request: FetchRequest, from source: any OfflineSource) async throws -> FetchAnswer {
    guard let bytes = try await source.metadata(request.path, limit: request.limit) else { return .absent }
    // Two delegators may ask for the same role.
    if !files.contains(where: { $0.path == request.path }) { files.append((request.path, bytes)) }
    return .bytes(bytes)
  }

  /// Roots first, in the order in which a client follows them, and then everything else by name.
  var inOrder: [(path: String, bytes: [UInt8])] {
    let roots = files.prefix { $0.path.hasSuffix(".root.json") }
    return roots + files[roots.endIndex...].sorted { $0.path < $1.path }
  }
}

/// A store that keeps nothing, so that everything must be asked for.
private struct Forgetful: MetadataStore {
  func load(_ file: MetadataFile) async throws -> [UInt8]? { nil }
  func persist(_ file: MetadataFile, _ bytes: [UInt8]) async throws {}
  func discard(_ file: MetadataFile) async throws {}
}
