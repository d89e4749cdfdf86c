import Platform
import Releases
import Signing
import StrictJSON
import SystemPackage
import TUF
import TestSupport
import Testing

@testable import Publishing

/// Three people who each hold one key of the channel stable, and no workspace.
struct Apart {
  let desk: Desk
  let people: [Signer]
  /// What waits for promotion.
  let release: PublishedRelease

  /// A workspace whose channel stable takes `threshold` of three keys that are not on its machine, with a release that
  /// waits for promotion.
  init(threshold: Int = 3, permissions: String = "{}") throws {
    desk = try Desk.ready()
    people = try (0..<3).map { _ in Signer(try SecretKey.generate()) }
    for name in ["anna", "bert", "cara"] { desk.keys.lose(name) }
    let keys = zip(["anna", "bert", "cara"], people).map { NamedKey(name: $0.0, key: $0.1.publicKey) }
    var request = try desk.publisher().request(
      .change(roles: ["stable"], adding: keys, removing: ["stable"], threshold: threshold))
    for name in ["root-a", "root-b"] {
      request = try request.signed(by: #require(try desk.keys.signer(named: name))).request
    }
    for signer in people { request = try request.signed(by: signer).request }
    _ = try desk.publisher().publish(request)
    release = try desk.publish("1.0.0", permissions: permissions)
    try desk.attest(release)
  }

  /// The request for the promotion of what waits.
  func promotion(approving topics: Set<ChannelPolicy.Topic> = []) throws -> SigningRequest {
    let publisher = try desk.publisher()
    return try publisher.request(
      publisher.planPromotion(
        of: desk.plugin, version: nil, to: try ChannelName(Desk.stable), approving: topics))
  }

  /// A request as it arrives after it travelled in a file.
  static func travelled(_ request: SigningRequest) throws -> SigningRequest {
    try SigningRequest(json: request.encoded())
  }

  func offer() async throws -> String? {
    try await RepositoryReader(desk).offer(in: Desk.stable, at: desk.clock.now().seconds)?.version
  }
}

@Suite("Signatures of people who are apart")
struct SigningRequestTests {
  static let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]

