import TUF
import Testing

/// The client that reads its own targets file ahead, while the network answers.
@Suite("Reading ahead")
struct ReadAheadTests {
  private var repository: SimulatedRepository
  private let store = MemoryStore()
  private let root: [UInt8]

  init() throws {
    repository = try SimulatedRepository()
    repository.addTarget("a/b")
    try repository.publishNext()
    root = try #require(repository.files["1.root.json"])
  }

  /// Refreshes, looks for a target, and returns what was asked for.
  private func refresh(finding path: String = "a/b") async throws -> [String] {
    var requests: [String] = []
    var client = MetadataClient(trustedRoot: root, store: store)
    let fetch: MetadataClient.Fetch = { [files = repository.files] request in
      requests.append(request.path)
      return files[request.path].map { .bytes($0) } ?? .absent
    }
    try await client.refresh(at: SimulatedRepository.now, fetch: fetch)
    let found = try await client.find(path, fetch: fetch)
    #expect(found?.path == path)
    return requests
  }

  @Test func `with nothing new there are two requests`() async throws {
    #expect(try await refresh() == ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"])
    #expect(try await refresh() == ["2.root.json", "timestamp.json"])
  }

  @Test func `an outdated copy is replaced`() async throws {
    var test = self
    _ = try await test.refresh()
    test.repository.addTarget("c")
    try test.repository.publishNext()
    #expect(
      try await test.refresh(finding: "c") == ["2.root.json", "timestamp.json", "3.snapshot.json", "3.targets.json"])
  }

  @Test func `a damaged copy is replaced`() async throws {
    let good = try #require(repository.files["2.targets.json"])
    for damaged in [[], Array("{}".utf8), Array(good.dropLast()), good.map { $0 == 0x61 ? 0x62 : $0 }] {
      _ = try await refresh()
      await store.persist(.targets, damaged)
      #expect(try await refresh() == ["2.root.json", "timestamp.json", "2.targets.json"])
      #expect(await store.files[.targets] == good)
    }
  }

  @Test func `a copy whose keys a new root has taken away is not believed`() async throws {
    var test = self
    _ = try await test.refresh()
    try test.repository.setKeys([TestKey.ed25519()], of: "targets")
    test.repository.bump("root")
    try test.repository.publishRoot()
    // The file is still the old one: nobody has signed it with the new key.
    let refused = test
    await #expect(throws: TUFError.noValidSignature(role: .targets, needed: 1)) { try await refused.refresh() }
    // The same version, signed by the new key.
    try test.repository.publish()
    #expect(try await test.refresh() == ["3.root.json", "timestamp.json", "2.targets.json"])
  }

  @Test func `a copy that expired is not good enough`() async throws {
    var test = self
    test.repository.set("targets", "expires", .string(SimulatedRepository.past.description))
    try test.repository.publishNext()
    let expired = try #require(test.repository.files["3.targets.json"])
    await store.persist(.targets, expired)
    let refused = test
    await #expect(throws: TUFError.self) { try await refused.refresh() }
    test.repository.set("targets", "expires", .string(SimulatedRepository.future.description))
    try test.repository.publishNext()
    #expect(try await test.refresh().last == "4.targets.json")
  }
}
