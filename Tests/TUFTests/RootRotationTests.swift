import StrictJSON
import TUF
import Testing

@Suite("Rotation of keys")
struct RootRotationTests {
  private let keys: [TestKey]

  init() throws {
    keys = try (0..<6).map { _ in try TestKey.ed25519() }
  }

  /// Root versions by the keys they list (as places in `keys`), their threshold, and who signs them.
  private func chain(_ versions: [(keys: [Int], threshold: Int, signers: [Int])]) throws -> SimulatedRepository {
    var repository = try SimulatedRepository()
    repository.files["1.root.json"] = nil
    for (place, version) in versions.enumerated() {
      try repository.setKeys(version.keys.map { keys[$0] }, of: "root", threshold: version.threshold)
      repository.set("root", "version", .int(place + 1))
      try repository.publishRoot(by: version.signers.map { keys[$0] })
    }
    return repository
  }

  private func lastGoodRoot(_ versions: [(keys: [Int], threshold: Int, signers: [Int])]) throws -> Int? {
    let repository = try chain(versions)
    var client = try TestClient(repository)
    try client.refresh(repository)
    return client.versions["root"]
  }

  @Test func `a chain that both thresholds accept is followed`() throws {
    #expect(try lastGoodRoot([([0], 1, [0]), ([1], 1, [0, 1])]) == 2)
    #expect(try lastGoodRoot([([0], 1, [0]), ([1], 1, [5, 0, 4, 1])]) == 2)
    #expect(try lastGoodRoot([([0], 1, [0]), ([1], 1, [0, 1]), ([2], 1, [1, 2])]) == 3)
    #expect(try lastGoodRoot([([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 2, 3, 5], 3, [0, 1, 2])]) == 2)
    #expect(try lastGoodRoot([([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 2, 3, 5], 3, [3, 4, 1, 5])]) == 2)
    #expect(try lastGoodRoot([([0, 1, 2], 1, [0]), ([0, 1, 2], 2, [0, 1])]) == 2)
    #expect(try lastGoodRoot([([0, 1, 2], 2, [0, 1]), ([0, 1, 2], 1, [0, 1]), ([0, 1, 2], 1, [2])]) == 3)
    #expect(try lastGoodRoot([([0], 1, [0]), ([0, 1], 2, [0, 1])]) == 2)
  }

  @Test(
    "a step that one of both thresholds refuses is not taken",
    arguments: [
      // The old key is missing; the new key is missing.
      [([0], 1, [0]), ([1], 1, [1])], [([0], 1, [0]), ([1], 1, [0])],
      // Two of three new ones; two of three old ones.
      [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 2, 4])],
      [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 1, 5])],
      // The new threshold; the old threshold.
      [([0, 1, 2], 1, [0]), ([0, 1, 2], 2, [2])], [([0, 1, 2], 2, [0, 1]), ([0, 1, 2], 1, [1])],
    ] as [[([Int], Int, [Int])]])
  func refused(versions: [([Int], Int, [Int])]) throws {
    let repository = try chain(versions.map { (keys: $0.0, threshold: $0.1, signers: $0.2) })
    var client = try TestClient(repository)
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    #expect(error?.kind == .threshold || error?.kind == .badSignature)
    #expect(client.store.isEmpty)
  }

  @Test("the next root has exactly the next version", arguments: [1, 3, 0])
  func versions(version: Int) throws {
    var repository = try SimulatedRepository()
    repository.set("root", "version", .int(version))
    repository.files["2.root.json"] = try repository.signed("root")
    var client = try TestClient(repository)
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    if version > 0 { #expect(error == .wrongVersion(role: .root, expected: 2, offered: Int64(version))) }
    #expect(client.store.isEmpty)
  }

  @Test func `more new roots than allowed end in an error, and the next refresh goes on from there`() throws {
    var repository = try SimulatedRepository()
    for _ in 0..<8 {
      repository.bump("root")
      try repository.publishRoot()
    }
    var client = try TestClient(repository)
    client.limits.rootRotations = 5
    #expect(throws: TUFError.tooManyRoots(limit: 5)) { try client.refresh(repository) }
    #expect(client.versions["root"] == 6)
    try client.refresh(repository)
    #expect(client.versions["root"] == 9)
    #expect(TUFLimits.standard.rootRotations == 256)
  }

  @Test("other roles follow their new keys", arguments: ["timestamp", "snapshot", "targets"])
  func otherRoles(role: String) throws {
    var repository = try SimulatedRepository()
    var client = try TestClient(repository)
    try client.refresh(repository)
    let old = try #require(repository.signers[role])
    try repository.setKeys([keys[0], keys[1]], of: role, threshold: 2)
    repository.bump("root")
    try repository.publishRoot()
    repository.signers[role] = old
    try repository.publishNext()
    #expect(throws: TUFError.self) { try client.refresh(repository) }
    repository.signers[role] = [keys[0]]
    try repository.publishNext()
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    #expect(error?.kind == .threshold)
    repository.signers[role] = [keys[0], keys[1]]
    try repository.publishNext()
    try client.refresh(repository)
  }

  @Test func `unknown fields stay part of what is signed`() throws {
    var repository = try SimulatedRepository()
    repository.set("root", "x-custom", ["nested": [1, nil, ["é": true]]])
    repository.set("timestamp", "x-custom", "text\nwith a line")
    repository.bump("root")
    try repository.publishRoot()
    try repository.publishTimestamp()
    var client = try TestClient(repository)
    try client.refresh(repository)
    let bytes = try #require(repository.files["timestamp.json"])
    let text = String(decoding: bytes, as: UTF8.self)
    repository.files["timestamp.json"] = Array(text.replacing("with a line", with: "with A line").utf8)
    repository.bump("timestamp")
    client.store[.timestamp] = nil
    #expect(throws: TUFError.noValidSignature(role: .timestamp, needed: 1)) { try client.refresh(repository) }
  }

  @Test func `a new root does not reach its own threshold by one key under two ids`() throws {
    let again = try keys[1].spelled { $0["note"] = "the same" }
    var repository = try SimulatedRepository()
    let old = try #require(repository.signers["root"])
    try repository.setKeys([keys[1], again], of: "root", threshold: 2)
    repository.bump("root")
    try repository.publishRoot(by: old + [keys[1], again])
    var client = try TestClient(repository)
    #expect(throws: TUFError.threshold(role: .root, needed: 2, valid: 1)) { try client.refresh(repository) }
    #expect(client.store.isEmpty)
    try repository.publishRoot(by: old + [keys[1], keys[1]])
    #expect(throws: TUFError.duplicateSignature(role: .root, keyID: keys[1].key.keyID)) {
      try client.refresh(repository)
    }
    #expect(client.store.isEmpty)
  }

  @Test func `an absent field means no consistent snapshots`() throws {
    var repository = try SimulatedRepository(consistent: false)
    repository.set("root", "consistent_snapshot", nil)
    repository.bump("root")
    try repository.publishRoot()
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(client.requests == ["2.root.json", "3.root.json", "timestamp.json", "snapshot.json", "targets.json"])
  }

  @Test func `further entries of a timestamp are signed, kept, and mean nothing`() throws {
    var repository = try SimulatedRepository()
    repository.set("timestamp", "meta", ["snapshot.json": ["version": 1], "other.json": ["version": 7]])
    try repository.publishTimestamp()
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(client.store[.timestamp] == repository.files["timestamp.json"])
  }
}
