import StrictJSON
import TUF
import Testing

/// Every role's keys change while one client is up to date and another has never been there.
@Suite("Rotating keys")
struct RotationTests {
  private static let names = ["root", "timestamp", "snapshot", "targets", "stable"]

  private let publisher: TestPublisher
  private let fresh: [TestKey]

  init() throws {
    publisher = try TestPublisher()
    fresh = try (0..<3).map { _ in try TestKey.ed25519() }
  }

  private func role(_ name: String) -> RoleName { RoleName.topLevel.first { $0.text == name } ?? stableRole }

  /// Sets the keys of any role.
  private func set(_ name: String, _ authority: Authority, in writer: inout RepositoryWriter) throws {
    if name == "stable" {
      try writer.delegate(DelegationPlan(role: name, authority: authority, paths: ["plugins/*/*/stable.json"]))
    } else {
      try writer.setAuthority(of: role(name), to: authority)
    }
  }

  private func authority(_ keys: [TestKey], _ threshold: Int) throws -> Authority {
    try Authority(keys: keys.map(\.key), threshold: threshold)
  }

  /// Publishes and lets an up-to-date client and a newcomer follow.
  private func publish(
    _ writer: RepositoryWriter, _ client: inout TestClient, signedBy keys: [TestKey]
  ) throws -> RepositoryState {
    let publication = try writer.publish(signedBy: keys)
    try refresh(&client, publication.state, at: publisher.now)
    var newcomer = TestClient(root: publication.state.roots[0])
    try refresh(&newcomer, publication.state, at: publisher.now)
    #expect(newcomer.versions == client.versions)
    return publication.state
  }

  @Test(arguments: names)
  func `any role's keys can be replaced, and the old ones are worth nothing afterwards`(name: String) throws {
    let first = try publisher.newRepository().state
    var client = TestClient(root: first.roots[0])
    try refresh(&client, first, at: publisher.now)
    var change = publisher.writer(first)
    try set(name, authority(fresh, 2), in: &change)
    let second = try publish(change, &client, signedBy: publisher.everybody + fresh)
    // The next version of the role takes the new keys, and the old ones do not do any more.
    var next = publisher.writer(second)
    try next.renew(role(name))
    #expect(throws: TUFError.self) { try next.publish(signedBy: publisher.everybody) }
    let third = try publish(next, &client, signedBy: fresh + [publisher.online])
    #expect(third.headers.first { $0.role == role(name) }?.header.version ?? 0 > 1)
  }

  @Test(arguments: names)
  func `a threshold goes from one to two and back`(name: String) throws {
    let first = try publisher.newRepository().state
    var client = TestClient(root: first.roots[0])
    try refresh(&client, first, at: publisher.now)
    var begin = publisher.writer(first)
    try set(name, authority(Array(fresh.prefix(2)), 1), in: &begin)
    let one = try publish(begin, &client, signedBy: publisher.everybody + [fresh[0]])
    var raise = publisher.writer(one)
    try set(name, authority(Array(fresh.prefix(2)), 2), in: &raise)
    // One key alone cannot raise the number of keys that must sign to two.
    #expect(throws: TUFError.self) { try raise.publish(signedBy: publisher.everybody + [fresh[0]]) }
    let two = try publish(raise, &client, signedBy: publisher.everybody + fresh)
    var alone = publisher.writer(two)
    try alone.renew(role(name))
    #expect(throws: TUFError.self) { try alone.publish(signedBy: publisher.everybody + [fresh[0]]) }
    var lower = publisher.writer(two)
    try set(name, authority(Array(fresh.prefix(2)), 1), in: &lower)
    let back = try publish(lower, &client, signedBy: publisher.everybody + fresh)
    var last = publisher.writer(back)
    try last.renew(role(name))
    _ = try publish(last, &client, signedBy: publisher.everybody + [fresh[1]])
  }

  @Test func `a stolen online key's high versions are dropped with the key`() throws {
    let first = try publisher.newRepository().state
    var client = TestClient(root: first.roots[0])
    // The thief publishes a timestamp with an enormous version from his own server.
    var stolen = try SimulatedRepository()
    stolen.files = first.files
    stolen.signers["timestamp"] = [publisher.online]
    stolen.parts["timestamp"] = try JSON.parse(first.files["timestamp.json"] ?? [])["signed"]?.objectValue
    stolen.set("timestamp", "version", 1_000_000)
    try stolen.publishTimestamp()
    try client.refresh(stolen, at: publisher.now)
    #expect(client.versions["timestamp"] == 1_000_000)
    var renewal = publisher.writer(first)
    renewal.renewOnlineRoles()
    let renewed = try renewal.publish(signedBy: [publisher.online]).state
    #expect(throws: TUFError.self, "the thief's version is a floor") {
      try refresh(&client, renewed, at: publisher.now)
    }
    var change = publisher.writer(first)
    for role in [RoleName.timestamp, .snapshot] { try change.setAuthority(of: role, to: authority([fresh[0]], 1)) }
    let second = try change.publish(signedBy: publisher.everybody + fresh).state
    try refresh(&client, second, at: publisher.now)
    #expect(client.versions["timestamp"] == 2)
  }
}
