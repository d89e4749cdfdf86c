import Signing
import StrictJSON
import TUF
import Testing

/// A publisher with keys for a repository like the one that Serin makes.
struct TestPublisher {
  let root: [TestKey]
  let targets: TestKey
  let online: TestKey
  let build: TestKey
  let stable: [TestKey]
  let now = SimulatedRepository.now

  init() throws {
    root = try (0..<3).map { _ in try TestKey.ed25519() }
    targets = try TestKey.ed25519()
    online = try TestKey.ed25519()
    build = try TestKey.ed25519()
    stable = try (0..<3).map { _ in try TestKey.ed25519() }
  }

  var everybody: [TestKey] { root + [targets, online, build] + stable }

  func plan(rootThreshold: Int = 2) throws -> RepositoryPlan {
    RepositoryPlan(
      root: try Authority(keys: root.map(\.key), threshold: rootThreshold),
      targets: try Authority(keys: [targets.key], threshold: 1),
      snapshot: try Authority(keys: [online.key], threshold: 1),
      timestamp: try Authority(keys: [online.key], threshold: 1),
      delegations: [
        try DelegationPlan(
          role: "bundles", authority: try Authority(keys: [build.key], threshold: 1), paths: ["plugins/*/*/*/*"]),
        try DelegationPlan(
          role: "stable", authority: try Authority(keys: stable.map(\.key), threshold: 2),
          paths: ["plugins/*/*/stable.json"]),
      ])
  }

  func newRepository() throws -> Publication {
    try RepositoryWriter(creating: plan(), at: now).publish(signedBy: everybody)
  }

  func writer(_ state: RepositoryState, after seconds: Int64 = 0) -> RepositoryWriter {
    RepositoryWriter(editing: state, at: now.advanced(bySeconds: seconds))
  }
}

/// What a client sees of a published state.
func refresh(_ client: inout TestClient, _ state: RepositoryState, at time: MetadataTime) throws {
  var repository = try SimulatedRepository()
  repository.files = state.files
  try client.refresh(repository, at: time)
}

let stableRole = RoleName(delegated: "stable") ?? .targets
let bundlesRole = RoleName(delegated: "bundles") ?? .targets

@Suite("Publishing")
struct RepositoryWriterTests {
  private let publisher: TestPublisher

  init() throws {
    publisher = try TestPublisher()
  }

  private func release(_ writer: inout RepositoryWriter, _ text: String = "1") throws {
    try writer.add(NewTarget(path: "plugins/a/b/1.0/b.tar.zst", bytes: Array("bundle".utf8)), to: bundlesRole)
    try writer.add(NewTarget(path: "plugins/a/b/stable.json", bytes: Array(text.utf8)), to: stableRole)
  }

