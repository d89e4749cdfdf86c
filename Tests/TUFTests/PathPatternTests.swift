import Signing
import StrictJSON
import TUF
import Testing

@Suite("Path patterns")
struct PathPatternTests {
  @Test(
    arguments: [
      ("*", "a", true), ("*", "", true), ("*", "a/b", false), ("*/*", "a/b", true), ("*.md", "README.md", true),
      ("*.md", "README.txt", false), ("releases/*", "releases/x", true), ("releases/*", "releases/x/y", false),
      ("releases/y/*.zip", "releases/y/a.zip", true), ("releases/y/*.zip", "releases/y/a.tar", false),
      ("foo-?.tgz", "foo-a.tgz", true), ("foo-?.tgz", "foo-.tgz", false), ("foo-?.tgz", "foo-ab.tgz", false),
      ("foo", "FOO", false), ("a*b*c", "aXXbYYc", true), ("a*b*c", "aXXcYYb", false), ("**", "ab", true),
      ("**", "a/b", false),
      ("?", "é", true), ("??", "é", false), ("?", "/", false), ("a/*", "a/", true), ("a/*", "a", false),
      ("/a", "a", false),
      ("plugins/*/*/stable.json", "plugins/io.github.acme/time/stable.json", true),
      ("plugins/*/*/stable.json", "plugins/io.github.acme/time/x/stable.json", false),
      ("plugins/*/*/*/*", "plugins/io.github.acme/time/1.0/time-1.0.tar.zst", true),
      ("\u{E9}", "e\u{301}", false), ("*", ".hidden", true), ("a.c", "abc", false),
    ])
  func `a pattern matches part by part`(pattern: String, path: String, expected: Bool) throws {
    #expect(try #require(PathPattern(pattern)).matches(path) == expected)
  }

  @Test(
    "patterns that implementations understand differently are refused",
    arguments: ["[ab]", "a]", "{a,b}", "a\\*", "!a", "", "a\0"])
  func refused(pattern: String) throws {
    #expect(PathPattern(pattern) == nil)
    var repository = try SimulatedRepository()
    try repository.delegate(to: "A", paths: [pattern])
    try repository.publishNext()
    var client = try TestClient(repository)
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    #expect(error?.kind == .malformed)
  }

  @Test func `a hostile pattern costs no more than the product of the lengths`() throws {
    let pattern = try #require(PathPattern(String(repeating: "*a", count: 500)))
    #expect(!pattern.matches(String(repeating: "a", count: 100_000) + "b"))
  }
}

@Suite("Hash bins")
struct HashBinTests {
  /// The role that is responsible for a path, by the digest alone.
  private func bin(_ path: String, digits: Int) -> String {
    String(SHA256Digest.of(Array(path.utf8)).hex.prefix(digits))
  }

  @Test func `hash prefixes choose the role`() throws {
    var repository = try SimulatedRepository()
    let key = try TestKey.ed25519()
    let path = "plugins/a/file"
    let good = bin(path, digits: 2)
    let wrong = good == "00" ? "01" : "00"
    for (name, prefix) in [("wrong", wrong), ("good", good)] {
      try repository.delegate(to: name, paths: [prefix], key: key)
    }
    var delegations = try #require(repository.parts["targets"]?["delegations"]?.objectValue)
    delegations["roles"] = .array(
      (delegations["roles"]?.arrayValue ?? []).map { role in
        var entry = role.objectValue ?? [:]
        entry["path_hash_prefixes"] = entry.remove("paths")
        return .object(entry)
      })
    repository.set("targets", "delegations", .object(delegations))
    repository.signers["good"] = [key]
    repository.addTarget(path, to: "good")
    try repository.publishNext()
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(try client.find(path, in: repository)?.role.text == "good")
    #expect(client.requests == ["1.good.json"])
  }

