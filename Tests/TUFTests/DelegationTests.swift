import StrictJSON
import TUF
import Testing

/// One delegation of a test graph.
struct Edge: Sendable {
  let from: String
  let to: String
  var paths = ["*"]
  var terminating = false
}

@Suite("The way through delegations")
struct DelegationGraphTests {
  private func repository(_ edges: [Edge]) throws -> SimulatedRepository {
    var repository = try SimulatedRepository()
    for edge in edges {
      try repository.delegate(from: edge.from, to: edge.to, paths: edge.paths, terminating: edge.terminating)
    }
    try repository.publishNext()
    return repository
  }

  @Test(
    "roles are asked in pre-order, depth first, in the order in which they are written",
    arguments: [
      ([Edge(from: "targets", to: "A")], ["A"]),
      ([Edge(from: "targets", to: "A"), Edge(from: "targets", to: "B")], ["A", "B"]),
      ([Edge(from: "targets", to: "A"), Edge(from: "targets", to: "B"), Edge(from: "B", to: "C")], ["A", "B", "C"]),
      (
        [
          Edge(from: "targets", to: "A"), Edge(from: "targets", to: "B"), Edge(from: "A", to: "C"),
          Edge(from: "C", to: "D"),
        ], ["A", "C", "D", "B"]
      ),
      // Terminating roles.
      (
        [
          Edge(from: "targets", to: "A"), Edge(from: "targets", to: "B", terminating: true),
          Edge(from: "targets", to: "C"), Edge(from: "A", to: "D"),
        ], ["A", "D", "B"]
      ),
      (
        [
          Edge(from: "targets", to: "A"), Edge(from: "targets", to: "B"), Edge(from: "A", to: "C", terminating: true),
          Edge(from: "A", to: "D"), Edge(from: "C", to: "E"),
        ], ["A", "C", "E"]
      ),
      // Paths that do not match.
      (
        [
          Edge(from: "targets", to: "A", paths: ["other"], terminating: true), Edge(from: "targets", to: "B"),
          Edge(from: "B", to: "C", paths: ["x/*"]), Edge(from: "B", to: "D"),
        ], ["B", "D"]
      ),
      // Cycles and roles with two delegators.
      (
        [
          Edge(from: "targets", to: "A"), Edge(from: "A", to: "B"), Edge(from: "B", to: "A"),
          Edge(from: "B", to: "B"), Edge(from: "targets", to: "C"),
        ], ["A", "B", "C"]
      ),
      (
        [
          Edge(from: "targets", to: "A"), Edge(from: "targets", to: "B"), Edge(from: "A", to: "C"),
          Edge(from: "B", to: "C"),
        ], ["A", "C", "B"]
      ),
      (
        [
          Edge(from: "targets", to: "A"), Edge(from: "targets", to: "B"), Edge(from: "A", to: "C", paths: ["x"]),
          Edge(from: "B", to: "C"),
        ], ["A", "B", "C"]
      ),
    ] as [([Edge], [String])])
  func order(edges: [Edge], expected: [String]) throws {
    let repository = try repository(edges)
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(try client.find("missing", in: repository) == nil)
    #expect(client.requests == expected.map { "1.\($0).json" })
    // The second search asks for nothing; a new client over the same store neither.
    #expect(try client.find("missing", in: repository) == nil)
    #expect(client.requests.isEmpty)
    try client.refresh(repository)
    #expect(try client.find("missing", in: repository) == nil)
    #expect(client.requests.isEmpty)
  }

  @Test func `the first role that lists the target decides`() throws {
    var repository = try repository([Edge(from: "targets", to: "A"), Edge(from: "targets", to: "B")])
    repository.addTarget("file", Array("of A".utf8), to: "A")
    repository.addTarget("file", Array("of B".utf8), to: "B")
    try repository.publishNext(["A", "B"])
    var client = try TestClient(repository)
    try client.refresh(repository)
    let found = try client.mustFind("file", in: repository)
    #expect(found.role.text == "A")
    #expect(throws: Never.self) { try found.check(Array("of A".utf8)) }
    #expect(client.requests == ["2.A.json"])
  }

  @Test func `a search over too many roles ends in an error`() throws {
    let repository = try repository((0..<40).map { Edge(from: "targets", to: "role\($0)") })
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(throws: TUFError.tooManyDelegations(path: "missing", limit: 32)) {
      try client.find("missing", in: repository)
    }
    #expect(client.requests.count == 32)
  }

  @Test func `a very deep chain is no stack overflow`() throws {
    var edges = [Edge(from: "targets", to: "r0")]
    for number in 0..<60 { edges.append(Edge(from: "r\(number)", to: "r\(number + 1)")) }
    let repository = try repository(edges)
    var client = try TestClient(repository)
    client.limits.visitedRoles = 100
    try client.refresh(repository)
    #expect(try client.find("missing", in: repository) == nil)
    #expect(client.requests.count == 61)
  }

  @Test func `a role that the snapshot role does not list is not asked for`() throws {
    var repository = try repository([Edge(from: "targets", to: "A")])
    var meta = try #require(repository.parts["snapshot"]?["meta"]?.objectValue)
    meta["A.json"] = nil
    repository.set("snapshot", "meta", .object(meta))
    repository.bump("snapshot")
    repository.bump("timestamp")
    try repository.publishSnapshot()
    var client = try TestClient(repository)
    try client.refresh(repository)
    let role = try #require(RoleName(delegated: "A"))
    #expect(throws: TUFError.notListed(role: role)) {
      try client.find("file", in: repository)
    }
    #expect(client.requests.isEmpty)
  }

  @Test func `a role is verified by the delegator on this path, not by another one`() throws {
    // A trusts C's key; B trusts a stranger for the same role.
    var repository = try repository([
      Edge(from: "targets", to: "A", paths: ["a*"]), Edge(from: "targets", to: "B", paths: ["b*"]),
      Edge(from: "A", to: "C", paths: ["a*"]),
    ])
    try repository.delegate(from: "B", to: "C", paths: ["b*"], key: TestKey.ed25519())
    repository.addTarget("a1", to: "C")
    repository.addTarget("b1", to: "C")
    try repository.publishNext(["A", "B", "C"])
    let role = try #require(RoleName(delegated: "C"))
    for order in [["a1", "b1"], ["b1", "a1"]] {
      var client = try TestClient(repository)
      try client.refresh(repository)
      for path in order {
        if path == "a1" {
          #expect(try client.find("a1", in: repository)?.role == role)
        } else {
          #expect(throws: TUFError.noValidSignature(role: role, needed: 1)) { try client.find("b1", in: repository) }
        }
      }
    }
    // Signed for both, both ways lead there.
    let key = try #require(repository.signers["C"]?.first)
    repository.parts["B"]?["delegations"] = nil
    try repository.delegate(from: "B", to: "C", paths: ["b*"], key: key)
    try repository.publishNext(["B"])
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(try client.find("a1", in: repository)?.role == role)
    #expect(try client.find("b1", in: repository)?.role == role)
  }
}

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