  @Test func `a new repository is complete, in order, and read by a client`() throws {
    let publication = try publisher.newRepository()
    #expect(
      publication.files.map(\.path) == [
        "1.root.json", "1.stable.json", "1.bundles.json", "1.targets.json", "1.snapshot.json", "timestamp.json",
      ])
    var client = TestClient(root: publication.state.roots[0])
    try refresh(&client, publication.state, at: publisher.now)
    #expect(client.versions == ["timestamp": 1, "snapshot": 1, "targets": 1])
    #expect(publication.state.targetsRoles.map(\.text) == ["targets", "bundles", "stable"])
    #expect(
      publication.state.headers.map(\.role.text) == ["root", "timestamp", "snapshot", "targets", "bundles", "stable"])
    #expect(publication.state.root.expires == publisher.now.advanced(bySeconds: 365 * 86_400))
    #expect(publication.state.timestamp?.expires == publisher.now.advanced(bySeconds: 7 * 86_400))
  }

  @Test func `a release signs its roles, the snapshot role and the timestamp, and nothing else`() throws {
    let first = try publisher.newRepository()
    var writer = publisher.writer(first.state)
    try release(&writer)
    let publication = try writer.publish(signedBy: [publisher.online, publisher.build] + publisher.stable)
    #expect(
      publication.files.map(\.path) == ["2.stable.json", "2.bundles.json", "2.snapshot.json", "timestamp.json"])
    var repository = try SimulatedRepository()
    repository.files = publication.state.files
    var client = TestClient(root: first.state.roots[0])
    try client.refresh(repository)
    let found = try client.mustFind("plugins/a/b/stable.json", in: repository)
    #expect(found.role == stableRole)
    #expect(throws: Never.self) { try found.check(Array("1".utf8)) }

    var again = publisher.writer(publication.state)
    try release(&again)
    #expect(try again.publish(signedBy: []).files.isEmpty)
    try release(&again, "2")
    #expect(
      try again.publish(signedBy: publisher.everybody).files.map(\.path) == [
        "3.stable.json", "3.snapshot.json", "timestamp.json",
      ])
  }

  @Test func `a state that was written is read back as it was`() throws {
    let first = try publisher.newRepository()
    var writer = publisher.writer(first.state)
    try release(&writer)
    let files = try writer.publish(signedBy: publisher.everybody).state.files
    let state = try RepositoryState { files[$0] }
    #expect(state.files == files)
    #expect(state.targets(of: stableRole)?.paths == ["plugins/a/b/stable.json"])
    #expect(state.targets(of: bundlesRole)?.target("plugins/a/b/1.0/b.tar.zst")?.length == 6)
    #expect(throws: TUFError.missing(file: "1.root.json")) { try RepositoryState { _ in nil } }
  }

  @Test func `what lies on the disk is verified before it is signed again`() throws {
    var files = try publisher.newRepository().state.files
    let text = String(decoding: files["1.targets.json"] ?? [], as: UTF8.self)
    files["1.targets.json"] = Array(text.replacing("\"targets\":{}", with: "\"targets\":{ }").utf8)
    let error = #expect(throws: TUFError.self) { try RepositoryState { files[$0] } }
    #expect(error?.kind == .digest)
  }

  @Test func `missing signers are named`() throws {
    let first = try publisher.newRepository()
    var writer = publisher.writer(first.state)
    try release(&writer)
    let error = TUFError.missingSignatures(
      role: stableRole, needed: 2, have: 1, keyIDs: publisher.stable.map(\.key.keyID))
    #expect(throws: error) {
      try writer.publish(signedBy: [publisher.online, publisher.build, publisher.stable[1]])
    }
    #expect(error.description.hasPrefix("the stable role needs 2 signatures of ["))
    #expect(error.description.hasSuffix("], have 1"))
    #expect(throws: TUFError.self) { try writer.publish(signedBy: publisher.stable + [publisher.build]) }
  }

  @Test func `signatures that were made elsewhere are brought in`() throws {
    let first = try publisher.newRepository()
    var writer = publisher.writer(first.state)
    try release(&writer)
    let payload = try #require(writer.payloads().first { $0.role == stableRole })
    #expect(payload.version == 2)
    var collected: [MetadataSignature] = [MetadataSignature(keyID: publisher.stable[0].key.keyID, hex: "00")]
    for key in publisher.stable.dropFirst() {
      let signature = try key.sign(metadata: payload.bytes)
      collected.append(MetadataSignature(keyID: key.key.keyID, hex: Hex.encode(signature)))
    }
    let publication = try writer.publish(
      signedBy: [publisher.online, publisher.build], adding: [stableRole: collected])
    #expect(publication.signedRoles == [stableRole, bundlesRole, .snapshot, .timestamp])
  }

  @Test func `renewal needs only the online key, also after everything online has expired`() throws {
    let first = try publisher.newRepository()
    var writer = publisher.writer(first.state, after: 60 * 86_400)
    writer.renewOnlineRoles()
    let publication = try writer.publish(signedBy: [publisher.online])
    #expect(publication.files.map(\.path) == ["2.snapshot.json", "timestamp.json"])
    #expect(try publisher.writer(publication.state, after: 60 * 86_400).publish(signedBy: []).files.isEmpty)
  }

  @Test func `targets are removed, and an unknown one is not`() throws {
    let first = try publisher.newRepository()
    var writer = publisher.writer(first.state)
    try release(&writer)
    let second = try writer.publish(signedBy: publisher.everybody)
    var removal = publisher.writer(second.state)
    try removal.remove("plugins/a/b/stable.json", from: stableRole)
    #expect(throws: TUFError.missing(file: "plugins/a/b/stable.json")) {
      try removal.remove("plugins/a/b/stable.json", from: stableRole)
    }
    let third = try removal.publish(signedBy: publisher.everybody)
    #expect(third.state.targets(of: stableRole)?.paths == [])
    #expect(throws: TUFError.unknownRole("beta")) {
      try removal.remove("x", from: try #require(RoleName(delegated: "beta")))
    }
  }

  @Test("other kinds of repositories can be written too", arguments: [false, true])
  func withoutConsistentSnapshots(isP256: Bool) throws {
    let key = try isP256 ? TestKey.p256() : TestKey.ed25519()
    let authority = try Authority(keys: [key.key], threshold: 1)
    let plan = RepositoryPlan(
      root: authority, targets: authority, snapshot: authority, timestamp: authority, consistentSnapshot: false)
    var writer = try RepositoryWriter(creating: plan, at: publisher.now)
    writer.listsDigests = false
    try writer.add(NewTarget(path: "file", bytes: [1]))
    let first = try writer.publish(signedBy: [key])
    #expect(first.files.map(\.path) == ["1.root.json", "targets.json", "snapshot.json", "timestamp.json"])
    var client = TestClient(root: first.state.roots[0])
    try refresh(&client, first.state, at: publisher.now)
    var next = publisher.writer(first.state)
    try next.add(NewTarget(path: "file", bytes: [2]))
    let second = try next.publish(signedBy: [key])
    try refresh(&client, second.state, at: publisher.now)
    #expect(client.versions == ["timestamp": 2, "snapshot": 2, "targets": 2])
  }

  @Test func `two thousand targets are added in one go`() throws {
    let first = try publisher.newRepository()
    var writer = publisher.writer(first.state)
    for number in 0..<2_000 {
      try writer.add(NewTarget(path: "plugins/a/b/1.0/\(number)", bytes: Array("\(number)".utf8)), to: bundlesRole)
    }
    let publication = try writer.publish(signedBy: publisher.everybody)
    #expect(publication.state.targets(of: bundlesRole)?.paths.count == 2_000)
  }
}

