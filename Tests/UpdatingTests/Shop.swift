import Bundles
import Platform
import Releases
import Signing
import StrictJSON
import SystemPackage
import TUF
import TestSupport

@testable import Updating

/// A publisher who signs whatever a test wants, a network, and one host; everything real but the wires and the clock.
final class Shop {
  let scratch: Scratch
  let clock = ManualClock()
  let transport: FolderTransport
  /// What keeps the host's secrets.
  var keyring = MemoryKeyring()
  /// What the next release is one of; its versions must be no other plugin's.
  var plugin: PluginName
  let channel: ChannelName
  private let signers: [String: Signer]
  private var state: RepositoryState
  /// The trees that were packed, by version: what deltas are made of.
  private var trees: [String: DeltaTree] = [:]

  init() throws {
    let memory: FilePath = "/dev/shm"
    let usable = (try? LocalFileSystem().status(memory))?.kind == .directory
    scratch = try (usable ? try? Scratch(in: memory) : nil) ?? Scratch()
    transport = FolderTransport(scratch / "repository")
    plugin = try PluginName("io.github.acme/time")
    channel = try ChannelName("stable")
    var signers: [String: Signer] = [:]
    for name in ["root", "build", "stable", "online"] { signers[name] = Signer(try SecretKey.generate()) }
    self.signers = signers
    func authority(_ name: String) throws -> Authority {
      try Authority(keys: signers[name].map { [MetadataKey($0.publicKey)] } ?? [], threshold: 1)
    }
    let plan = RepositoryPlan(
      root: try authority("root"), targets: try authority("root"), snapshot: try authority("online"),
      timestamp: try authority("online"),
      delegations: [
        try DelegationPlan(role: "stable", authority: authority("stable"), paths: ["plugins/*/*/stable.json"]),
        try DelegationPlan(role: "bundles", authority: authority("build"), paths: ["plugins/*/*/*/*"]),
      ])
    let writer = try RepositoryWriter(creating: plan, at: MetadataTime(seconds: clock.now().seconds))
    let publication = try writer.publish(signedBy: signers.values.map { $0 })
    state = publication.state
    try write(publication)
  }

  /// The digest of the first root.
  var fingerprint: SHA256Digest { SHA256Digest.of(state.roots[0]) }

  /// Gives the two online roles the key of another role.
  func setOnlineKey(_ name: String) throws {
    guard let key = signers[name].map({ MetadataKey($0.publicKey) }) else { throw TUFError.missing(file: name) }
    try sign { writer in
      let authority = try Authority(keys: [key], threshold: 1)
      try writer.setAuthority(of: .snapshot, to: authority)
      try writer.setAuthority(of: .timestamp, to: authority)
    }
  }

  /// The version of a role's file that the host keeps; nil where it keeps none.
  func keptVersion(_ role: String) -> Int? {
    (try? JSON.parse(scratch.read("host/repositories/acme/\(role).json")))?["signed"]?["version"]?.intValue
  }

  /// Signs an edit of the published metadata and puts it on the server.
  func sign(_ edit: (inout RepositoryWriter) throws -> Void) throws {
    var writer = RepositoryWriter(editing: state, at: MetadataTime(seconds: clock.now().seconds))
    try edit(&writer)
    let publication = try writer.publish(signedBy: signers.values.map { $0 })
    state = publication.state
    try write(publication)
  }

  /// Packs a plugin and lets the bundles role vouch for it.
  func bundle(
    _ version: String, text: String = "hello", permissions: String = "{}", userConfig: String = "{}",
    state: String? = nil, ballast: Int = 0
  ) throws -> BundleOffer {
    guard let signer = signers["build"] else { throw TUFError.missing(file: "build") }
    let source = try source(version, text: text, permissions: permissions, userConfig: userConfig, state: state)
    if ballast > 0 {
      var random = SplitMix64(seed: 1)
      try scratch.write(
        (0..<ballast).map { _ in UInt8.random(in: .min ... .max, using: &random) },
        to: "source-\(version)/ballast")
    }
    let packed = try BundlePacker(files: LocalFileSystem()).pack(source, into: scratch.path, by: signer)
    let manifest = packed.manifest
    let file = try CheckedFile.check(
      packed.path, length: packed.length, sha256: packed.sha256, files: LocalFileSystem())
    trees[version] = DeltaTree(folder: source, signed: try BundleReader(file, keys: [signer.publicKey]).signed)
    let offer = try BundleOffer(
      platform: manifest.platform, path: ReleasePaths.bundle(plugin, manifest.version, manifest.platform),
      length: packed.length, sha256: packed.sha256, tree: manifest.tree, state: manifest.state)
    let target = NewTarget(path: offer.path, length: offer.length, sha256: offer.sha256)
    try place(LocalFileSystem().readAll(packed.path, limit: 64 << 20), as: target)
    try place(LocalFileSystem().readAll(packed.signaturePath, limit: 1 << 16), as: target, suffix: ".minisig")
    try sign { try $0.add(target, to: try role("bundles")) }
    return offer
  }

