import Signing
import StrictJSON
import TUF
import Testing

@Suite("Threshold attacks")
struct ThresholdAttackTests {
  /// A repository whose snapshot role has these keys and threshold.
  private func repository(keys: [TestKey], threshold: Int) throws -> SimulatedRepository {
    var repository = try SimulatedRepository()
    try repository.setKeys(keys, of: "snapshot", threshold: threshold)
    repository.bump("root")
    try repository.publishRoot()
    repository.bump("snapshot")
    repository.bump("timestamp")
    return repository
  }

  private func expect(_ error: TUFError?, _ repository: SimulatedRepository) throws {
    var client = try TestClient(repository)
    if let error {
      #expect(throws: error) { try client.refresh(repository) }
      #expect(client.versions["snapshot"] == nil)
    } else {
      try client.refresh(repository)
      #expect(client.versions["snapshot"] == 2)
    }
  }

  @Test func `too few signatures are refused and enough accepted`() throws {
    let keys = try (0..<5).map { _ in try TestKey.ed25519() }
    for count in 0...5 {
      var repository = try repository(keys: keys, threshold: 3)
      repository.signers["snapshot"] = Array(keys.prefix(count))
      try repository.publish()
      try expect(
        count == 0
          ? .noValidSignature(role: .snapshot, needed: 3)
          : count < 3 ? .threshold(role: .snapshot, needed: 3, valid: count) : nil, repository)
    }
  }

  @Test func `kinds tell a forged file from one that lacks signatures`() {
    #expect(TUFError.noValidSignature(role: .snapshot, needed: 3).kind == .badSignature)
    #expect(TUFError.threshold(role: .snapshot, needed: 3, valid: 2).kind == .threshold)
  }

  @Test func `a threshold above the number of keys can never be met`() throws {
    let keys = try (0..<5).map { _ in try TestKey.ed25519() }
    var repository = try repository(keys: keys, threshold: 6)
    try repository.publish()
    try expect(.threshold(role: .snapshot, needed: 6, valid: 5), repository)
  }

  @Test func `one key under several ids counts once`() throws {
    let key = try TestKey.ed25519()
    let again = try (0..<9).map { number in
      try key.spelled { json in
        json["note"] = .int(number)
        let hex = json["keyval"]?["public"]?.stringValue ?? ""
        if number % 2 == 0 { json["keyval"] = ["public": .string(hex.uppercased())] }
      }
    }
    #expect(Set(again.map(\.key.keyID)).count == 9)
    var repository = try repository(keys: again, threshold: 2)
    try repository.publish()
    try expect(.threshold(role: .snapshot, needed: 2, valid: 1), repository)
  }

  @Test func `two signatures with one key id refuse the file even when the threshold is met`() throws {
    let key = try TestKey.ed25519()
    var repository = try repository(keys: [key], threshold: 1)
    repository.signers["snapshot"] = [key, key]
    try repository.publish()
    try expect(.duplicateSignature(role: .snapshot, keyID: key.key.keyID), repository)
  }

  @Test func `a role that lists one key id nine times is refused`() throws {
    let key = try TestKey.ed25519()
    var repository = try repository(keys: [key], threshold: 1)
    var roles = try #require(repository.parts["root"]?["roles"]?.objectValue)
    roles["snapshot"] = ["keyids": .array(Array(repeating: .string(key.key.keyID), count: 9)), "threshold": 6]
    repository.set("root", "roles", .object(roles))
    try repository.publishRoot()
    try repository.publish()
    try expect(
      .malformed(role: .root, reason: "signed.roles.snapshot.keyids names a key twice"), repository)
  }

  @Test("thresholds below one are refused", arguments: [0, -1, nil, "1", true] as [JSON])
  func lowThreshold(value: JSON) throws {
    var repository = try repository(keys: [TestKey.ed25519()], threshold: 1)
    var roles = try #require(repository.parts["root"]?["roles"]?.objectValue)
    roles["snapshot"] = ["keyids": roles["snapshot"]?["keyids"] ?? nil, "threshold": value]
    repository.set("root", "roles", .object(roles))
    try repository.publishRoot()
    try repository.publish()
    var client = try TestClient(repository)
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    #expect(error?.kind == .malformed)
  }

  @Test func `a key id that is not listed is refused`() throws {
    var repository = try repository(keys: [TestKey.ed25519()], threshold: 1)
    var roles = try #require(repository.parts["root"]?["roles"]?.objectValue)
    roles["snapshot"] = ["keyids": ["unknown"], "threshold": 1]
    repository.set("root", "roles", .object(roles))
    try repository.publishRoot()
    try repository.publish()
    try expect(
      .malformed(role: .root, reason: "signed.roles.snapshot.keyids names a key that is not listed"), repository)
  }

  @Test(
    "a bad signature beside a good one is ignored",
    arguments: ["", "00", "zz", .string(String(repeating: "0", count: 128)), nil, 7, ["a": 1]] as [JSON])
  func badBesideGood(signature: JSON) throws {
    let keys = [try TestKey.ed25519(), try TestKey.ed25519()]
    var repository = try repository(keys: keys, threshold: 1)
    repository.signers["snapshot"] = [keys[0]]
    try repository.publish()
    let bytes = try #require(repository.files["2.snapshot.json"])
    var file = try #require(JSON.parse(bytes).objectValue)
    let bad: JSON = ["keyid": .string(keys[1].key.keyID), "sig": signature]
    file["signatures"] = .array([bad] + (file["signatures"]?.arrayValue ?? []))
    repository.files["2.snapshot.json"] = JSON.object(file).serialized()
    try expect(nil, repository)
  }

  @Test func `a signature over other content does not count`() throws {
    let key = try TestKey.ed25519()
    var repository = try repository(keys: [key], threshold: 1)
    try repository.publish()
    let bytes = try #require(repository.files["2.snapshot.json"])
    let text = String(decoding: bytes, as: UTF8.self)
    let altered = text.replacing("\"targets.json\":{\"version\":1}", with: "\"targets.json\":{\"version\":2}")
    #expect(altered != text)
    repository.files["2.snapshot.json"] = Array(altered.utf8)
    try expect(.noValidSignature(role: .snapshot, needed: 1), repository)
  }

  @Test func `a hundred thousand signatures end quickly`() throws {
    var repository = try SimulatedRepository()
    var limits = TUFLimits.standard
    limits.timestampBytes = 64 << 20
    let many = (0..<100_000).map { JSON.object(["keyid": .string("\($0)"), "sig": ""]) }
    let part = try #require(repository.parts["timestamp"])
    repository.files["timestamp.json"] =
      JSON.object(["signatures": .array(many), "signed": .object(part)]).serialized()
    var client = try TestClient(repository)
    client.limits = limits
    #expect(throws: TUFError.malformed(role: .timestamp, reason: "file.signatures holds too many signatures")) {
      try client.refresh(repository)
    }
  }
}
