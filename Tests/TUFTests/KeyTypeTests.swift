import Signing
import StrictJSON
import TUF
import Testing

@Suite("Key types")
struct KeyTypeTests {
  @Test("repositories of each key type are verified", arguments: ["ed25519", "p256", "rsa"])
  func types(name: String) throws {
    let make = ["p256": TestKey.p256, "rsa": TestKey.rsa][name] ?? TestKey.ed25519
    var repository = try SimulatedRepository(key: make)
    var client = try TestClient(repository)
    try client.refresh(repository)
    repository.signers["timestamp"] = [try make()]
    repository.bump("timestamp")
    try repository.publishTimestamp()
    #expect(throws: TUFError.noValidSignature(role: .timestamp, needed: 1)) { try client.refresh(repository) }
  }

  @Test(
    "a key that cannot verify is no error beside one that can, and counts for nothing",
    arguments: [
      ["keytype": "ed25519", "scheme": "ed25519", "keyval": ["public": "00"]],
      ["keytype": "ed25519", "scheme": "other", "keyval": ["public": "00"]],
      ["keytype": "ml-dsa", "scheme": "ml-dsa", "keyval": ["public": "x"]],
      ["keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256", "keyval": ["public": "no PEM"]],
      ["keytype": "rsa", "scheme": "rsassa-pss-sha256", "keyval": ["public": "no PEM"]],
      ["keytype": "ed25519", "scheme": "ed25519", "keyval": [:]],
      // One byte less and one more than a key has (go-tuf #739).
      ["keytype": "ed25519", "scheme": "ed25519", "keyval": ["public": .string(String(repeating: "ab", count: 31))]],
      ["keytype": "ed25519", "scheme": "ed25519", "keyval": ["public": .string(String(repeating: "ab", count: 33))]],
    ] as [JSON])
  func unusable(json: JSON) throws {
    let key = try MetadataKey(json: json, role: .root)
    #expect(!key.isUsable)
    var repository = try SimulatedRepository()
    let good = try #require(repository.signers["timestamp"])
    try repository.setKeys(good + [TestKey(key: key) { _ in [] }], of: "timestamp")
    repository.bump("root")
    try repository.publishRoot()
    repository.bump("timestamp")
    try repository.publishTimestamp()
    var client = try TestClient(repository)
    try client.refresh(repository)
  }

  @Test func `the key id is the digest of the canonical key`() throws {
    let bytes = [UInt8](repeating: 7, count: 32)
    let key = MetadataKey(try PublicKey(keyNumber: [UInt8](repeating: 0, count: 8), bytes: bytes))
    let text = #"{"keytype":"ed25519","keyval":{"public":"\#(Hex.encode(bytes))"},"scheme":"ed25519"}"#
    #expect(key.keyID == SHA256Digest.of(Array(text.utf8)).hex)
  }

  @Test func `an ECDSA key under both names of its type is one key`() throws {
    let key = try TestKey.p256()
    let other = try key.spelled { $0["keytype"] = "ecdsa-sha2-nistp256" }
    #expect(key.key.keyID != other.key.keyID && other.key.isUsable)
    var repository = try SimulatedRepository()
    try repository.setKeys([key, other], of: "timestamp", threshold: 2)
    repository.bump("root")
    try repository.publishRoot()
    try repository.publishTimestamp()
    var client = try TestClient(repository)
    #expect(throws: TUFError.threshold(role: .timestamp, needed: 2, valid: 1)) { try client.refresh(repository) }
  }

  @Test("a signature is as long as its scheme says", arguments: ["ed25519", "p256", "rsa"])
  func length(name: String) throws {
    let make = ["p256": TestKey.p256, "rsa": TestKey.rsa][name] ?? TestKey.ed25519
    var repository = try SimulatedRepository(key: make)
    let file = try #require(JSON.parse(repository.files["timestamp.json"] ?? []).objectValue)
    let entry = try #require(file["signatures"]?.arrayValue?.first?.objectValue)
    let hex = try #require(entry["sig"]?.stringValue)
    for wrong in [hex + "00", String(hex.dropLast(2)), String(hex.dropLast()), "00" + hex, hex + hex, hex + "\n"] {
      var changed = entry
      changed["sig"] = .string(wrong)
      repository.files["timestamp.json"] =
        JSON.object(["signatures": [.object(changed)], "signed": file["signed"] ?? nil]).serialized()
      var client = try TestClient(repository)
      #expect(throws: TUFError.noValidSignature(role: .timestamp, needed: 1)) { try client.refresh(repository) }
    }
  }
}
