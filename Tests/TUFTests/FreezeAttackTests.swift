import StrictJSON
import TUF
import Testing

@Suite("Freeze attacks and expiry")
struct FreezeAttackTests {
  @Test("an expired role is refused and not kept, its parent is", arguments: ["timestamp", "snapshot", "targets"])
  func expired(role: String) throws {
    var repository = try SimulatedRepository()
    var client = try TestClient(repository)
    try client.refresh(repository)
    repository.set(role, "expires", .string(SimulatedRepository.past.description))
    try repository.publishNext()
    let name = [RoleName.timestamp, .snapshot, .targets].first { $0.text == role } ?? .root
    let error = TUFError.expired(role: name, expires: SimulatedRepository.past, now: SimulatedRepository.now)
    #expect(error.kind == .expired)
    #expect(throws: error) { try client.refresh(repository) }
    #expect(client.versions[role] == 1)
    if role != "timestamp" { #expect(client.versions["timestamp"] == 2) }
  }

  @Test func `the moment of expiry counts as expired`() throws {
    let repository = try SimulatedRepository()
    var client = try TestClient(repository)
    let eve = SimulatedRepository.future.advanced(bySeconds: -1)
    try client.refresh(repository, at: eve)
    #expect(throws: TUFError.self) { try client.refresh(repository, at: SimulatedRepository.future) }
  }

  @Test func `serving the same files for ever ends in an error`() throws {
    var repository = try SimulatedRepository()
    repository.set("root", "expires", .string(SimulatedRepository.future.advanced(bySeconds: 999).description))
    repository.bump("root")
    try repository.publishRoot()
    var client = try TestClient(repository)
    try client.refresh(repository)
    let error = TUFError.expired(
      role: .timestamp, expires: SimulatedRepository.future, now: SimulatedRepository.future)
    #expect(throws: error) { try client.refresh(repository, at: SimulatedRepository.future) }
  }

  @Test func `the last root is kept before its expiry ends the refresh`() throws {
    var repository = try SimulatedRepository()
    repository.bump("root")
    repository.set("root", "expires", .string(SimulatedRepository.past.description))
    try repository.publishRoot()
    try repository.publishNext()
    var client = try TestClient(repository)
    #expect(
      throws: TUFError.expired(role: .root, expires: SimulatedRepository.past, now: SimulatedRepository.now)
    ) { try client.refresh(repository) }
    #expect(client.versions == ["root": 2])
    #expect(client.requests == ["2.root.json", "3.root.json"])
  }

  @Test func `expired roots in between do not matter`() throws {
    var repository = try SimulatedRepository()
    repository.set("root", "expires", .string(SimulatedRepository.past.description))
    for _ in 0..<2 {
      repository.bump("root")
      try repository.publishRoot()
    }
    repository.bump("root")
    repository.set("root", "expires", .string(SimulatedRepository.future.description))
    try repository.publishRoot()
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(client.versions["root"] == 4)
  }

  @Test func `a delegated role may not be expired`() throws {
    var repository = try SimulatedRepository()
    try repository.delegate(to: "stable")
    repository.addTarget("file", to: "stable")
    repository.set("stable", "expires", .string(SimulatedRepository.past.description))
    try repository.publishNext()
    var client = try TestClient(repository)
    try client.refresh(repository)
    let role = try #require(RoleName(delegated: "stable"))
    #expect(
      throws: TUFError.expired(role: role, expires: SimulatedRepository.past, now: SimulatedRepository.now)
    ) { try client.find("file", in: repository) }
    #expect(client.store[.role(role)] == nil)
  }
}

@Suite("Times")
struct MetadataTimeTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-11-23T05:06:07Z", 1_795_410_367), ("2024-02-29T23:59:59Z", 1_709_251_199),
      ("1969-12-31T23:59:59Z", -1), ("0001-01-01T00:00:00Z", -62_135_596_800),
      ("9999-12-31T23:59:59Z", 253_402_300_799), ("2000-03-01T00:00:00Z", 951_868_800),
    ] as [(String, Int64)])
  func `times are read and written exactly`(text: String, seconds: Int64) {
    #expect(MetadataTime(text)?.seconds == seconds)
    #expect(MetadataTime(seconds: seconds).description == text)
  }

  @Test(
    "other spellings and days that do not exist are refused",
    arguments: [
      "", "2026-11-23", "2026-11-23T05:06:07", "2026-11-23T05:06:07+00:00", "2026-11-23T05:06:07.0Z",
      "2026-11-23t05:06:07Z", "2026-11-23 05:06:07Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
      "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z",
      "2026-01-01T23:60:00Z", "2026-01-01T23:59:60Z", "0000-01-01T00:00:00Z", "٢٠٢٦-11-23T05:06:07Z",
      "-026-01-01T00:00:00Z",
    ])
  func refused(text: String) {
    #expect(MetadataTime(text) == nil)
  }

  @Test(arguments: [Int64.min, .max, -1, 0, 86_399, 86_400, 951_782_399])
  func `any number of seconds can be written and read again`(seconds: Int64) {
    let time = MetadataTime(seconds: seconds)
    #expect(MetadataTime(time.description) == time)
    #expect(time.advanced(bySeconds: .max).seconds <= 253_402_300_799)
  }
}
