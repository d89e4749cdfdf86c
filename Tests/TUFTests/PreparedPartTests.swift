import Signing
import StrictJSON
import TUF
import Testing

/// What was written down for signers who are apart is published later, to the byte.
@Suite("Prepared parts")
struct PreparedPartTests {
  private let publisher: TestPublisher
  private let first: Publication

  init() throws {
    publisher = try TestPublisher()
    first = try publisher.newRepository()
  }

  /// The payloads of one new target in the stable role, as they were written down today.
  private func payloads() throws -> [SigningPayload] {
    var writer = publisher.writer(first.state)
    try writer.add(NewTarget(path: "plugins/a/b/stable.json", bytes: [1]), to: stableRole)
    return try writer.payloads()
  }

  @Test func `a part that was signed yesterday is published today as it is`() throws {
    let payload = try #require(try payloads().first)
    let signatures = try publisher.stable.prefix(2).flatMap { try payload.signatures(by: $0) }
    #expect(payload.isComplete(with: signatures) && !payload.isComplete(with: Array(signatures.prefix(1))))
    var writer = publisher.writer(first.state, after: 86_400)
    try writer.adopt(payload.signed, as: stableRole)
    #expect(try writer.payloads().map(\.bytes) == [payload.bytes])
    #expect(throws: TUFError.self) { try writer.publish(signedBy: [publisher.online]) }
    let second = try writer.publish(signedBy: [publisher.online], adding: [stableRole: signatures])
    #expect(second.signedRoles == [stableRole, .snapshot, .timestamp])
    let file = try JSON.parse(second.state.files["2.stable.json"] ?? [])
    #expect(file["signed"] == .object(payload.signed))
    #expect(payload.expires == publisher.now.advanced(bySeconds: 90 * RoleLifetimes.day))
    var client = TestClient(root: first.state.roots[0])
    try refresh(&client, second.state, at: publisher.now.advanced(bySeconds: 86_400))
  }

  @Test func `a part for a version that is taken is refused`() throws {
    let payload = try #require(try payloads().first)
    var other = publisher.writer(first.state)
    try other.add(NewTarget(path: "plugins/c/d/stable.json", bytes: [2]), to: stableRole)
    let second = try other.publish(signedBy: publisher.everybody)
    var writer = publisher.writer(second.state)
    #expect(throws: TUFError.wrongVersion(role: stableRole, expected: 3, offered: 2)) {
      try writer.adopt(payload.signed, as: stableRole)
    }
  }

  @Test func `an expired part never becomes visible`() throws {
    let payload = try #require(try payloads().first)
    let signatures = try publisher.stable.flatMap { try payload.signatures(by: $0) }
    var writer = publisher.writer(first.state, after: 91 * RoleLifetimes.day)
    writer.renewOnlineRoles()
    try writer.adopt(payload.signed, as: stableRole)
    let error = #expect(throws: TUFError.self) {
      try writer.publish(signedBy: publisher.everybody, adding: [stableRole: signatures])
    }
    guard case .refusedByClient(let reason)? = error else { throw try #require(error) }
    #expect(reason.kind == .expired)
  }

  @Test func `online roles, foreign shapes and paths that are not plain are refused`() throws {
    var writer = publisher.writer(first.state)
    let snapshot = try JSON.parse(first.state.files["1.snapshot.json"] ?? [])["signed"]?.objectValue ?? [:]
    for role in [RoleName.snapshot, .timestamp] {
      #expect(throws: TUFError.self) { try writer.adopt(snapshot, as: role) }
    }
    #expect(throws: TUFError.self) { try writer.adopt(snapshot, as: stableRole) }
    #expect(throws: TUFError.self) { try writer.adopt([:], as: .root) }
    var signed = try #require(try payloads().first).signed
    let entry = signed["targets"]?["plugins/a/b/stable.json"] ?? .null
    for path in ["../x", "/etc/passwd", "a//b", "a\u{0}b", "plugins/a/../stable.json"] {
      signed["targets"] = .object(JSON.Object([(path, entry)]))
      #expect(throws: TUFError.self, "\(path)") { try writer.adopt(signed, as: stableRole) }
    }
  }

  @Test func `a later edit discards a prepared part`() throws {
    let payload = try #require(try payloads().first)
    var writer = publisher.writer(first.state, after: 60)
    try writer.adopt(payload.signed, as: stableRole)
    try writer.add(NewTarget(path: "plugins/c/d/stable.json", bytes: [2]), to: stableRole)
    let edited = try #require(try writer.payloads().first)
    #expect(edited.bytes != payload.bytes)
    #expect(edited.expires == publisher.now.advanced(bySeconds: 60 + 90 * RoleLifetimes.day))
  }

  @Test func `only good signatures of listed keys count, each key once`() throws {
    let payload = try #require(try payloads().first)
    let good = try payload.signatures(by: publisher.stable[0])
    let stranger = try TestKey.ed25519()
    #expect(try payload.signatures(by: stranger).isEmpty)
    let forged = MetadataSignature(keyID: publisher.stable[1].key.keyID, hex: good[0].hex)
    let noise = MetadataSignature(keyID: "x", hex: "zz")
    #expect(payload.valid(good + good + [forged, noise]) == good)
    #expect(!payload.isComplete(with: good + good + [forged]))
    #expect(payload.signed(of: payload.authorities[0], by: good).map(\.keyID) == good.map(\.keyID))
  }

  @Test func `a more special delegation can be asked first`() throws {
    var writer = publisher.writer(first.state)
    let acme = try TestKey.ed25519()
    try writer.delegate(
      DelegationPlan(
        role: "acme", authority: Authority(keys: [acme.key], threshold: 1), paths: ["plugins/acme/*/*/*"]),
      first: true)
    let role = try #require(RoleName(delegated: "acme"))
    try writer.add(NewTarget(path: "plugins/acme/b/1.0/b.tar.zst", bytes: [1]), to: role)
    let second = try writer.publish(signedBy: publisher.everybody + [acme])
    #expect(second.state.targetsRoles == [.targets, role, bundlesRole, stableRole])
    // Behind the role with the general pattern nobody would find it.
    var behind = publisher.writer(first.state)
    try behind.delegate(
      DelegationPlan(
        role: "acme", authority: Authority(keys: [acme.key], threshold: 1), paths: ["plugins/acme/*/*/*"]))
    try behind.add(NewTarget(path: "plugins/acme/b/1.0/b.tar.zst", bytes: [1]), to: role)
    #expect(throws: TUFError.unreachableTarget(path: "plugins/acme/b/1.0/b.tar.zst", role: role)) {
      try behind.publish(signedBy: publisher.everybody + [acme])
    }
  }
}
