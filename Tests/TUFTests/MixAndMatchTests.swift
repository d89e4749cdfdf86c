import Signing
import StrictJSON
import TUF
import Testing

@Suite("Mix-and-match attacks")
struct MixAndMatchTests {
  @Test("a file that another version announced is refused", arguments: ["snapshot", "targets"])
  func versions(role: String) throws {
    var repository = try SimulatedRepository()
    try repository.publishNext(["targets"])
    repository.files["2.\(role).json"] = repository.files["1.\(role).json"]
    var client = try TestClient(repository)
    let name: RoleName = role == "snapshot" ? .snapshot : .targets
    let error = TUFError.wrongVersion(role: name, expected: 2, offered: 1)
    #expect(error.kind == .rollback)
    #expect(throws: error) { try client.refresh(repository) }
    #expect(client.versions[role] == nil)
  }

  @Test("a file with another digest is refused although it is signed", arguments: ["snapshot", "targets"])
  func digests(role: String) throws {
    var repository = try SimulatedRepository()
    repository.listsDigests = true
    try repository.publishNext(["targets"])
    let path = "2.\(role).json"
    let good = try #require(repository.files[path])
    repository.set(role, "note", "x")
    let other = try repository.signed(role)
    repository.files[path] = other
    var client = try TestClient(repository)
    let error = TUFError.length(file: "\(role).json", expected: Int64(good.count), offered: Int64(other.count))
    #expect(error.kind == .digest)
    #expect(throws: error) { try client.refresh(repository) }

    repository.files[path] = good.dropLast(1) + [UInt8(ascii: "\n")]
    let expected = SHA256Digest.of(good).hex
    let offered = SHA256Digest.of(good.dropLast(1) + [UInt8(ascii: "\n")]).hex
    #expect(throws: TUFError.digest(file: "\(role).json", algorithm: "SHA-256", expected: expected, offered: offered)) {
      try client.refresh(repository)
    }
  }

  @Test func `a stored snapshot role whose digest is not the announced one is fetched again`() throws {
    var repository = try SimulatedRepository()
    var client = try TestClient(repository)
    try client.refresh(repository)
    repository.set("snapshot", "note", "other content, same version")
    repository.listsDigests = true
    repository.bump("timestamp")
    try repository.publish()
    try client.refresh(repository)
    #expect(client.requests.contains("1.snapshot.json"))
    #expect(client.store[.snapshot] == repository.files["1.snapshot.json"])
  }

  @Test func `only unknown digests mean that nothing can be checked, and so refusal`() throws {
    var repository = try SimulatedRepository()
    try repository.publish()
    repository.set("timestamp", "meta", ["snapshot.json": ["version": 1, "hashes": ["blake9": "00"]]])
    try repository.publishTimestamp()
    var client = try TestClient(repository)
    #expect(throws: TUFError.unknownDigest(file: "snapshot.json", algorithms: ["blake9"])) {
      try client.refresh(repository)
    }
  }

  @Test func `a target's length and digests are compared with its bytes`() throws {
    var repository = try SimulatedRepository()
    let content = Array("hello".utf8)
    var sha512 = SHA512Hasher()
    sha512.update(content)
    let both: JSON = ["sha256": .string(SHA256Digest.of(content).hex), "sha512": .string(sha512.finalize())]
    repository.set(
      "targets", "targets",
      [
        "a/both": ["length": 5, "hashes": both, "custom": ["any": [1, nil]]],
        "long": ["length": 5, "hashes": ["sha512": both["sha512"] ?? nil]],
        "unknown": ["length": 5, "hashes": ["md9": "00"]],
      ])
    try repository.publishNext()
    var client = try TestClient(repository)
    try client.refresh(repository)
    let target = try client.mustFind("a/both", in: repository)
    #expect(target.length == 5 && target.role == .targets && target.custom == ["any": [1, nil]])
    #expect(target.filePath(consistent: true) == "a/\(SHA256Digest.of(content).hex).both")
    #expect(target.filePath(consistent: false) == "a/both")
    #expect(throws: Never.self) { try target.check(content) }
    #expect(throws: TUFError.length(file: "a/both", expected: 5, offered: 4)) { try target.check(Array("hell".utf8)) }
    let error = #expect(throws: TUFError.self) { try target.check(Array("hellO".utf8)) }
    #expect(error?.kind == .digest)
    let long = try client.mustFind("long", in: repository)
    #expect(long.sha256 == nil)
    #expect(long.filePath(consistent: true) == "\(sha512.finalize()).long")
    #expect(throws: Never.self) { try long.check(content) }
    let unknown = try client.mustFind("unknown", in: repository)
    #expect(throws: TUFError.unknownDigest(file: "unknown", algorithms: ["md9"])) { try unknown.check(content) }
    #expect(try client.find("nothing", in: repository) == nil)
  }
}

@Suite("Names of targets")
struct TargetNameTests {
  @Test(
    "whatever a target is called, its address and its file keep to one folder and one meaning",
    arguments: [
      ("a?b#c", "a%3Fb%23c"), ("a b%2e", "a%20b%252e"), ("a\0b\n", "a%00b%0A"), ("a\\b", "a%5Cb"),
      ("dir/a:b@c", "dir/a%3Ab%40c"), ("\u{E9}", "%C3%A9"), ("e\u{301}", "e%CC%81"),
    ])
  func address(path: String, encoded: String) throws {
    var repository = try SimulatedRepository(consistent: false)
    repository.addTarget(path)
    try repository.publishNext()
    var client = try TestClient(repository)
    try client.refresh(repository)
    let target = try client.mustFind(path, in: repository)
    #expect(Array(target.path.utf8) == Array(path.utf8))
    #expect(target.urlPath(consistent: false) == encoded)
  }
}

