import Platform
import Releases
import Signing
import SystemPackage
import TUF

/// Talks to one trusted repository: refreshes its metadata, and hands out only what they vouch for.
struct RepositoryClient: Sendable {
  /// The largest channel manifest that is fetched.
  static let manifestLimit: Int64 = 1 << 20

  let repository: TrustedRepository
  let machine: Machine
  private var client: MetadataClient
  /// Held over the whole refresh and everything after it, so that two processes never interleave.
  private let lock: FileLock
  /// Copies of channel manifests, each checked against its signed digest whenever it is read.
  private let cache: FilePath
  /// The reference time never goes back, even when the clock does.
  private let newestTime: NewestTime
  private let warn: @Sendable (String) -> Void

  /// Opens the client and takes the repository's lock.
  init(_ repository: TrustedRepository, in repositories: TrustedRepositories) throws {
    self.repository = repository
    machine = repositories.machine
    let store = repositories.metadata(of: repository.id)
    cache = store.root.appending("manifests")
    newestTime = NewestTime(in: store)
    warn = repositories.warn
    lock = try machine.files.lock(store.root.appending("lock"))
    client = try MetadataClient(trustedRoot: repositories.pinnedRoot(of: repository.id), store: store)
  }

  /// Brings the trusted metadata up to date; the reference time is taken once, here, and never goes back.
  ///
  /// Throws `TUFError` where the repository lies and `TransferError` where the network fails.
  mutating func refresh() async throws {
    let time = referenceTime()
    let source = MetadataSource(repository: repository, transport: machine.transport)
    try await client.refresh(at: time) { request in try await source.fetch(request) }
    try newestTime.raise(to: time)
  }

  /// What the clock says, or the newest time that was believed if the clock went back (TUF 5.1).
  private func referenceTime() -> MetadataTime {
    let clock = MetadataTime(seconds: machine.clock.now().seconds)
    guard let kept = newestTime.kept, kept > clock else { return clock }
    if kept > clock.advanced(bySeconds: NewestTime.step) {
      warn(
        "the clock went back: it says \(clock), but \(repository.id) was refreshed at \(kept), by which expiry is "
          + "judged until the clock is right")
    }
    return kept
  }

  /// When the trusted timestamp stops being valid, in seconds since 1970.
  var timestampExpires: Int64? { client.trusted?.timestamp?.content.header.expires.seconds }

  /// The manifest of a channel as its role signed it, or `nil` where this repository has none.
  mutating func manifest(of plugin: PluginName, in channel: ChannelName) async throws -> ChannelManifest? {
    let path = ReleasePaths.channel(plugin, channel)
    guard let target = try await find(path) else { return nil }
    guard target.length <= Self.manifestLimit else {
      throw UpdatingError.wrongManifest(
        field: "length", asked: "at most \(Self.manifestLimit) bytes", offered: "\(target.length)")
    }
    let manifest = try ChannelManifest(json: try await body(of: target))
    try check("plugin", asked: plugin.text, offered: manifest.plugin.text)
    try check("channel", asked: channel.text, offered: manifest.channel.text)
    return manifest
  }

  /// Where to get a bundle or a delta, if the bundles role confirms what the channel says of it.
  ///
  /// A release needs two parties to agree: the bundles role says that it exists, the channel role that it is current.
  mutating func promise(
    for path: String, length: Int64, sha256: SHA256Digest
  ) async throws -> BundleFetch.Promise {
    let target = try await find(path)
    guard let target, let digest = target.sha256, digest == sha256, target.length == length else {
      throw UpdatingError.partiesDisagree(
        path: path, channel: sha256.hex, bundles: target?.sha256?.hex ?? "nothing")
    }
    return BundleFetch.Promise(
      url: url(of: target), length: target.length, sha256: digest, pinnedKeys: repository.pinnedKeys)
  }

  /// Where to get the bundle of a release that is on this host already, as the bundles role names it; nil where it does
  /// not name it any more.
  ///
  /// No channel is asked: that it is current was decided when it came, and it must unpack to the tree that is here.
  mutating func promise(ofInstalled path: String) async throws -> BundleFetch.Promise? {
    guard let target = try await find(path), let digest = target.sha256 else { return nil }
    return BundleFetch.Promise(
      url: url(of: target), length: target.length, sha256: digest, pinnedKeys: repository.pinnedKeys)
  }

