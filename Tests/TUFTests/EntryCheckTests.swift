import StrictJSON
import Testing

@testable import TUF

/// The checks that look at entries where they stand must never accept what decoding refuses.
@Suite("Checks in place against decoding")
struct EntryCheckTests {
  private static let digest = String(repeating: "0123456789abcdef", count: 4)

  /// Values that a field may be replaced with.
  private static let values: [JSON] = [
    nil, true, false, 0, 1, -1, .integer(1 << 53), .integer((1 << 53) + 1), .integer(.max), .number("1.5"),
    .number("92233720368547758070"), "", "a", "x\u{0}", "é", "targets", "root", "a/*", "[a]", "a\\b", "..",
    .string(String(repeating: "n", count: 300)), .string(digest), .string(digest.uppercased()),
    .string(String(digest.dropLast())), .string(digest + "0"), .string(digest + digest), [], [1], ["a"], ["k1", "k1"],
    ["k2", "k1"], ["k1", "k2"], ["unknown"], [:], ["sha256": .string(digest)], ["sha256": 1], ["md5": "x"],
    ["sha256": .string(digest), "sha512": .string(digest + digest)], ["sha512": .string(digest)], ["public": "x"],
    ["public": 1],
  ]
  private static let fields = [
    "length", "hashes", "version", "custom", "name", "keyids", "threshold", "terminating", "paths",
    "path_hash_prefixes", "keytype", "scheme", "keyval", "x",
  ]

  /// Entries with up to two fields replaced, removed or added.
  private func variants(of entry: JSON.Object) -> [JSON] {
    var found: [JSON] = [.object(entry)] + Self.values
    for field in Self.fields {
      for value in Self.values + [JSON?.none] {
        var changed = entry
        changed[field] = value
        found.append(.object(changed))
        for other in entry.keys where other != field {
          var again = changed
          again.remove(other)
          found.append(.object(again))
        }
      }
    }
    return found
  }

  private func member(_ value: JSON) throws -> JSONObjectView {
    try #require(try JSONDocument(JSON.object(["entry": value]).serialized()).root.objectValue)
  }

  private func passes(
    _ value: JSON, _ check: (JSONCursor, Span<JSONNode>, Span<UInt8>) -> Bool
  ) throws -> Bool {
    var failing = 0
    try member(value).forEachMember(failing: check) { _ in failing += 1 }
    return failing == 0
  }

  @Test func `targets`() throws {
    let check = EntryCheck()
    let entry: JSON.Object = ["hashes": ["sha256": .string(Self.digest)], "length": 1]
    var accepted = 0
    for variant in variants(of: entry) where try passes(variant, { check.isTarget($0, $1, $2) }) {
      accepted += 1
      let value = try #require(try member(variant)["entry"])
      #expect(throws: Never.self, "\(variant)") { try TargetInfo(path: "p", value: value, role: .targets) }
    }
    #expect(accepted > 100)
  }

  @Test func `entries of the snapshot role`() throws {
    let check = EntryCheck()
    for entry in [
      ["version": 3], ["hashes": ["sha512": .string(Self.digest + Self.digest)], "length": 9, "version": 3],
    ] as [JSON.Object] {
      var accepted = 0
      for variant in variants(of: entry) where try passes(variant, { check.isReference($0, $1, $2) }) {
        accepted += 1
        #expect(throws: Never.self, "\(variant)") {
          try FileReference(Shape(variant, of: .snapshot, at: "signed.meta.entry"))
        }
      }
      #expect(accepted > 100)
    }
  }

  @Test func `keys`() throws {
    let check = DelegationCheck()
    let entry: JSON.Object = ["keytype": "a", "keyval": ["public": "b"], "scheme": "c"]
    var accepted = 0
    for variant in variants(of: entry) where try passes(variant, { check.isKey($0, $1, $2) }) {
      accepted += 1
      #expect(throws: Never.self, "\(variant)") { try MetadataKey(json: variant, role: .targets) }
    }
    #expect(accepted > 100)
  }

  @Test func `delegated roles`() throws {
    let key: JSON = ["keytype": "a", "keyval": ["public": "b"], "scheme": "c"]
    let entry: JSON.Object = [
      "keyids": ["k1", "k2"], "name": "b", "paths": ["a/*", "b/?.c"], "terminating": true, "threshold": 2,
    ]
    let other: JSON.Object = ["keyids": ["k1"], "name": "b", "paths": ["z"], "terminating": false, "threshold": 1]
    var accepted = 0
    for variant in variants(of: entry) {
      for name in ["a", "b", "c"] {
        var neighbour = other
        neighbour["name"] = .string(name)
        let list: JSON = ["keys": ["k1": key, "k2": key], "roles": [variant, .object(neighbour)]]
        let shape = try Shape(list, of: .targets, at: "signed.delegations")
        let keys = try Keyring(shape.shape("keys"))
        guard DelegationCheck().areRoles(shape.object["roles"], keys: keys) else { continue }
        accepted += 1
        #expect(throws: Never.self, "\(list)") { try Delegations(shape, keys: keys) }
      }
    }
    #expect(accepted > 20)
  }

  @Test func `a search in place asks the same roles as one in decoded delegations`() throws {
    let key: JSON = ["keytype": "a", "keyval": ["public": "b"], "scheme": "c"]
    let patterns = ["a/*", "*", "a/b", "a/b/*", "?/b", "a/b?", "b/*", "*/b", "a", "a/b/c", "A/b", "é/*"]
    for ascending in [true, false] {
      let roles: [JSON] = patterns.enumerated().map { place, pattern in
        [
          "keyids": ["k1"], "name": .string("role\(ascending ? 10 + place : 90 - place)"), "paths": [.string(pattern)],
          "terminating": false, "threshold": 1,
        ]
      }
      let shape = try Shape(["keys": ["k1": key], "roles": .array(roles)], of: .targets, at: "signed.delegations")
      let list = try DelegationList(shape)
      let decoded = try Delegations(shape, keys: Keyring(shape.shape("keys")))
      #expect(list.all == decoded)
      for path in ["a/b", "a/b/c", "a", "b", "a/bc", "c/b", "A/b", "é/x", "", "/", "a/"] {
        #expect(list.steps(covering: path).map(\.role) == decoded.steps(covering: path).map(\.role), "\(path)")
      }
    }
  }
}