  @Test("succinct bins are named by the leading bits", arguments: [1, 4, 5, 8, 13])
  func succinct(bits: Int) throws {
    var repository = try SimulatedRepository()
    let key = try TestKey.ed25519()
    let path = "plugins/a/file"
    let digest = SHA256Digest.of(Array(path.utf8)).bytes
    let number = (Int(digest[0]) << 8 | Int(digest[1])) >> (16 - bits)
    let width = String((1 << bits) - 1, radix: 16).count
    let hex = String(number, radix: 16)
    let name = "bin-" + String(repeating: "0", count: width - hex.count) + hex
    repository.signers[name] = [key]
    repository.parts[name] = [
      "_type": "targets", "expires": .string(SimulatedRepository.future.description), "spec_version": "1.0.34",
      "targets": [:], "version": 1,
    ]
    repository.set(
      "targets", "delegations",
      [
        "keys": .object([key.key.keyID: .object(key.key.json)]),
        "succinct_roles": [
          "keyids": [.string(key.key.keyID)], "threshold": 1, "bit_length": .int(bits), "name_prefix": "bin",
        ],
      ])
    repository.addTarget(path, to: name)
    try repository.publishNext()
    var client = try TestClient(repository)
    try client.refresh(repository)
    #expect(try client.find(path, in: repository)?.role.text == name)
    #expect(client.requests == ["1.\(name).json"])
    guard case .succinct(let bins)? = client.trusted?.targets?.content.delegations else {
      Issue.record("no bins")
      return
    }
    #expect(bins.contains(try #require(RoleName(delegated: name))))
    for foreign in [
      "bin", "bin-", "bin-\(String(repeating: "f", count: width + 1))", "other-0", "bin-" + name, "bin-G",
      name.uppercased(),
    ] {
      #expect(!bins.contains(try #require(RoleName(delegated: foreign))))
    }
  }

  /// A repository whose only delegation covers what this field says.
  private func repository(_ scope: JSON.Object) throws -> SimulatedRepository {
    var repository = try SimulatedRepository()
    try repository.delegate(to: "A")
    var delegations = try #require(repository.parts["targets"]?["delegations"]?.objectValue)
    var entry = try #require(delegations["roles"]?.arrayValue?.first?.objectValue)
    entry["paths"] = nil
    for member in scope.members { entry.set(member.key, member.value) }
    delegations["roles"] = [.object(entry)]
    repository.set("targets", "delegations", .object(delegations))
    try repository.publishNext()
    return repository
  }

  @Test(
    "prefixes are lower-case hexadecimal and never empty, and stand alone",
    arguments: [
      ["path_hash_prefixes": [""]], ["path_hash_prefixes": ["A"]], ["path_hash_prefixes": ["0g"]],
      ["path_hash_prefixes": ["ab", ""]], ["path_hash_prefixes": ["q83v"]], ["path_hash_prefixes": [0]],
      ["path_hash_prefixes": "ab"], ["path_hash_prefixes": [.string(String(repeating: "0", count: 65))]],
      ["path_hash_prefixes": ["ab"], "paths": ["*"]], [:],
    ] as [JSON.Object])
  func refusedPrefixes(scope: JSON.Object) throws {
    let repository = try repository(scope)
    var client = try TestClient(repository)
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    #expect(error?.kind == .malformed)
  }

  @Test func `an empty list of prefixes or paths covers nothing`() throws {
    for field in ["path_hash_prefixes", "paths"] {
      let repository = try repository([field: []])
      var client = try TestClient(repository)
      try client.refresh(repository)
      #expect(try client.find("file", in: repository) == nil)
      #expect(client.requests.isEmpty)
    }
  }

  @Test(
    "bins without bits, or with too many, are refused",
    arguments: [0, -1, 33, .integer(.max), "8", nil] as [JSON])
  func bits(value: JSON) throws {
    var repository = try SimulatedRepository()
    repository.set(
      "targets", "delegations",
      [
        "keys": [:],
        "succinct_roles": ["keyids": [], "threshold": 1, "bit_length": value, "name_prefix": "bin"],
      ])
    try repository.publishNext()
    var client = try TestClient(repository)
    let error = #expect(throws: TUFError.self) { try client.refresh(repository) }
    #expect(error?.kind == .malformed)
  }
}