  /// The Ed25519 keys of the role that vouches for a target: those that may have signed a bundle.
  ///
  /// Metadata know nothing of minisign's key numbers, so these keys have none.
  mutating func bundleKeys(for path: String) async throws -> [PublicKey] {
    guard let target = try await find(path),
      case .roles(let roles)? = client.trusted?.targets?.content.delegations
    else { return [] }
    return roles.filter { $0.name == target.role }.flatMap(\.authority.entries).compactMap { $0.key.ed25519 }
  }

  /// The plugins that a channel of this repository offers.
  mutating func plugins(in channel: ChannelName) async throws -> [PluginName] {
    // Searching for any path that the channel's role covers loads the role.
    _ = try await find(ReleasePaths.anyPlugin(in: channel))
    guard let trusted = client.trusted, case .roles(let roles)? = trusted.targets?.content.delegations,
      let role = roles.first(where: { $0.name.text == channel.text }),
      let content = trusted.targets(of: role.name, by: role.authority)?.content
    else { return [] }
    return content.paths.compactMap { path in
      let parts = path.split(separator: "/")
      guard parts.count == 4, parts[3] == "\(channel.text).json" else { return nil }
      return try? PluginName("\(parts[1])/\(parts[2])")
    }
  }

  /// The copy of a channel manifest that was believed last; nothing is asked of the network.
  static func keptManifest(
    of plugin: PluginName, in channel: ChannelName, metadata: MetadataFolder
  ) throws -> ChannelManifest? {
    let path = metadata.root.appending("manifests").appending(
      Self.cacheName(of: ReleasePaths.channel(plugin, channel)))
    guard try metadata.files.exists(path) else { return nil }
    return try ChannelManifest(json: metadata.files.readAll(path, limit: Int(Self.manifestLimit)))
  }

  private static func cacheName(of path: String) -> String { SHA256Digest.of(Array(path.utf8)).hex + ".json" }

  /// A small target's bytes: the kept copy while it is still what is signed, so that a check with nothing new needs no
  /// request for it.
  private func body(of target: TargetInfo) async throws -> [UInt8] {
    let kept = cache.appending(Self.cacheName(of: target.path))
    if let bytes = try? machine.files.readAll(kept, limit: Int(Self.manifestLimit)), (try? target.check(bytes)) != nil {
      return bytes
    }
    let response = try await machine.transport.fetch(
      TransferRequest(url: url(of: target), limit: target.length, pinnedKeys: repository.pinnedKeys))
    try target.check(response.body)
    try machine.files.makeDirectories(cache, mode: 0o700)
    try machine.files.write(response.body, atomicallyTo: kept, mode: 0o600)
    return response.body
  }

  private func check(_ field: String, asked: String, offered: String) throws {
    if asked != offered { throw UpdatingError.wrongManifest(field: field, asked: asked, offered: offered) }
  }

  private func url(of target: TargetInfo) -> String {
    let consistent = client.trusted?.consistentSnapshot ?? true
    return repository.url + "/targets/" + target.urlPath(consistent: consistent)
  }

  /// Searches for a target; whatever roles that takes are fetched and verified.
  private mutating func find(_ path: String) async throws -> TargetInfo? {
    let source = MetadataSource(repository: repository, transport: machine.transport)
    return try await client.find(path) { request in try await source.fetch(request) }
  }
}

/// Fetches metadata from a repository's server.
private struct MetadataSource {
  let repository: TrustedRepository
  let transport: any Transport

  func fetch(_ request: FetchRequest) async throws -> FetchAnswer {
    do {
      let response = try await transport.fetch(
        TransferRequest(
          url: repository.url + "/metadata/" + request.path, limit: Int64(request.limit),
          pinnedKeys: repository.pinnedKeys))
      return .bytes(response.body)
    } catch {
      guard request.absentAllowed, error.isNotFound else { throw error }
      return .absent
    }
  }
}
