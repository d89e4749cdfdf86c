import StrictJSON
import TUF
import Testing

@Suite("Changing keys and delegations")
struct KeyCeremonyTests {
  private let publisher: TestPublisher
  private let fresh: [TestKey]

  init() throws {
    publisher = try TestPublisher()
    fresh = try (0..<3).map { _ in try TestKey.ed25519() }
  }

  @Test func `a new root is signed by the old and the new keys`() throws {
    let first = try publisher.newRepository()
    var client = TestClient(root: first.state.roots[0])
    try refresh(&client, first.state, at: publisher.now)
    var writer = publisher.writer(first.state)
    try writer.setAuthority(of: .root, to: Authority(keys: fresh.map(\.key), threshold: 3))
    // The new ones alone, the old ones alone.
    #expect(throws: TUFError.self) { try writer.publish(signedBy: fresh) }
    #expect(throws: TUFError.self) { try writer.publish(signedBy: publisher.root) }
    let payload = try #require(writer.payloads().first)
    #expect(payload.authorities.map(\.threshold) == [2, 3])
    let second = try writer.publish(signedBy: fresh + publisher.root.prefix(2))
    #expect(second.files.map(\.path) == ["2.root.json"])
    try refresh(&client, second.state, at: publisher.now)
    #expect(client.versions["root"] == 2)

    // From now on the old keys are worth nothing.
    var next = publisher.writer(second.state)
    try next.renew(.root)
    #expect(throws: TUFError.self) { try next.publish(signedBy: publisher.root) }
    let third = try next.publish(signedBy: fresh)
    try refresh(&client, third.state, at: publisher.now)
    var newcomer = TestClient(root: first.state.roots[0])
    try refresh(&newcomer, third.state, at: publisher.now)
    #expect(newcomer.versions["root"] == 3)
    #expect(third.state.roots.count == 3)
  }

  @Test func `a new online key signs both online roles again`() throws {
    let first = try publisher.newRepository()
    var client = TestClient(root: first.state.roots[0])
    try refresh(&client, first.state, at: publisher.now)
    var writer = publisher.writer(first.state)
    let authority = try Authority(keys: [fresh[0].key], threshold: 1)
    try writer.setAuthority(of: .snapshot, to: authority)
    try writer.setAuthority(of: .timestamp, to: authority)
    let second = try writer.publish(signedBy: publisher.root + [fresh[0]])
    #expect(second.files.map(\.path) == ["2.root.json", "2.snapshot.json", "timestamp.json"])
    try refresh(&client, second.state, at: publisher.now)
    #expect(client.versions == ["root": 2, "timestamp": 2, "snapshot": 2, "targets": 1])
  }

  @Test func `new keys for a channel sign its role again`() throws {
    let first = try publisher.newRepository()
    var writer = publisher.writer(first.state)
    try writer.add(NewTarget(path: "plugins/a/b/stable.json", bytes: [1]), to: stableRole)
    let second = try writer.publish(signedBy: publisher.everybody)
    var change = publisher.writer(second.state)
    try change.delegate(
      DelegationPlan(
        role: "stable", authority: Authority(keys: fresh.map(\.key), threshold: 2), paths: ["plugins/*/*/stable.json"]))
    #expect(throws: TUFError.self) { try change.publish(signedBy: publisher.everybody) }
    let third = try change.publish(signedBy: publisher.everybody + fresh)
    #expect(third.signedRoles == [stableRole, .targets, .snapshot, .timestamp])
    #expect(third.state.targets(of: stableRole)?.paths == ["plugins/a/b/stable.json"])
    #expect(third.state.targets(of: stableRole)?.version == 3)
  }

