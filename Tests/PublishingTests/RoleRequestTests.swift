import Platform
import Releases
import Signing
import SystemPackage
import TUF
import TestSupport
import Testing

@testable import Publishing

/// Edits of roles whose keys are nowhere near the workspace.
@Suite("Changing roles with keys that are elsewhere")
struct RoleRequestTests {
  private let desk: Desk
  private let old: [Signer]
  private let new: [Signer]

  init() throws {
    let desk = try Desk.ready()
    self.desk = desk
    old = try ["root-a", "root-b"].compactMap { try desk.keys.signer(named: $0) }
    new = try (0..<2).map { _ in Signer(try SecretKey.generate()) }
    for name in ["root-a", "root-b", "root-c", "root-d", "acme", "edge"] { desk.keys.lose(name) }
  }

  private func named(_ name: String, _ signer: Signer) -> NamedKey { NamedKey(name: name, key: signer.publicKey) }

  private func signed(_ request: SigningRequest, by signers: [Signer]) throws -> SigningRequest {
    var request = request
    for signer in signers { request = try SigningRequest(json: request.signed(by: signer).request.encoded()) }
    return request
  }

  private func missing(_ request: SigningRequest) -> [MissingSignatures] {
    do {
      _ = try desk.publisher().publish(request)
    } catch PublishingError.signaturesMissing(let missing) {
      return missing
    } catch {
      Issue.record("\(error)")
    }
    return []
  }

  @Test func `a new root waits for the old keys and the new ones`() async throws {
    try desk.publish("1.0.0")
    let (reader, store) = (RepositoryReader(desk), MemoryStore())
    let now = desk.clock.now().seconds
    _ = try await reader.offer(in: Desk.canary, at: now, keeping: store)
    let request = try desk.publisher().request(
      .change(
        roles: ["root", "targets"], adding: [named("root-c", new[0]), named("root-d", new[1])],
        removing: ["root-a", "root-b"], threshold: 2))
    #expect(throws: TUFError.self, "the keys are not here") {
      try desk.publisher().publish(
        .change(roles: ["root"], adding: [named("root-c", new[0])], removing: [], threshold: nil))
    }
    #expect(try missing(signed(request, by: new)).map(\.role) == ["root (by the present keys)"])
    #expect(try missing(signed(request, by: old)).map(\.role) == ["root", "targets"])
    #expect(try missing(signed(request, by: [new[0], old[0], old[1]])).map(\.have) == [1, 1])
    let published = try desk.publisher().publish(signed(request, by: [new[1], old[0], new[0], old[1]]))
    #expect(published.roles == [.root, .targets, .snapshot, .timestamp])
    #expect(try desk.workspace().settings.root.keys == ["root-c", "root-d"])
    #expect(try desk.workspace().publicKey(named: "root-c").bytes == new[0].publicKey.bytes)
    #expect(try desk.publisher().sync().isEmpty)
    #expect(try await reader.offer(in: Desk.canary, at: now, keeping: store) != nil)
    #expect(try await reader.offer(in: Desk.canary, at: now) != nil)
    // From here on the old keys are not even asked.
    let next = try desk.publisher().request(.renew(["root"]))
    #expect(throws: PublishingError.self) { try next.signed(by: old[0]) }
    #expect(try SigningReview(next).roles[0].needs.count == 1, "a root whose keys stay has one authority")
    _ = try desk.publisher().publish(signed(next, by: new))
  }

  @Test func `another author signs his own empty role, and a new channel comes with its policy`() async throws {
    let acme = NewDelegation(role: "acme", paths: ["plugins/org.acme/*/*/*"], keys: [named("acme", new[0])])
    let first = try desk.publisher().request(.delegate(acme))
    #expect(try SigningReview(first).roles.map(\.payload.role.text) == ["targets", "acme"])
    #expect(try missing(signed(first, by: old)).map(\.role) == ["acme"])
    _ = try desk.publisher().publish(signed(first, by: old + [new[0]]))
    let edge = NewDelegation(
      role: "edge", keys: [named("edge", new[1])], follows: try ChannelName(Desk.canary),
      soak: DurationText(seconds: 3600))
    let second = try desk.publisher().request(.delegate(edge))
    _ = try desk.publisher().publish(signed(second, by: old + [new[1]]))
    let policy = try #require(try desk.workspace().policies.first { $0.channel.text == "edge" }).policy
    #expect(policy.signers == ["edge"] && policy.follows?.text == "canary" && policy.soak.observed.seconds == 3600)
    #expect(try desk.publisher().sync().isEmpty)
    // The channel works: its key holder signs a promotion.
    try desk.attest(desk.publish("1.0.0"))
    let publisher = try desk.publisher()
    let promotion = try publisher.request(
      publisher.planPromotion(of: desk.plugin, version: nil, to: try ChannelName("edge")))
    _ = try desk.publisher().publish(signed(promotion, by: [new[1]]))
    let reader = RepositoryReader(desk)
    #expect(try await reader.offer(in: "edge", at: desk.clock.now().seconds)?.version == "1.0.0")
    // And it ends by a request too.
    _ = try desk.publisher().publish(signed(desk.publisher().request(.revoke(["edge", "acme"])), by: old))
    #expect(try desk.workspace().policies.map(\.channel.text) == ["canary", "stable"])
    #expect(try desk.publisher().roles().map(\.role.text).contains("acme") == false)
  }

  @Test func `a label that belongs to another key of the workspace is refused`() throws {
    let request = try desk.publisher().request(
      .change(roles: ["stable"], adding: [named("edge", new[0])], removing: [], threshold: nil))
    // Meanwhile somebody puts another key of that name into keys/.
    try desk.scratch.write(new[1].publicKey.minisignText, to: "workspace/keys/edge.pub")
    // The role itself is not signed again: what its old key signed is still good.
    let complete = try signed(request, by: old)
    #expect(throws: PublishingError.badKey(name: "edge", reason: "keys/edge.pub is another key already")) {
      try desk.publisher().publish(complete)
    }
    #expect(try desk.publisher().roles().first { $0.role.text == "stable" }?.keys.count == 1)
  }

  @Test func `online roles alone are no matter for a request`() throws {
    #expect(throws: PublishingError.nothingToSign) { try desk.publisher().request(.renew(["timestamp"])) }
  }
}