@Suite("Files of the wrong kind")
struct WrongTypeTests {
  @Test func `a correctly signed snapshot role is no timestamp`() throws {
    var repository = try SimulatedRepository()
    let key = try #require(repository.signers["timestamp"])
    repository.files["timestamp.json"] = try repository.signed("snapshot", by: key)
    var client = try TestClient(repository)
    #expect(throws: TUFError.wrongType(role: .timestamp, expected: "timestamp", offered: "snapshot")) {
      try client.refresh(repository)
    }
  }

  @Test("only major version 1 of the specification is understood", arguments: ["1.0", "1.0.34", "1.99.0"])
  func understood(version: String) throws {
    var repository = try SimulatedRepository()
    repository.set("timestamp", "spec_version", .string(version))
    try repository.publishTimestamp()
    var client = try TestClient(repository)
    try client.refresh(repository)
  }

  @Test("other versions are refused", arguments: ["", "1", "2.0.0", "1.x", "10.0", "1.0.0.0", "1.", "v1.0"])
  func refused(version: String) throws {
    var repository = try SimulatedRepository()
    repository.set("timestamp", "spec_version", .string(version))
    try repository.publishTimestamp()
    var client = try TestClient(repository)
    #expect(throws: TUFError.unsupportedSpecification(role: .timestamp, offered: version)) {
      try client.refresh(repository)
    }
  }

  @Test("an initial root that does not sign itself stops before any request", arguments: [0, 1, 2])
  func initialRoot(kind: Int) throws {
    var repository = try SimulatedRepository()
    if kind == 1 { repository.set("root", "version", nil) }
    let stranger = try TestKey.ed25519()
    let root = kind == 2 ? Array("{}".utf8) : try repository.signed("root", by: kind == 0 ? [stranger] : nil)
    var client = TestClient(root: root)
    #expect(throws: TUFError.self) { try client.refresh(repository) }
    #expect(client.requests.isEmpty)
  }

  @Test("an unsigned role stops the refresh", arguments: ["root", "timestamp", "snapshot", "targets"])
  func unsigned(role: String) throws {
    var repository = try SimulatedRepository()
    var client = try TestClient(repository)
    try client.refresh(repository)
    repository.bump("root")
    try repository.publishRoot()
    let stranger = [try TestKey.ed25519()]
    repository.signers[role] = stranger
    if role == "root" { try repository.publishRoot() }
    try repository.publishNext()
    let name = [RoleName.root, .timestamp, .snapshot, .targets].first { $0.text == role } ?? .root
    #expect(throws: TUFError.noValidSignature(role: name, needed: 1)) { try client.refresh(repository) }
    #expect(client.store.keys.contains(.root(version: 2)) == (role != "root"))
  }
}

@Suite("Endless data")
struct OversizeTests {
  @Test(
    "a file above its limit is refused",
    arguments: [
      ("2.root.json", 512_000), ("timestamp.json", 16_384), ("1.snapshot.json", 4_000_000),
      ("1.targets.json", 8_000_000),
    ])
  func tooLarge(path: String, limit: Int) throws {
    var repository = try SimulatedRepository()
    repository.bump("root")
    try repository.publishRoot()
    let bytes = try #require(repository.files[path])
    repository.files[path] = bytes + [UInt8](repeating: 0x20, count: limit + 1 - bytes.count)
    var client = try TestClient(repository)
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    #expect(error?.kind == .limit)
    repository.files[path] = bytes + [UInt8](repeating: 0x20, count: limit - bytes.count)
    try client.refresh(repository)
  }

  @Test func `a signed length above the limit is not even asked for`() throws {
    var repository = try SimulatedRepository()
    repository.set("timestamp", "meta", ["snapshot.json": ["version": 1, "length": 9_000_000_000_000_000]])
    try repository.publishTimestamp()
    var client = try TestClient(repository)
    #expect(throws: TUFError.tooLarge(file: "snapshot.json", limit: 4_000_000, offered: 9_000_000_000_000_000)) {
      try client.refresh(repository)
    }
    #expect(client.requests.last == "timestamp.json")
  }

  @Test func `a signed length is the limit of the request`() throws {
    var repository = try SimulatedRepository()
    repository.listsDigests = true
    try repository.publish()
    let root = try #require(repository.files["1.root.json"])
    var workflow = try RefreshWorkflow(trustedRoot: root, at: SimulatedRepository.now)
    for _ in 0..<3 {
      _ = try workflow.next()
      try workflow.absent()
    }
    _ = try workflow.next()
    let timestamp = try #require(repository.files["timestamp.json"])
    try workflow.supply(timestamp)
    _ = try workflow.next()  // keeps the timestamp
    _ = try workflow.next()
    try workflow.absent()
    let length = try #require(repository.files["1.snapshot.json"]).count
    #expect(try workflow.next() == .fetch(FetchRequest(path: "1.snapshot.json", limit: length)))
  }
}
