import StrictJSON
import TUF
import Testing

@Suite("Rollback attacks")
struct RollbackAttackTests {
  /// A client that is up to date with version 2 of everything.
  private func upToDate(digests: Bool = false) throws -> (SimulatedRepository, TestClient) {
    var repository = try SimulatedRepository()
    repository.listsDigests = digests
    try repository.publishNext()
    var client = try TestClient(repository)
    try client.refresh(repository)
    return (repository, client)
  }

  @Test func `an older timestamp is refused`() throws {
    var (repository, client) = try upToDate()
    repository.set("timestamp", "version", 1)
    try repository.publishTimestamp()
    let error = TUFError.rollback(role: .timestamp, trusted: 2, offered: 1)
    #expect(error.kind == .rollback)
    #expect(throws: error) { try client.refresh(repository) }
    #expect(client.versions["timestamp"] == 2)
  }

  @Test func `an older timestamp is refused even when the trusted one has expired`() throws {
    var (repository, client) = try upToDate()
    let later = JSON.string(SimulatedRepository.future.advanced(bySeconds: 99).description)
    repository.set("root", "expires", later)
    repository.bump("root")
    try repository.publishRoot()
    repository.set("timestamp", "version", 1)
    repository.set("timestamp", "expires", later)
    try repository.publishTimestamp()
    #expect(throws: TUFError.rollback(role: .timestamp, trusted: 2, offered: 1)) {
      try client.refresh(repository, at: SimulatedRepository.future)
    }
  }

  @Test func `a timestamp of the same version never replaces the trusted one`() throws {
    var (repository, client) = try upToDate()
    let kept = client.store[.timestamp]
    repository.set("timestamp", "meta", ["snapshot.json": ["version": 100]])
    try repository.publishTimestamp()
    try client.refresh(repository)
    #expect(client.store[.timestamp] == kept)
    #expect(client.requests == ["2.root.json", "timestamp.json"])
  }

  @Test("a timestamp that names an older snapshot role is refused and not kept", arguments: [false, true])
  func snapshotVersion(digests: Bool) throws {
    var (repository, client) = try upToDate(digests: digests)
    repository.set("snapshot", "version", 1)
    repository.bump("timestamp")
    try repository.publishSnapshot()
    #expect(throws: TUFError.rollback(role: .snapshot, trusted: 2, offered: 1)) { try client.refresh(repository) }
    #expect(client.versions["timestamp"] == 2)
  }

  @Test("a snapshot role that names older targets is refused", arguments: [false, true])
  func targetsVersion(digests: Bool) throws {
    var (repository, client) = try upToDate(digests: digests)
    repository.set("targets", "version", 1)
    repository.bump("snapshot")
    repository.bump("timestamp")
    try repository.publish()
    let error = TUFError.rollback(role: .targets, trusted: 2, offered: 1)
    #expect(throws: error) { try client.refresh(repository) }
    #expect(client.versions == ["timestamp": 3, "snapshot": 2, "targets": 2])
    // The floor is the stored snapshot role, even though its digest is not the one of the newer timestamp.
    #expect(throws: error) { try client.refresh(repository) }
  }

  @Test func `a role may not vanish from the snapshot role`() throws {
    var (repository, client) = try upToDate()
    repository.bump("snapshot")
    repository.bump("timestamp")
    repository.set("snapshot", "meta", [:])
    try repository.publishSnapshot()
    let error = TUFError.roleVanished(role: .targets, trusted: 2)
    #expect(error.kind == .rollback)
    #expect(throws: error) { try client.refresh(repository) }
  }

  @Test func `a delegated role may not go back either`() throws {
    var repository = try SimulatedRepository()
    try repository.delegate(to: "stable")
    repository.addTarget("file", to: "stable")
    try repository.publishNext(["targets", "stable"])
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(try client.find("file", in: repository) != nil)
    repository.set("stable", "version", 1)
    try repository.publishNext([])
    #expect(throws: TUFError.rollback(role: RoleName(delegated: "stable") ?? .root, trusted: 2, offered: 1)) {
      try client.refresh(repository)
    }
  }
}

@Suite("Recovery from fast-forward attacks")
struct FastForwardRecoveryTests {
  /// A client that has been led to an enormous version of a role.
  private func ledAstray(_ role: String) throws -> (SimulatedRepository, TestClient) {
    var repository = try SimulatedRepository()
    repository.set(role, "version", 99_999)
    if role != "timestamp" { repository.bump("timestamp") }
    if role == "targets" { repository.bump("snapshot") }
    try repository.publish()
    var client = try TestClient(repository)
    try client.refresh(repository)
    repository.set(role, "version", 1)
    return (repository, client)
  }

  @Test("new keys for the role that held the floor bring low versions back", arguments: ["timestamp", "snapshot"])
  func newKeys(role: String) throws {
    var (repository, client) = try ledAstray(role)
    repository.bump("timestamp")
    try repository.publish()
    #expect(throws: TUFError.self) { try client.refresh(repository) }
    try repository.setKeys([TestKey.ed25519()], of: role)
    repository.bump("root")
    try repository.publishRoot()
    try repository.publish()
    try client.refresh(repository)
    #expect(client.versions[role] ?? 0 < 99_999)
    #expect(client.changes.prefix(3) == ["drop timestamp.json", "drop snapshot.json", "keep 2.root.json"])
  }

  @Test func `targets come back with a new key for the snapshot role`() throws {
    var (repository, client) = try ledAstray("targets")
    repository.bump("snapshot")
    repository.bump("timestamp")
    try repository.publish()
    #expect(throws: TUFError.rollback(role: .targets, trusted: 99_999, offered: 1)) { try client.refresh(repository) }
    try repository.setKeys([TestKey.ed25519()], of: "snapshot")
    repository.bump("root")
    try repository.publishRoot()
    repository.bump("snapshot")
    repository.bump("timestamp")
    try repository.publish()
    try client.refresh(repository)
    #expect(client.versions["targets"] == 1)
  }

  @Test func `a key that is only added leaves the floors alone`() throws {
    var (repository, client) = try ledAstray("timestamp")
    let old = try #require(repository.signers["timestamp"])
    try repository.setKeys(old + [TestKey.ed25519()], of: "timestamp")
    repository.bump("root")
    try repository.publishRoot()
    try repository.publish()
    #expect(throws: TUFError.rollback(role: .timestamp, trusted: 99_999, offered: 1)) { try client.refresh(repository) }
  }

  @Test func `a stored file that the present keys did not sign is dropped`() throws {
    let (repository, _) = try ledAstray("timestamp")
    let other = try SimulatedRepository()
    var client = try TestClient(repository)
    client.store[.timestamp] = other.files["timestamp.json"]
    client.store[.snapshot] = other.files["1.snapshot.json"]
    try client.refresh(repository)
    #expect(client.changes.contains("drop timestamp.json"))
    #expect(client.changes.contains("drop snapshot.json"))
  }
}