  @Test(arguments: orders)
  func `three people sign one promotion in any order`(order: [Int]) async throws {
    let apart = try Apart()
    var request = try Apart.travelled(apart.promotion())
    for (count, person) in order.enumerated() {
      let error = #expect(throws: PublishingError.self) { try apart.desk.publisher().publish(request) }
      guard case .signaturesMissing(let missing)? = error else { throw try #require(error) }
      #expect(missing.map(\.have) == [count] && missing.map(\.needed) == [3])
      #expect(missing[0].missing.count == 3 - count)
      let signed = try request.signed(by: apart.people[person])
      #expect(signed.roles.map(\.text) == ["stable"])
      request = try Apart.travelled(signed.request)
    }
    #expect(try await apart.offer() == nil)
    let published = try apart.desk.publisher().publish(request)
    #expect(published.roles.map(\.text) == ["stable", "snapshot", "timestamp"])
    #expect(try await apart.offer() == "1.0.0")
    #expect(throws: PublishingError.requestPublished) { try apart.desk.publisher().publish(request) }
  }

  @Test(arguments: orders)
  func `three copies that were signed apart are one request again`(order: [Int]) async throws {
    let apart = try Apart()
    let request = try apart.promotion()
    let copies = try apart.people.map { try Apart.travelled(request.signed(by: $0).request) }
    var merged = copies[order[0]]
    for place in order.dropFirst() { merged = try merged.merging(copies[place]) }
    #expect(try merged.merging(copies[order[0]]).encoded() == merged.encoded(), "once more changes nothing")
    _ = try apart.desk.publisher().publish(merged)
    #expect(try await apart.offer() == "1.0.0")
  }

  @Test func `two of three are enough where two are asked for`() async throws {
    let apart = try Apart(threshold: 2)
    let one = try apart.promotion().signed(by: apart.people[2]).request
    #expect(try one.signed(by: apart.people[2]).request.parts[0].signatures.count == 1, "a key counts once")
    #expect(throws: PublishingError.self) { try apart.desk.publisher().publish(one) }
    _ = try apart.desk.publisher().publish(one.signed(by: apart.people[0]).request)
    #expect(try await apart.offer() == "1.0.0")
  }

  @Test func `a key that is not asked cannot sign, and a forged signature counts for nothing`() throws {
    let apart = try Apart(threshold: 2)
    var request = try apart.promotion().signed(by: apart.people[0]).request
    let stranger = Signer(try SecretKey.generate())
    #expect(throws: PublishingError.keyNotAsked(key: stranger.publicKey.base64)) { try request.signed(by: stranger) }
    let good = request.parts[0].signatures[0]
    let other = MetadataKey(apart.people[1].publicKey).keyID
    request.parts[0].signatures += [
      MetadataSignature(keyID: other, hex: good.hex), good, MetadataSignature(keyID: "nobody", hex: "00"),
    ]
    let review = try SigningReview(request)
    #expect(!review.isComplete && review.roles[0].signatures == [good])
    #expect(throws: PublishingError.self) { try apart.desk.publisher().publish(request) }
  }

  @Test func `a request whose repository moved on is refused with what to do`() async throws {
    let apart = try Apart(threshold: 1)
    let stale = try apart.promotion().signed(by: apart.people[0]).request
    apart.desk.clock.advance(by: .seconds(1))
    _ = try apart.desk.publisher().publish(apart.promotion().signed(by: apart.people[1]).request)
    try apart.desk.attest(apart.desk.publish("1.1.0"))
    let error = #expect(throws: PublishingError.requestStale(role: "stable", requested: 2, current: 3)) {
      try apart.desk.publisher().publish(stale)
    }
    #expect(error?.help?.contains("make the request again") == true)
    // The same holds where only the right to sign changed.
    let other = try apart.promotion().signed(by: apart.people[0]).request
    _ = try apart.desk.publisher().publish(.renew(["targets"]))
    #expect(throws: PublishingError.requestStale(role: "targets", requested: 2, current: 3)) {
      try apart.desk.publisher().publish(other)
    }
    // What does not matter to the request does not make it stale.
    let fresh = try apart.promotion().signed(by: apart.people[0]).request
    _ = try apart.desk.publisher().renew(force: true)
    _ = try apart.desk.publisher().publish(fresh)
    #expect(try await apart.offer() == "1.1.0")
  }

  @Test func `the policy is asked again when a request is published`() throws {
    let apart = try Apart(threshold: 1)
    let request = try apart.promotion().signed(by: apart.people[0]).request
    try apart.desk.attest(apart.release, .fail)
    #expect(throws: PublishingError.self, "a verdict that came in between counts") {
      try apart.desk.publisher().publish(request)
    }
  }

  @Test func `approvals are given when it is published, not in the file`() async throws {
    let apart = try Apart(threshold: 1)
    _ = try apart.desk.publisher().publish(apart.promotion().signed(by: apart.people[0]).request)
    try apart.desk.attest(
      apart.desk.publish("1.1.0", permissions: #"{"net": {"allow": ["time.example.org:443"]}}"#))
    #expect(throws: PublishingError.self) { try apart.promotion() }
    let request = try apart.promotion(approving: [.permissionWidening]).signed(by: apart.people[0]).request
    let widening = try SigningReview(request).changes.filter { $0.kind == .widening }
    #expect(widening.map(\.sentence) == ["io.github.acme/time 1.1.0 may now connect to time.example.org"])
    #expect(throws: PublishingError.self) { try apart.desk.publisher().publish(request) }
    _ = try apart.desk.publisher().publish(request, approving: [.permissionWidening])
    #expect(try await apart.offer() == "1.1.0")
  }

  @Test func `a yank of all channels is one request`() async throws {
    let apart = try Apart(threshold: 1)
    _ = try apart.desk.publisher().publish(apart.promotion().signed(by: apart.people[0]).request)
    try apart.desk.attest(apart.desk.publish("1.1.0"))
    _ = try apart.desk.publisher().publish(apart.promotion().signed(by: apart.people[0]).request)
    var request = try apart.desk.publisher().requestYank(
      apart.desk.plugin, version: try ReleaseVersion("1.1.0"), reason: "loses data")
    let review = try SigningReview(request)
    #expect(review.roles.map(\.payload.role.text) == ["canary", "stable"])
    #expect(review.changes.filter { $0.kind == .yank }.allSatisfy { $0.sentence.hasSuffix("loses data") })
    #expect(review.changes.contains { $0.sentence.contains("stable would offer io.github.acme/time 1.0.0 instead of") })
    request = try request.signed(by: apart.people[0]).request
    request = try request.signed(by: #require(try apart.desk.keys.signer(named: "canary"))).request
    _ = try apart.desk.publisher().publish(request)
    #expect(try await apart.offer() == "1.0.0")
  }

  @Test func `a withdrawal cannot carry in what nobody observed`() throws {
    let apart = try Apart(threshold: 1)
    _ = try apart.desk.publisher().publish(apart.promotion().signed(by: apart.people[0]).request)
    try apart.desk.publish("1.1.0")
    let state = try apart.desk.publisher().repository.state()
    let publisher = try apart.desk.publisher()
    let canary = try #require(
      try publisher.manifest(of: apart.desk.plugin, in: ChannelName(Desk.canary), state: state))
    let stable = try #require(
      try publisher.manifest(of: apart.desk.plugin, in: ChannelName(Desk.stable), state: state))
    var draft = PublicationDraft(try publisher.writer(state))
    let manifest = try ChannelManifest(
      plugin: stable.plugin, channel: stable.channel, sequence: stable.sequence + 1, version: canary.version,
      published: stable.published, bundles: canary.bundles,
      yanked: [YankedRelease(version: stable.version, reason: "old")])
    try publisher.add(manifest, to: &draft, state: state)
    let request = try publisher.request(draft, over: state).signed(by: apart.people[0]).request
    let error = #expect(throws: PublishingError.self) { try publisher.publish(request) }
    guard case .policyRefuses? = error else { throw try #require(error) }
  }
}
