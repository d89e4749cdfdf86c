import Signing
import StrictJSON
import TUF
import Testing

/// A repository in memory that publishes whatever a test wants, right or wrong.
///
/// It is independent of `RepositoryWriter`.
struct SimulatedRepository {
  /// The moment in which all tests play.
  static let now = MetadataTime(seconds: 1_790_000_000)
  static let future = now.advanced(bySeconds: 30 * 86_400)
  static let past = now.advanced(bySeconds: -1)

  /// The `signed` parts by role name, as they will be signed next.
  var parts: [String: JSON.Object] = [:]
  /// Who signs each role.
  var signers: [String: [TestKey]] = [:]
  /// What clients can fetch.
  var files: [String: [UInt8]] = [:]
  /// Whether references carry length and SHA-256.
  var listsDigests = false

  /// A repository with one key for each of the four roles, published in version 1.
  init(consistent: Bool = true, key: () throws -> TestKey = TestKey.ed25519) throws {
    parts["root"] = [
      "_type": "root", "consistent_snapshot": .bool(consistent), "expires": .string(Self.future.description),
      "keys": [:],
      "roles": [:], "spec_version": "1.0.34", "version": 1,
    ]
    parts["timestamp"] = part("timestamp", ["meta": [:]])
    parts["snapshot"] = part("snapshot", ["meta": [:]])
    parts["targets"] = part("targets", ["targets": [:]])
    for role in ["root", "timestamp", "snapshot", "targets"] {
      try setKeys([try key()], of: role)
    }
    try publishRoot()
    try publish()
  }

  private func part(_ type: String, _ more: JSON.Object) -> JSON.Object {
    var part: JSON.Object = [
      "_type": .string(type), "expires": .string(Self.future.description), "spec_version": "1.0.34", "version": 1,
    ]
    for member in more.members { part.set(member.key, member.value) }
    return part
  }

  // MARK: editing

  func version(_ role: String) -> Int { parts[role]?["version"]?.intValue ?? 0 }

  mutating func set(_ role: String, _ field: String, _ value: JSON?) { parts[role]?[field] = value }

  mutating func bump(_ role: String) { set(role, "version", .int(version(role) + 1)) }

  /// Gives a top-level role new keys in the root's part; the root is to be bumped and published by the test.
  mutating func setKeys(_ keys: [TestKey], of role: String, threshold: Int = 1) throws {
    signers[role] = keys
    var root = try #require(parts["root"])
    var listed = root["keys"]?.objectValue ?? [:]
    for key in keys { listed.set(key.key.keyID, .object(key.key.json)) }
    root["keys"] = .object(listed)
    var roles = root["roles"]?.objectValue ?? [:]
    roles.set(role, ["keyids": .strings(keys.map(\.key.keyID)), "threshold": .int(threshold)])
    root["roles"] = .object(roles)
    parts["root"] = root
  }

  mutating func addTarget(_ path: String, _ bytes: [UInt8] = Array("content".utf8), to role: String = "targets") {
    var targets = parts[role]?["targets"]?.objectValue ?? [:]
    targets.set(
      path, ["hashes": ["sha256": .string(SHA256Digest.of(bytes).hex)], "length": .int(bytes.count)])
    set(role, "targets", .object(targets))
  }

  /// Adds a delegation; a role that does not exist yet begins empty in version 1.
  mutating func delegate(
    from: String = "targets", to role: String, paths: [String] = ["*"], terminating: Bool = false,
    key: TestKey? = nil, threshold: Int = 1
  ) throws {
    let key = try key ?? signers[role]?.first ?? TestKey.ed25519()
    if parts[role] == nil { parts[role] = part("targets", ["targets": [:]]) }
    if signers[role] == nil { signers[role] = [key] }
    var delegations = parts[from]?["delegations"]?.objectValue ?? ["keys": [:], "roles": []]
    var keys = delegations["keys"]?.objectValue ?? [:]
    keys.set(key.key.keyID, .object(key.key.json))
    delegations["keys"] = .object(keys)
    delegations["roles"] = .array(
      (delegations["roles"]?.arrayValue ?? []) + [
        [
          "name": .string(role), "keyids": [.string(key.key.keyID)], "threshold": .int(threshold),
          "terminating": .bool(terminating), "paths": .strings(paths),
        ]
      ])
    set(from, "delegations", .object(delegations))
  }

  // MARK: publishing

  /// The bytes of a role's file, signed by its keys or by those given.
  func signed(_ role: String, by keys: [TestKey]? = nil) throws -> [UInt8] {
    let part = try #require(parts[role])
    let signatures = try (keys ?? signers[role] ?? []).map { try $0.signature(over: part) }
    return JSON.object(["signatures": .array(signatures), "signed": .object(part)]).serialized()
  }

  var isConsistent: Bool { parts["root"]?["consistent_snapshot"] == .bool(true) }

  func path(_ role: String) -> String {
    let name = role == "root" ? "root.json" : RoleName(delegated: role)?.fileName ?? "\(role).json"
    return role == "root" || (isConsistent && role != "timestamp") ? "\(version(role)).\(name)" : name
  }

  mutating func publishRoot(by keys: [TestKey]? = nil) throws {
    files[path("root")] = try signed("root", by: keys)
  }

  private func reference(_ role: String) -> JSON {
    var entry: JSON.Object = ["version": .int(version(role))]
    if listsDigests, let bytes = files[path(role)] {
      entry["length"] = .int(bytes.count)
      entry["hashes"] = ["sha256": .string(SHA256Digest.of(bytes).hex)]
    }
    return .object(entry)
  }

  /// Signs and publishes all targets roles, the snapshot role and the timestamp in their present versions.
  mutating func publish() throws {
    var meta: JSON.Object = parts["snapshot"]?["meta"]?.objectValue ?? [:]
    for role in parts.keys.sorted() where !["root", "timestamp", "snapshot"].contains(role) {
      files[path(role)] = try signed(role)
      meta["\(role).json"] = reference(role)
    }
    set("snapshot", "meta", .object(meta))
    try publishSnapshot()
  }

  /// Signs and publishes the snapshot role and the timestamp as they are.
  mutating func publishSnapshot() throws {
    files[path("snapshot")] = try signed("snapshot")
    set("timestamp", "meta", ["snapshot.json": reference("snapshot")])
    try publishTimestamp()
  }

  mutating func publishTimestamp() throws {
    files["timestamp.json"] = try signed("timestamp")
  }

  /// Publishes all roles below the root in their next versions.
  mutating func publishNext(_ roles: [String] = ["targets"]) throws {
    for role in roles + ["snapshot", "timestamp"] { bump(role) }
    try publish()
  }
}