  /// The same bundle, offered with a delta from an earlier one.
  func addingDelta(from old: String, to bundle: BundleOffer, isVouchedFor: Bool = true) throws -> BundleOffer {
    let version = try bundle.path.split(separator: "/").dropLast().last.map { try ReleaseVersion(String($0)) }
    guard let version, let before = trees[old], let after = trees[version.text],
      let packed = try DeltaPacker(files: LocalFileSystem()).pack(
        from: before, to: after, at: scratch / "delta-\(old)", limit: bundle.length)
    else { throw TUFError.missing(file: old) }
    let path = ReleasePaths.delta(plugin, from: try ReleaseVersion(old), to: version, bundle.platform)
    let offer = try DeltaOffer(
      from: before.signed.manifest.tree, version: ReleaseVersion(old), path: path, length: packed.length,
      sha256: packed.sha256)
    let target = NewTarget(path: path, length: packed.length, sha256: packed.sha256)
    try place(LocalFileSystem().readAll(packed.path, limit: 64 << 20), as: target)
    if isVouchedFor { try sign { try $0.add(target, to: try role("bundles")) } }
    return try BundleOffer(
      platform: bundle.platform, path: bundle.path, length: bundle.length, sha256: bundle.sha256, tree: bundle.tree,
      state: bundle.state, deltas: [offer])
  }

  /// Where the server keeps a delta.
  func deltaPath(of delta: DeltaOffer) -> FilePath {
    scratch / ("repository/targets/" + served(delta.path, delta.sha256))
  }

  /// A channel manifest as this publisher would write it.
  func manifest(
    _ bundle: BundleOffer, _ version: String, sequence: Int64, plugin: PluginName? = nil, channel: ChannelName? = nil,
    paused: Bool = false, rollout: RolloutPlan = .everybody, yanked: [YankedRelease] = [], published: Instant? = nil,
    security: Bool = false, minimumSequence: Int64 = 0
  ) throws -> ChannelManifest {
    try ChannelManifest(
      plugin: plugin ?? self.plugin, channel: channel ?? self.channel, sequence: sequence,
      version: ReleaseVersion(version), published: Timestamp(seconds: (published ?? clock.now()).seconds),
      bundles: [bundle], rollout: rollout, paused: paused, security: security, minimumSequence: minimumSequence,
      yanked: yanked)
  }

  /// Lets the channel's role sign a manifest, under the path of this plugin whatever it says.
  func offer(_ manifest: ChannelManifest) throws {
    let bytes = manifest.encoded()
    let target = NewTarget(path: ReleasePaths.channel(plugin, channel), bytes: bytes)
    try place(bytes, as: target)
    try sign { try $0.add(target, to: try role("stable")) }
  }

  /// Takes the plugin out of its channel.
  func withdraw() throws {
    try sign { try $0.remove(ReleasePaths.channel(plugin, channel), from: try role("stable")) }
  }

  /// Packs, vouches and offers.
  @discardableResult
  func release(
    _ version: String, sequence: Int64, permissions: String = "{}", userConfig: String = "{}", state: String? = nil,
    yanked: [YankedRelease] = []
  ) throws -> BundleOffer {
    let bundle = try bundle(version, permissions: permissions, userConfig: userConfig, state: state)
    try offer(manifest(bundle, version, sequence: sequence, yanked: yanked))
    return bundle
  }

  /// Writes the settings of this host's user.
  func configure(_ yaml: String) throws { try scratch.write(yaml, to: "home/.config/serin/config.yaml") }

  /// The host's side, opened anew as by another process.
  func host(
    _ files: any FileSystem = LocalFileSystem(), named folder: String = "host", over transport: (any Transport)? = nil,
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> PluginHost {
    let environment = ["HOME": (scratch / "home").string, "SERIN_HOME": (scratch / folder).string]
    return try PluginHost.open(
      Folders(environment: environment), environment: environment,
      machine: Machine(
        files: files, clock: clock, transport: transport ?? self.transport, processes: ScriptedProcesses(),
        keyring: keyring),
      warn: warn)
  }

  /// A host that trusts this repository.
  func trustingHost() async throws -> PluginHost {
    let host = try host()
    _ = try await host.trust(FolderTransport.url, pin: .fingerprint(fingerprint), id: "acme")
    return host
  }

  /// Prepares what is offered and switches to it as `install` and `update` do once they have a verdict.
  @discardableResult
  func activate(on host: PluginHost, event: String = "update") async throws -> PreparedRelease {
    let release = try await host.prepare(host.offer(of: plugin.text, in: channel))
    try host.activate(release, event: event, reason: "by a test")
    return release
  }

  private func role(_ name: String) throws -> RoleName {
    guard let role = RoleName(delegated: name) else { throw TUFError.unknownRole(name) }
    return role
  }

  private func source(
    _ version: String, text: String, permissions: String, userConfig: String, state: String?
  ) throws -> FilePath {
    try scratch.write(
      """
      { "manifest_version": "0.3", "name": "\(plugin.name)", "version": "\(version)", "description": "Tells the time.",
        "author": { "name": "Acme" }, "user_config": \(userConfig),
        "server": { "type": "python", "entry_point": "main.py",
          "mcp_config": { "command": "python3", "args": ["${__dirname}/main.py"], "env": {} } },
        "_meta": { "io.github.serin": { "plugin": "\(plugin.text)", "permissions": \(permissions)
          \(state.map { ", \"state\": \($0)" } ?? "") } } }
      """, to: "source-\(version)/manifest.json")
    try scratch.write("print('\(text) \(version)')\n", to: "source-\(version)/main.py", mode: 0o755)
    return scratch / "source-\(version)"
  }

  private func place(_ bytes: [UInt8], as target: NewTarget, suffix: String = "") throws {
    try scratch.write(bytes, to: "repository/targets/" + served(target.path, target.sha256) + suffix)
  }

  private func served(_ path: String, _ digest: SHA256Digest) -> String {
    var parts = path.split(separator: "/").map(String.init)
    parts[parts.count - 1] = digest.hex + "." + parts[parts.count - 1]
    return parts.joined(separator: "/")
  }

  private func write(_ publication: Publication) throws {
    for file in publication.files { try scratch.write(file.bytes, to: "repository/metadata/" + file.path) }
  }
}