  @Test func `a revoked role stays listed, and comes back above its old version`() throws {
    let first = try publisher.newRepository()
    var client = TestClient(root: first.state.roots[0])
    var writer = publisher.writer(first.state)
    try writer.add(NewTarget(path: "plugins/a/b/stable.json", bytes: [1]), to: stableRole)
    let second = try writer.publish(signedBy: publisher.everybody)
    try refresh(&client, second.state, at: publisher.now)
    var revocation = publisher.writer(second.state)
    try revocation.revoke(stableRole)
    let third = try revocation.publish(signedBy: publisher.everybody)
    try refresh(&client, third.state, at: publisher.now)
    #expect(third.state.targets(of: stableRole) == nil)
    #expect(third.state.snapshot?.reference(to: stableRole)?.version == 2)
    #expect(throws: TUFError.unknownRole("stable")) {
      var again = publisher.writer(third.state)
      try again.revoke(stableRole)
    }
    var back = publisher.writer(third.state)
    try back.delegate(
      DelegationPlan(
        role: "stable", authority: Authority(keys: [fresh[0].key], threshold: 1), paths: ["plugins/*/*/stable.json"]))
    let fourth = try back.publish(signedBy: publisher.everybody + fresh)
    #expect(fourth.state.targets(of: stableRole)?.version == 3)
    #expect(fourth.state.targets(of: stableRole)?.paths == [])
    try refresh(&client, fourth.state, at: publisher.now)
  }

  @Test func `unknown fields of other tools stay`() throws {
    var repository = try SimulatedRepository()
    repository.set("targets", "x-tool", ["kept": true])
    repository.set("snapshot", "x-tool", "kept")
    try repository.publishNext()
    let files = repository.files
    var writer = RepositoryWriter(editing: try RepositoryState { files[$0] }, at: SimulatedRepository.now)
    try writer.add(NewTarget(path: "file", bytes: []))
    let publication = try writer.publish(signedBy: repository.signers.values.flatMap(\.self))
    let targets = try JSON.parse(publication.state.files["3.targets.json"] ?? [])
    #expect(targets["signed"]?["x-tool"] == ["kept": true])
    let snapshot = try JSON.parse(publication.state.files["3.snapshot.json"] ?? [])
    #expect(snapshot["signed"]?["x-tool"] == "kept")
  }
}

@Suite("The asynchronous client")
struct MetadataClientTests {
  @Test func `it refreshes, finds, and asks for nothing twice`() async throws {
    let publisher = try TestPublisher()
    var writer = publisher.writer(try publisher.newRepository().state)
    try writer.add(NewTarget(path: "plugins/a/b/stable.json", bytes: [1, 2]), to: stableRole)
    let state = try writer.publish(signedBy: publisher.everybody).state
    let store = MemoryStore()
    for round in 0..<2 {
      var client = MetadataClient(trustedRoot: state.roots[0], store: store)
      var requests: [String] = []
      let fetch = { (request: FetchRequest) async throws -> FetchAnswer in
        requests.append(request.path)
        return state.files[request.path].map { .bytes($0) } ?? .absent
      }
      await #expect(throws: TUFError.unexpectedAnswer) { try await client.find("x", fetch: fetch) }
      try await client.refresh(at: publisher.now, fetch: fetch)
      let found = try await client.find("plugins/a/b/stable.json", fetch: fetch)
      #expect(found?.length == 2)
      #expect(try await client.find("plugins/a/b/beta.json", fetch: fetch) == nil)
      #expect(
        requests
          == (round == 0
            ? ["2.root.json", "timestamp.json", "2.snapshot.json", "1.targets.json", "2.stable.json"]
            : ["2.root.json", "timestamp.json"]))
    }
    #expect(await store.files.count == 4)
  }

  @Test func `an answer above the limit and an error of the way end the refresh`() async throws {
    struct Broken: Error {}
    let state = try TestPublisher().newRepository().state
    var client = MetadataClient(trustedRoot: state.roots[0], store: MemoryStore())
    await #expect(throws: TUFError.tooLarge(file: "2.root.json", limit: 512_000, offered: 512_001)) {
      try await client.refresh(at: SimulatedRepository.now) { request in
        .bytes([UInt8](repeating: 0x20, count: request.limit + 1))
      }
    }
    await #expect(throws: Broken.self) {
      try await client.refresh(at: SimulatedRepository.now) { _ in throw Broken() }
    }
  }
}
