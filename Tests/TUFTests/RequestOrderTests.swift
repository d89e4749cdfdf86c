import StrictJSON
import TUF
import Testing

@Suite("What a client asks for")
struct RequestOrderTests {
  @Test func `the first refresh asks for root, timestamp, snapshot role and targets in this order`() throws {
    let repository = try SimulatedRepository()
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(client.requests == ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"])
    #expect(client.changes == ["keep timestamp.json", "keep snapshot.json", "keep targets.json"])
    #expect(client.store[.timestamp] == repository.files["timestamp.json"])
  }

  @Test func `with nothing new two requests are enough and nothing is written`() throws {
    var repository = try SimulatedRepository()
    repository.listsDigests = true
    try repository.publishNext()
    var client = try TestClient(repository)
    try client.refresh(repository)
    try client.refresh(repository)
    #expect(client.requests == ["2.root.json", "timestamp.json"])
    #expect(client.changes.isEmpty)
  }

  @Test func `only what changed is fetched`() throws {
    var repository = try SimulatedRepository()
    var client = try TestClient(repository)
    try client.refresh(repository)
    try repository.publishNext([])
    try client.refresh(repository)
    #expect(client.requests == ["2.root.json", "timestamp.json", "2.snapshot.json"])
  }

  @Test func `a new timestamp over the same snapshot role costs two requests`() throws {
    var repository = try SimulatedRepository()
    var client = try TestClient(repository)
    try client.refresh(repository)
    repository.bump("timestamp")
    try repository.publishTimestamp()
    try client.refresh(repository)
    #expect(client.requests == ["2.root.json", "timestamp.json"])
    #expect(client.changes == ["keep timestamp.json"])
  }

  @Test func `without consistent snapshots names carry no versions`() throws {
    let repository = try SimulatedRepository(consistent: false)
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(client.requests == ["2.root.json", "timestamp.json", "snapshot.json", "targets.json"])
  }

  @Test func `requests carry the limits and only the root may be absent`() throws {
    let repository = try SimulatedRepository()
    var workflow = try RefreshWorkflow(
      trustedRoot: try #require(repository.files["1.root.json"]), at: SimulatedRepository.now)
    #expect(try workflow.next() == .load(.root(version: 2)))
    #expect(try workflow.next() == .load(.root(version: 2)))
    try workflow.absent()
    #expect(try workflow.next() == .fetch(FetchRequest(path: "2.root.json", limit: 512_000, absentAllowed: true)))
    try workflow.absent()
    #expect(try workflow.next() == .load(.timestamp))
    try workflow.absent()
    #expect(try workflow.next() == .fetch(FetchRequest(path: "timestamp.json", limit: 16_384)))
    #expect(throws: TUFError.missing(file: "timestamp.json")) { try workflow.absent() }
    #expect(throws: TUFError.unexpectedAnswer) { try workflow.absent() }
  }

  @Test func `a file that is missing ends the refresh and what was verified stays`() throws {
    var repository = try SimulatedRepository()
    var client = try TestClient(repository)
    try client.refresh(repository)
    try repository.publishNext()
    repository.files["2.snapshot.json"] = nil
    #expect(throws: TUFError.missing(file: "snapshot.json")) { try client.refresh(repository) }
    #expect(client.versions == ["timestamp": 2, "snapshot": 1, "targets": 1])
  }

  @Test func `stored bytes are the received bytes`() throws {
    var repository = try SimulatedRepository()
    repository.files["timestamp.json"]?.append(UInt8(ascii: " "))
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(client.store[.timestamp]?.last == UInt8(ascii: " "))
  }

  @Test func `cached roots are taken before the network is asked`() throws {
    var repository = try SimulatedRepository()
    for _ in 0..<3 {
      repository.bump("root")
      try repository.publishRoot()
    }
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(client.requests.prefix(4) == ["2.root.json", "3.root.json", "4.root.json", "5.root.json"])
    try client.refresh(repository)
    #expect(client.requests == ["5.root.json", "timestamp.json"])
    #expect(client.trusted?.root.content.version == 4)
  }
}

@Suite("A client's own files")
struct LocalCacheTests {
  @Test(
    "garbage in the store is replaced and never a lasting error",
    arguments: [MetadataFile.timestamp, .snapshot, .targets, .root(version: 2)], [0, 1, 2])
  func garbage(file: MetadataFile, kind: Int) throws {
    var repository = try SimulatedRepository()
    repository.bump("root")
    try repository.publishRoot()
    var client = try TestClient(repository)
    try client.refresh(repository)
    let good = try #require(client.store[file])
    client.store[file] = [[], Array(good.prefix(good.count / 2)), Array("{\"signed\":null}".utf8)][kind]
    try client.refresh(repository)
    #expect(client.store[file] == good)
  }

  @Test func `an expired timestamp in the store does not block a newer one`() throws {
    var repository = try SimulatedRepository()
    repository.set("timestamp", "expires", .string(SimulatedRepository.now.advanced(bySeconds: 10).description))
    try repository.publishTimestamp()
    var client = try TestClient(repository)
    try client.refresh(repository)
    repository.set("timestamp", "expires", .string(SimulatedRepository.future.description))
    repository.bump("timestamp")
    try repository.publishTimestamp()
    try client.refresh(repository, at: SimulatedRepository.now.advanced(bySeconds: 100))
    #expect(client.versions["timestamp"] == 2)
  }
}
