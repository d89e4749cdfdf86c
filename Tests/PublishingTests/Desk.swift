import Platform
import Releases
import Signing
import Synchronization
import SystemPackage
import TestSupport

@testable import Publishing

/// A key ring in memory, from which keys can be taken away.
final class TestKeys: KeyRing {
  private let state = Mutex<(known: [String: Signer], lost: Set<String>)>((known: [:], lost: []))

  func signer(named name: String) throws -> Signer? {
    try state.withLock { state in
      if state.lost.contains(name) { return nil }
      if let known = state.known[name] { return known }
      let signer = Signer(try SecretKey.generate())
      state.known[name] = signer
      return signer
    }
  }

  /// Takes the secret half of a key off this machine.
  func lose(_ name: String) { state.withLock { _ = $0.lost.insert(name) } }
}

/// A publisher's machine on a memory file system where there is one, with a workspace of two channels.
struct Desk {
  let scratch: Scratch
  let clock = ManualClock()
  let keys = TestKeys()
  let plugin: PluginName

  static let canary = "canary"
  static let stable = "stable"

  init() throws {
    let memory: FilePath = "/dev/shm"
    let usable = (try? LocalFileSystem().status(memory))?.kind == .directory
    scratch = try (usable ? try? Scratch(in: memory) : nil) ?? Scratch()
    plugin = try PluginName("io.github.acme/time")
  }

  /// A desk with a workspace in which nothing is published yet.
  static func ready() throws -> Desk {
    let desk = try Desk()
    _ = try desk.plan().create(keys: desk.keys, machine: desk.machine())
    return desk
  }

  var root: FilePath { scratch / "workspace" }

  func machine(_ files: any FileSystem = LocalFileSystem()) -> Machine {
    Machine(files: files, clock: clock, transport: ScriptedTransport(), processes: ScriptedProcesses())
  }

  func plan() throws -> NewWorkspace {
    NewWorkspace(
      root: root, name: "Acme", rootKeys: ["root-a", "root-b"], rootThreshold: 2, buildKey: "build",
      onlineKey: "online",
      channels: [
        (channel: try ChannelName(Self.canary), key: "canary"), (channel: try ChannelName(Self.stable), key: "stable"),
      ], soak: DurationText(seconds: 3600))
  }

  func workspace(_ files: any FileSystem = LocalFileSystem()) throws -> Workspace {
    try Workspace.open(root, machine: machine(files))
  }

  func publisher(_ files: any FileSystem = LocalFileSystem()) throws -> Publisher {
    Publisher(workspace: try workspace(files), keys: keys)
  }

  /// Writes a plugin's folder; another text makes other bytes.
  func source(_ version: String, text: String = "hello", permissions: String = "{}") throws -> FilePath {
    let folder = "source-\(version)-\(text)"
    try scratch.write(
      """
      { "manifest_version": "0.3", "name": "time", "version": "\(version)", "description": "Tells the time.",
        "author": { "name": "Acme" },
        "server": { "type": "python", "entry_point": "main.py",
          "mcp_config": { "command": "python3", "args": ["${__dirname}/main.py"], "env": {} } },
        "_meta": { "io.github.serin": { "plugin": "\(plugin.text)", "permissions": \(permissions) } } }
      """, to: "\(folder)/manifest.json")
    try scratch.write("print('\(text)')\n", to: "\(folder)/main.py", mode: 0o755)
    return scratch / folder
  }

  @discardableResult
  func publish(
    _ version: String, text: String = "hello", permissions: String = "{}", files: any FileSystem = LocalFileSystem()
  ) throws -> PublishedRelease {
    try publisher(files).publish(
      PublishRequest(
        source: source(version, text: text, permissions: permissions), channel: try ChannelName(Self.canary)))
  }

  /// Leaves a signed verdict in the workspace.
  @discardableResult
  func attest(
    _ release: PublishedRelease, _ verdict: VerdictKind = .pass, observed: Int64 = 3600, probes: Int64 = 40,
    tree: SHA256Digest? = nil, by key: String = "canary", edit: (inout Evidence) -> Void = { _ in }
  ) throws -> FilePath {
    let now = clock.now().seconds
    var evidence = Evidence(
      plugin: plugin, version: release.version, platform: release.bundles[0].platform,
      tree: tree ?? release.bundles[0].tree, verdict: verdict,
      reasons: verdict == .fail ? [Finding(.refusal, code: "crash", "it crashed")] : [], observedSeconds: observed,
      requiredSeconds: 3600, shortened: observed < 3600, probes: probes, started: Timestamp(seconds: now - observed),
      ended: Timestamp(seconds: now))
    edit(&evidence)
    guard let signer = try keys.signer(named: key) else { throw PublishingError.badKey(name: key, reason: "lost") }
    return try EvidenceFolder(workspace: workspace()).add(evidence, signedBy: signer)
  }

  @discardableResult
  func promote(
    _ version: String? = nil, approving topics: Set<ChannelPolicy.Topic> = [], files: any FileSystem = LocalFileSystem()
  ) throws -> PublishedRelease {
    let publisher = try publisher(files)
    return try publisher.promote(
      publisher.planPromotion(
        of: plugin, version: try version.map { try ReleaseVersion($0) }, to: try ChannelName(Self.stable),
        approving: topics))
  }

  /// Publishes, attests and promotes.
  @discardableResult
  func release(_ version: String) throws -> PublishedRelease {
    try attest(publish(version))
    return try promote(version)
  }

  /// The codes of everything that stops a promotion.
  func refusals(_ version: String? = nil) throws -> [String] {
    do {
      try promote(version)
      return []
    } catch PublishingError.policyRefuses(_, _, let findings) {
      return findings.map(\.code)
    }
  }
}
