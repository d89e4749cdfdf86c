import Signing
import TUF
import TestSupport
import Testing

/// A publisher that writes its repository to a folder, with keys of any kind.
struct PublishingDesk {
  static let bundle = "plugins/a/b/1.0/b.tar.zst"
  static let stable = "plugins/a/b/stable.json"
  static let beta = "plugins/a/b/beta.json"

  private let scratch: Scratch
  private let newKey: () throws -> TestKey
  private var state: RepositoryState
  /// Everybody who ever could sign something.
  private var signers: [TestKey]

  init(_ scratch: Scratch, isConsistent: Bool, key: @escaping () throws -> TestKey) throws {
    self.scratch = scratch
    newKey = key
    let root = try (0..<3).map { _ in try key() }
    let (targets, online, build) = (try key(), try key(), try key())
    let stable = try (0..<3).map { _ in try key() }
    signers = root + [targets, online, build] + stable
    let one = try Authority(keys: [online.key], threshold: 1)
    let plan = RepositoryPlan(
      root: try Authority(keys: root.map(\.key), threshold: 2),
      targets: try Authority(keys: [targets.key], threshold: 1), snapshot: one, timestamp: one,
      delegations: [
        try DelegationPlan(
          role: "bundles", authority: try Authority(keys: [build.key], threshold: 1), paths: ["plugins/*/*/*/*"]),
        try DelegationPlan(
          role: "stable", authority: try Authority(keys: stable.map(\.key), threshold: 2),
          paths: ["plugins/*/*/stable.json"]),
      ], consistentSnapshot: isConsistent)
    let publication = try RepositoryWriter(creating: plan, at: WebClient.now).publish(signedBy: signers)
    state = publication.state
    try write(publication)
  }

  private func write(_ publication: Publication) throws {
    for file in publication.files { try scratch.write(file.bytes, to: "repository/metadata/" + file.path) }
  }

  private mutating func publish(_ edit: (inout RepositoryWriter) throws -> Void) throws {
    var writer = RepositoryWriter(editing: state, at: WebClient.now)
    try edit(&writer)
    let publication = try writer.publish(signedBy: signers)
    state = publication.state
    try write(publication)
  }

  private func add(_ path: String, _ text: String, to role: RoleName, _ writer: inout RepositoryWriter) throws {
    let bytes = Array(text.utf8)
    let parts = path.split(separator: "/").map(String.init)
    let name = (state.root.consistentSnapshot ? SHA256Digest.of(bytes).hex + "." : "") + (parts.last ?? "")
    try scratch.write(bytes, to: (["repository/targets"] + parts.dropLast() + [name]).joined(separator: "/"))
    try writer.add(NewTarget(path: path, bytes: bytes), to: role)
  }

  /// Signs a bundle and offers it in the channel stable.
  mutating func release(_ name: String) throws {
    let desk = self
    try publish { writer in
      try desk.add(Self.bundle, "bundle " + name, to: bundlesRole, &writer)
      try desk.add(Self.stable, "stable " + name, to: stableRole, &writer)
    }
  }

  /// New keys for root (three of three), the online roles and both delegated roles.
  mutating func rotateKeys() throws {
    let fresh = try (0..<6).map { _ in try newKey() }
    signers += fresh
    try publish { writer in
      try writer.setAuthority(of: .root, to: Authority(keys: fresh[0..<3].map(\.key), threshold: 3))
      let online = try Authority(keys: [fresh[3].key], threshold: 1)
      try writer.setAuthority(of: .snapshot, to: online)
      try writer.setAuthority(of: .timestamp, to: online)
      try writer.delegate(
        DelegationPlan(
          role: "bundles", authority: Authority(keys: [fresh[4].key], threshold: 1), paths: ["plugins/*/*/*/*"]))
      try writer.delegate(
        DelegationPlan(
          role: "stable", authority: Authority(keys: [fresh[4].key, fresh[5].key], threshold: 2),
          paths: ["plugins/*/*/stable.json"]))
    }
  }

  /// One root key is enough, the targets role needs two, and a new channel begins.
  mutating func changeThresholds() throws {
    let fresh = try (0..<2).map { _ in try newKey() }
    signers += fresh
    let desk = self
    try publish { writer in
      try writer.setAuthority(of: .root, to: Authority(keys: [fresh[0].key], threshold: 1))
      try writer.setAuthority(of: .targets, to: Authority(keys: fresh.map(\.key), threshold: 2))
      try writer.delegate(
        DelegationPlan(
          role: "beta", authority: Authority(keys: [fresh[1].key], threshold: 1), paths: ["plugins/*/*/beta.json"]))
      try desk.add(Self.beta, "beta first", to: try #require(RoleName(delegated: "beta")), &writer)
    }
  }

  /// Takes the channel stable away.
  mutating func revokeStable() throws {
    try publish { try $0.revoke(stableRole) }
  }
}
