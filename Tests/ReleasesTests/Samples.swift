import Releases
import Signing
import StrictJSON

/// Values that many tests start from.
enum Samples {
  static let digest = SHA256Digest.of([1, 2, 3])
  static let otherDigest = SHA256Digest.of([4, 5, 6])

  static func file(_ path: String, size: Int64 = 3, mode: UInt16 = 0o644) throws -> TreeEntry {
    try TreeEntry(path: path, kind: .file(mode: mode, size: size, sha256: digest))
  }

  static func manifest(
    entries: [TreeEntry]? = nil, launch: LaunchCommand? = nil, userConfig: [UserConfigOption] = [],
    permissions: Permissions = .none
  ) throws -> BundleManifest {
    try BundleManifest(
      plugin: PluginName("io.github.acme/time"), version: ReleaseVersion("2026.10.19"), platform: .any,
      description: "Tells the time", launch: launch ?? LaunchCommand(command: "python3", arguments: ["server.py"]),
      userConfig: userConfig, permissions: permissions,
      entries: entries ?? [
        file("server.py"), file("bin/run", mode: 0o755), TreeEntry(path: "latest", kind: .symlink(target: "bin/run")),
        TreeEntry(path: "empty", kind: .directory),
      ])
  }

  static func offer(
    _ version: String = "2026.10.19", platform: TargetPlatform = .any, digest: SHA256Digest = digest
  ) throws -> BundleOffer {
    try BundleOffer(
      platform: platform,
      path: ReleasePaths.bundle(PluginName("io.github.acme/time"), ReleaseVersion(version), platform), length: 1000,
      sha256: digest, tree: digest)
  }

  static func channel(
    _ channel: ChannelName = .canary, version: String = "2026.10.19", sequence: Int64 = 1,
    bundles: [BundleOffer]? = nil, paused: Bool = false, yanked: [YankedRelease] = []
  ) throws -> ChannelManifest {
    try ChannelManifest(
      plugin: PluginName("io.github.acme/time"), channel: channel, sequence: sequence,
      version: ReleaseVersion(version), published: time, bundles: bundles ?? [offer(version)], paused: paused,
      yanked: yanked)
  }

  static let time = Timestamp(seconds: 1_795_400_000)

  static func evidence(_ verdict: VerdictKind = .pass) throws -> Evidence {
    Evidence(
      plugin: try PluginName("io.github.acme/time"), version: try ReleaseVersion("2026.10.19"), platform: .any,
      tree: digest, verdict: verdict, reasons: [], observedSeconds: 86_400, requiredSeconds: 86_400, shortened: false,
      probes: 1440, started: Timestamp(seconds: time.seconds - 90_000), ended: time)
  }

  static func permissions(_ json: JSON) throws -> Permissions { try Permissions(json: json) }
}

/// The problem of a release error; nil where none is thrown.
func problem(_ body: () throws -> Void) -> ReleaseError.Problem? {
  do {
    try body()
    return nil
  } catch {
    return (error as? ReleaseError)?.problem
  }
}

extension BundleManifest {
  /// The JSON of the manifest, changed by a test.
  func changed(_ change: (inout JSON.Object) -> Void) throws -> [UInt8] {
    guard case .object(var object) = try JSON.parse(encoded(), limits: .manifest) else { return [] }
    change(&object)
    return JSON.object(object).serialized()
  }
}
