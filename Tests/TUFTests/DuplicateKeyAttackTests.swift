import StrictJSON
import TUF
import Testing

/// One JSON text with the same key twice means two things to two readers; a signature over one of them must not pass
/// for the other.
@Suite("Duplicate keys")
struct DuplicateKeyAttackTests {
  /// A file whose text is edited after it was signed.
  private func replacing(
    _ old: String, with new: String, in path: String, _ repository: inout SimulatedRepository
  ) throws {
    let bytes = try #require(repository.files[path])
    let text = String(decoding: bytes, as: UTF8.self)
    let changed = text.replacing(old, with: new)
    try #require(changed != text)
    repository.files[path] = Array(changed.utf8)
  }

  @Test(
    "a second version in what is signed is refused, before or after the first",
    arguments: ["timestamp", "snapshot", "targets"], [true, false])
  func version(role: String, isFirst: Bool) throws {
    var repository = try SimulatedRepository()
    let fake = #""version":9"#
    let path = repository.path(role)
    let versions = repository.version(role)
    let ending = #""version":\#(versions)}}"#
    let both = isFirst ? #"\#(fake),"version":\#(versions)}}"# : #""version":\#(versions),\#(fake)}}"#
    // In written order the version is the last member of each of these.
    repository.parts[role]?["version"] = nil
    repository.set(role, "version", .int(versions))
    repository.files[path] = try repository.signed(role)
    try replacing(ending, with: both, in: path, &repository)
    var client = try TestClient(repository)
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    guard case .json(_, .duplicateKey("version", _))? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(
    "so is every other repetition, also one that is only an escape apart",
    arguments: [
      ("\"signed\":", "\"signed\":{},\"signed\":"), ("\"signatures\":", "\"signatures\":[],\"signatures\":"),
      ("\"meta\":", "\"m\\u0065ta\":{},\"meta\":"), ("\"snapshot.json\":", "\"snapshot.json\":{},\"snapshot.json\":"),
      ("\"keyid\":", "\"keyid\":\"x\",\"keyid\":"), ("\"sig\":", "\"sig\":\"\",\"si\\u0067\":"),
    ])
  func others(old: String, new: String) throws {
    var repository = try SimulatedRepository()
    try replacing(old, with: new, in: "timestamp.json", &repository)
    var client = try TestClient(repository)
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    guard case .json(.timestamp, .duplicateKey)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `one key id cannot name two keys`() throws {
    var repository = try SimulatedRepository()
    let id = try #require(repository.signers["timestamp"]?.first?.key.keyID)
    let stranger = JSON.object(try TestKey.ed25519().key.json)
    repository.bump("root")
    try repository.publishRoot()
    try replacing(
      "\"\(id)\":{", with: "\"\(id)\":\(String(decoding: stranger.serialized(), as: UTF8.self)),\"\(id)\":{",
      in: "2.root.json", &repository)
    var client = try TestClient(repository)
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    guard case .json(.root, .duplicateKey(id, _))? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `names that only look alike are two names`() throws {
    // Swift's own strings call these two equal.
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    var repository = try SimulatedRepository()
    repository.addTarget(composed, Array("one".utf8))
    repository.addTarget(decomposed, Array("other".utf8))
    try repository.delegate(to: decomposed, paths: ["x"])
    try repository.publishNext()
    repository.set(
      "snapshot", "meta",
      ["targets.json": ["version": 2], "\(composed).json": ["version": 1]])
    repository.bump("snapshot")
    repository.bump("timestamp")
    try repository.publishSnapshot()
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(try client.find(composed, in: repository)?.length == 3)
    #expect(try client.find(decomposed, in: repository)?.length == 5)
    let role = try #require(RoleName(delegated: decomposed))
    #expect(throws: TUFError.notListed(role: role)) { try client.find("x", in: repository) }
  }
}
