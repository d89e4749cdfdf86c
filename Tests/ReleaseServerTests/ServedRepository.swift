import Hummingbird
import HummingbirdTesting
import Logging
import Platform
import ReleaseServer
import Signing
import StrictJSON
import SystemPackage
import TestSupport

/// A repository folder as a publisher leaves it, without signatures, and servers over it.
final class ServedRepository: Sendable {
  let scratch: Scratch
  let clock = ManualClock()

  static let plugin = "io.github.acme/time"
  static let start = Instant(seconds: 1_795_410_000)

  init() throws {
    scratch = try Scratch()
    try publish(version: "2026.10.10", sequence: 1, metadataVersion: 1)
  }

  /// A file of this repository.
  func write(_ bytes: [UInt8], to name: String) throws {
    try scratch.write(bytes, to: name)
  }

  /// Publishes a release to stable, in the order in which a publisher does, each file replaced in one step.
  func publish(
    version: String, sequence: Int64, metadataVersion number: Int64,
    expires: Instant = start.advanced(by: .seconds(86_400)),
    notes: String = "better"
  ) throws {
    let manifest = Self.manifest(version: version, sequence: sequence, notes: notes)
    let digest = SHA256Digest.of(manifest)
    try replace("targets/plugins/\(Self.plugin)/\(digest.hex).stable.json", manifest)
    let entry: JSON = ["length": .int(manifest.count), "hashes": ["sha256": .string(digest.hex)]]
    try role("stable", number, expires, ["targets": .object([("plugins/\(Self.plugin)/stable.json", entry)].object)])
    try role("bundles", number, expires, ["targets": [:]])
    let delegations: JSON = [
      "keys": [:],
      "roles": [
        ["name": "bundles", "paths": ["plugins/*/*/*/*"], "terminating": true],
        ["name": "stable", "paths": ["plugins/*/*/stable.json"], "terminating": true],
      ],
    ]
    try role("targets", number, expires, ["targets": [:], "delegations": delegations])
    try role("root", number, expires, ["keys": [:], "roles": [:]])
    let roles = ["targets", "bundles", "stable"].map { ($0 + ".json", ["version": .integer(number)] as JSON) }
    try role("snapshot", number, expires, ["meta": .object(roles.object)])
    let meta: JSON = ["snapshot.json": ["version": .integer(number)]]
    try replace("metadata/timestamp.json", Self.signed("timestamp", number, expires, ["meta": meta]))
  }

  /// A server over this folder.
  func application(
    _ options: ServerOptions = ServerOptions(rateLimit: .off), index: (any RepositoryIndex)? = nil,
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  ) -> some ApplicationProtocol {
    ReleaseApplication.make(
      root: scratch.path, options: options, files: LocalFileSystem(), clock: clock, index: index, logger: logger)
  }

  private func role(_ name: String, _ version: Int64, _ expires: Instant, _ members: JSON.Object) throws {
    try replace("metadata/\(version).\(name).json", Self.signed(name, version, expires, members))
  }

  private func replace(_ name: String, _ bytes: [UInt8]) throws {
    let files = LocalFileSystem()
    let path = scratch / name
    try files.makeDirectories(path.removingLastComponent())
    // Like a publication, but without waiting for the disk.
    try files.removeIfPresent(scratch / "new")
    try files.write(bytes, creating: scratch / "new", mode: 0o644)
    try files.rename(scratch / "new", to: path)
  }

  private static func signed(_ type: String, _ version: Int64, _ expires: Instant, _ members: JSON.Object) -> [UInt8] {
    var signed: JSON.Object = [
      "_type": .string(type), "spec_version": "1.0.34", "version": .integer(version),
      "expires": .string(expires.rfc3339),
    ]
    for member in members.members { signed[member.key] = member.value }
    return (["signatures": [], "signed": .object(signed)] as JSON).serialized(pretty: false)
  }

  private static func manifest(version: String, sequence: Int64, notes: String) -> [UInt8] {
    let file = "plugins/\(plugin)/\(version)/time-\(version)-linux-x86_64.tar.zst"
    let bundle: JSON = [
      "platform": "linux-x86_64", "path": .string(file), "length": 7_453_233,
      "sha256": .string(SHA256Digest.of(Array("bundle".utf8)).hex),
      "tree": .string(SHA256Digest.of(Array("tree".utf8)).hex),
      "deltas": [],
    ]
    let manifest: JSON = [
      "format": 1, "plugin": .string(plugin), "channel": "stable", "sequence": .integer(sequence),
      "version": .string(version), "published": "2026-11-23T05:00:00Z", "bundles": [bundle],
      "rollout": ["percent": 25, "salt": "5eed"], "paused": false, "security": true, "minimumSequence": 0,
      "yanked": [["version": "2026.9.1", "reason": "broken"]], "evidence": [], "notes": .string(notes),
    ]
    return manifest.serialized(pretty: true)
  }
}

extension [(String, JSON)] {
  fileprivate var object: JSON.Object { JSON.Object(self) }
}

extension TestResponse {
  /// The body as bytes.
  var bytes: [UInt8] { Array(body.readableBytesView) }
  /// The body as text.
  var text: String { String(decoding: bytes, as: UTF8.self) }
  /// The body as JSON.
  var json: JSON { get throws { try JSON.parse(bytes) } }
}

/// An index that says what a test tells it.
struct FixedIndex: RepositoryIndex {
  var known: [PluginListing] = []
  var states: [RoleStatus] = []

  func roles() async throws -> [RoleStatus] { states }
  func plugins() async throws -> [PluginListing] { known }
  func manifest(plugin: String, channel: String) async throws -> ManifestDocument? { nil }
}