@Suite("What may not be published")
struct UnpublishableTests {
  private let publisher: TestPublisher

  init() throws {
    publisher = try TestPublisher()
  }

  @Test func `a target where no delegation leads to it`() throws {
    let first = try publisher.newRepository()
    var writer = publisher.writer(first.state)
    try writer.add(NewTarget(path: "plugins/a/b/beta.json", bytes: []), to: stableRole)
    #expect(throws: TUFError.unreachableTarget(path: "plugins/a/b/beta.json", role: stableRole)) {
      try writer.publish(signedBy: publisher.everybody)
    }
  }

  @Test func `a target that an earlier role covers`() throws {
    let first = try publisher.newRepository()
    var writer = publisher.writer(first.state)
    try writer.delegate(
      DelegationPlan(
        role: "late", authority: Authority(keys: [publisher.build.key], threshold: 1),
        paths: ["plugins/*/*/stable.json"]))
    let late = try #require(RoleName(delegated: "late"))
    try writer.add(NewTarget(path: "plugins/a/b/stable.json", bytes: []), to: late)
    #expect(throws: TUFError.unreachableTarget(path: "plugins/a/b/stable.json", role: late)) {
      try writer.publish(signedBy: publisher.everybody)
    }
  }

  @Test func `a state whose targets role has expired`() throws {
    let first = try publisher.newRepository()
    var writer = publisher.writer(first.state, after: 364 * 86_400)
    writer.lifetimes.root = 400 * 86_400
    try writer.renew(.root)
    let second = try writer.publish(signedBy: publisher.everybody)
    var later = publisher.writer(second.state, after: 366 * 86_400)
    later.renewOnlineRoles()
    let error = #expect(throws: TUFError.self) { try later.publish(signedBy: publisher.everybody) }
    guard case .refusedByClient(let reason)? = error else {
      Issue.record("published")
      return
    }
    #expect(reason.kind == .expired)
    try later.renew(.targets)
    #expect(try later.publish(signedBy: publisher.everybody).signedRoles == [.targets, .snapshot, .timestamp])
  }

  @Test(
    "paths that are not plain and relative",
    arguments: [
      "", "/a", "a/", "a//b", "../a", "a/..", "./a", "a b", "ä", "a\\b", "a\0", "a*", "a?b", "a#b", "a%2Fb", "a:b",
    ])
  func paths(path: String) throws {
    var writer = publisher.writer(try publisher.newRepository().state)
    #expect(throws: TUFError.unpublishable(path, reason: "it is no plain relative path")) {
      try writer.add(NewTarget(path: path, bytes: []))
    }
  }

  @Test(
    "role names and patterns outside the common alphabet",
    arguments: [
      ("root", "*"), ("a/b", "*"), ("", "*"), ("..", "*"), (".a", "*"), ("ä", "*"), ("a", "/x"), ("a", "[x]"),
      ("a", "../*"), ("a", ""),
    ])
  func roles(name: String, pattern: String) throws {
    let authority = try Authority(keys: [publisher.build.key], threshold: 1)
    #expect(throws: TUFError.self) { try DelegationPlan(role: name, authority: authority, paths: [pattern]) }
  }

  @Test("thresholds that nobody could meet or that everybody meets", arguments: [0, -1, 3])
  func thresholds(threshold: Int) throws {
    let keys = [publisher.build.key, publisher.online.key]
    #expect(throws: TUFError.self) { try Authority(keys: keys, threshold: threshold) }
    #expect(throws: TUFError.self) { try Authority(keys: [publisher.build.key, publisher.build.key], threshold: 2) }
  }
}
