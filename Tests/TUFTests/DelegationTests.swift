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

  @Test func `the order is the same however often it is asked for`() throws {
    let names = ["zulu", "alpha", "mike", "bravo", "yankee", "charlie", "xray", "delta", "whiskey", "echo"]
    let repository = try repository(names.map { Edge(from: "targets", to: $0) })
    for _ in 0..<50 {
      var client = try TestClient(repository)
      try client.refresh(repository)
      #expect(try client.find("missing", in: repository) == nil)
      #expect(client.requests == names.map { "1.\($0).json" })
    }
  }
}
