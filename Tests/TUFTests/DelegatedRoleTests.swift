import StrictJSON
import TUF
import Testing

@Suite("Delegated roles pass every check")
struct DelegatedRoleTests {
  private func repository(_ change: (inout SimulatedRepository) throws -> Void) throws -> SimulatedRepository {
    var repository = try SimulatedRepository()
    repository.listsDigests = true
    try repository.delegate(to: "stable")
    repository.addTarget("file", to: "stable")
    try repository.publishNext()
    try change(&repository)
    return repository
  }

  @Test func `signature, type, version, length and digest are checked`() throws {
    let role = try #require(RoleName(delegated: "stable"))
    func expect(_ error: TUFError, _ change: (inout SimulatedRepository) throws -> Void) throws {
      let repository = try repository(change)
      var client = try TestClient(repository)
      try client.refresh(repository)
      #expect(throws: error) { try client.find("file", in: repository) }
      #expect(client.store[.role(role)] == nil)
    }
    try expect(.noValidSignature(role: role, needed: 1)) { repository in
      repository.signers["stable"] = [try TestKey.ed25519()]
      try repository.publishNext([])
    }
    try expect(.wrongType(role: role, expected: "targets", offered: "snapshot")) { repository in
      repository.set("stable", "_type", "snapshot")
      try repository.publishNext([])
    }
    try expect(.wrongVersion(role: role, expected: 2, offered: 1)) { repository in
      repository.listsDigests = false
      try repository.publishNext(["stable"])
      repository.files["2.stable.json"] = repository.files["1.stable.json"]
    }
    try expect(.missing(file: "stable.json")) { $0.files["1.stable.json"] = nil }
    let good = try repository { _ in }
    var client = try TestClient(good)
    try client.refresh(good)
    var altered = good
    altered.files["1.stable.json"]?.append(0x20)
    let error = #expect(throws: TUFError.self) { try client.find("file", in: altered) }
    #expect(error?.kind == .digest)
  }

  @Test func `one signature repeated, or one key under two ids, is one signature`() throws {
    let role = try #require(RoleName(delegated: "stable"))
    var repository = try repository { _ in }
    let key = try #require(repository.signers["stable"]?.first)
    let again = try key.spelled { $0["note"] = "the same" }
    var delegations = try #require(repository.parts["targets"]?["delegations"]?.objectValue)
    delegations["keys"] = [
      .init(key.key.keyID): .object(key.key.json), .init(again.key.keyID): .object(again.key.json),
    ]
    delegations["roles"] = [
      [
        "name": "stable", "keyids": .strings([key.key.keyID, again.key.keyID]), "threshold": 2, "terminating": false,
        "paths": ["*"],
      ]
    ]
    repository.set("targets", "delegations", .object(delegations))
    for (signers, error) in [
      ([key, key], TUFError.duplicateSignature(role: role, keyID: key.key.keyID)),
      ([key, again], .threshold(role: role, needed: 2, valid: 1)), ([key], .threshold(role: role, needed: 2, valid: 1)),
    ] {
      repository.signers["stable"] = signers
      try repository.publishNext()
      var client = try TestClient(repository)
      try client.refresh(repository)
      #expect(throws: error) { try client.find("file", in: repository) }
      #expect(client.store[.role(role)] == nil)
    }
  }

  @Test("its threshold may not be below one either", arguments: [0, -1, nil, true, "1"] as [JSON])
  func threshold(value: JSON) throws {
    var repository = try repository { _ in }
    var delegations = try #require(repository.parts["targets"]?["delegations"]?.objectValue)
    var entry = try #require(delegations["roles"]?.arrayValue?.first?.objectValue)
    entry["threshold"] = value
    delegations["roles"] = [.object(entry)]
    repository.set("targets", "delegations", .object(delegations))
    try repository.publishNext()
    var client = try TestClient(repository)
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    #expect(error?.kind == .malformed)
    #expect(client.store[.targets] == nil)
  }

  @Test(
    "unusual names stay one part of a path",
    arguments: [
      ("?", "1.%3F.json"), ("#", "1.%23.json"), ("/delegatedrole", "1.%2Fdelegatedrole.json"),
      ("../delegatedrole", "1...%2Fdelegatedrole.json"), ("..", "1....json"), ("a b%c", "1.a%20b%25c.json"),
      ("é\0\n", "1.%C3%A9%00%0A.json"), ("1.root", "1.1.root.json"),
    ])
  func names(name: String, path: String) throws {
    var repository = try SimulatedRepository()
    try repository.delegate(to: name)
    repository.addTarget("file", to: name)
    try repository.publishNext()
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(try client.find("file", in: repository)?.role == RoleName(delegated: name))
    #expect(client.requests == [path])
    #expect(client.changes == ["keep \(path.dropFirst(2))"])
    #expect(MetadataFile.root(version: 1).storagePath == "roots/1.root.json")
  }

  @Test(
    "names that belong to others or to nobody are refused",
    arguments: [
      "", "root", "timestamp", "snapshot", "targets", String(repeating: "n", count: 300),
      String(repeating: "/", count: 90),
    ])
  func refusedNames(name: String) throws {
    var repository = try SimulatedRepository()
    let stranger = try TestKey.ed25519()
    repository.set(
      "targets", "delegations",
      [
        "keys": .object([stranger.key.keyID: .object(stranger.key.json)]),
        "roles": [
          [
            "name": .string(name), "keyids": [.string(stranger.key.keyID)], "threshold": 1, "terminating": false,
            "paths": ["*"],
          ]
        ],
      ])
    try repository.publish()
    var client = try TestClient(repository)
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    #expect(error?.kind == .malformed)
  }

  @Test func `one name may be delegated to once in a file`() throws {
    var repository = try SimulatedRepository()
    try repository.delegate(to: "A")
    try repository.delegate(to: "A", paths: ["other"])
    try repository.publishNext()
    var client = try TestClient(repository)
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    #expect(error?.kind == .malformed)
  }
}
