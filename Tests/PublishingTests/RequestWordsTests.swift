import Releases
import Signing
import StrictJSON
import TUF
import TestSupport
import Testing

@testable import Publishing

/// What a person reads before he signs, for each thing that can change.
@Suite("A request in words")
struct RequestWordsTests {
  private let desk: Desk
  private let key: NamedKey

  init() throws {
    desk = try Desk.ready()
    key = NamedKey(name: "anna", key: try #require(try desk.keys.signer(named: "anna")).publicKey)
  }

  private func changes(_ edit: RoleEdit) throws -> [RequestChange] {
    try SigningReview(SigningRequest(json: desk.publisher().request(edit).encoded())).changes
  }

  private var label: String { "\(MetadataKey(key.key).keyID.prefix(16)) (called anna)" }

  @Test func `keys that come and go are named with their ids, thresholds with both numbers`() throws {
    let old = try #require(try desk.publisher().roles().first { $0.role.text == "stable" }?.keys.first)
    let found = try changes(.change(roles: ["stable"], adding: [key], removing: ["stable"], threshold: nil))
    #expect(
      found.filter { $0.kind == .key }.map(\.sentence) == [
        "the key \(label) would count for stable",
        "the key \(old.id.prefix(16)) (called stable) would count for stable no longer",
      ])
    let root = try changes(.change(roles: ["root", "timestamp"], adding: [key], removing: [], threshold: 1))
    #expect(root.contains(RequestChange(.key, "the key \(label) would count for root")))
    #expect(
      root.contains(RequestChange(.threshold, "root, fewer keys have to sign: 1 of 3 instead of 2 of 2")))
    #expect(
      root.contains(RequestChange(.threshold, "timestamp, keys that have to sign: 1 of 2 instead of 1 of 1")))
  }

  @Test func `a role that is only renewed says so`() throws {
    #expect(
      try changes(.renew(["stable"])).map(\.sentence) == [
        "stable says what it said before, and lives until 2027-02-21T05:00:00Z"
      ])
  }

  @Test func `a delegation is named with its paths and its place`() throws {
    let found = try changes(
      .delegate(NewDelegation(role: "acme", paths: ["plugins/org.acme/*/*/*", "plugins/org.acme/*/*"], keys: [key])))
    #expect(
      found.first?.sentence
        == "a new role acme would be believed for plugins/org.acme/*/*/*, plugins/org.acme/*/*, signed by 1 of \(label)"
        + "; nobody else is asked for these paths")
    _ = try desk.publisher().publish(
      .delegate(NewDelegation(role: "acme", paths: ["plugins/org.acme/*/*/*"], keys: [key])))
    #expect(
      try changes(.revoke(["acme"])).map(\.sentence) == [
        "the role acme would be believed no longer for plugins/org.acme/*/*/*"
      ])
  }

  /// Requests that our commands never write are described all the same.
  private func changes(of edit: (inout JSON.Object) throws -> Void) throws -> [String] {
    let state = try desk.publisher().repository.state()
    var signed = try SignedEnvelope(try #require(state.bytes(of: .targets)), role: .targets).signed
    try edit(&signed)
    signed["version"] = 2
    let request = SigningRequest(
      parts: [SigningRequest.Part(role: .targets, signed: signed, signatures: [])],
      metadata: state.files.mapValues { String(decoding: $0, as: UTF8.self) }, manifests: [], bundles: [], keys: [:],
      policies: [:])
    return try SigningReview(SigningRequest(json: request.encoded())).changes.map(\.sentence)
  }

  @Test func `another order, other paths and the end of a search are not passed over`() throws {
    let reordered = try changes { signed in
      var delegations = try #require(signed["delegations"]?.objectValue)
      delegations["roles"] = .array((delegations["roles"]?.arrayValue ?? []).reversed())
      signed["delegations"] = .object(delegations)
    }
    #expect(reordered == ["roles would be asked in another order: bundles, stable, canary"])
    let wider = try changes { signed in
      var delegations = try #require(signed["delegations"]?.objectValue)
      var roles = delegations["roles"]?.arrayValue ?? []
      var role = try #require(roles[0].objectValue)
      role["paths"] = ["plugins/*/*/*.json"]
      role["terminating"] = false
      roles[0] = .object(role)
      delegations["roles"] = .array(roles)
      signed["delegations"] = .object(delegations)
    }
    #expect(
      wider == [
        "canary would be believed for plugins/*/*/*.json instead of plugins/*/*/canary.json",
        "after canary, others are asked for its paths",
      ])
  }

  @Test func `files and unknown members are shown, and a role's custom members too`() throws {
    let digest = SHA256Digest.of([1])
    let sentences = try changes { signed in
      signed["x-note"] = "hidden"
      signed["targets"] = ["installer": ["length": 5, "hashes": ["sha256": .string(digest.hex)], "custom": ["a": 1]]]
      var delegations = try #require(signed["delegations"]?.objectValue)
      var roles = delegations["roles"]?.arrayValue ?? []
      var role = try #require(roles[0].objectValue)
      role["x-role"] = true
      roles[0] = .object(role)
      delegations["roles"] = .array(roles)
      signed["delegations"] = .object(delegations)
    }
    #expect(
      sentences == [
        "targets would say of installer that it has the custom data {\"a\":1}",
        "targets would vouch for installer, 5 bytes, sha256 \(digest.hex) (its last six: \(digest.lastSix))",
        "the member x-note of targets would be \"hidden\"",
        "the member x-role of canary in targets would be true",
      ])
  }

  @Test func `a new release is named with version, size, digest and all that it may do`() throws {
    let permissions = #"{"net": {"allow": ["time.example.org:443"]}, "write": ["@state"]}"#
    let release = try desk.publish("1.0.0", permissions: permissions)
    try desk.attest(release)
    let publisher = try desk.publisher()
    let request = try publisher.request(
      publisher.planPromotion(of: desk.plugin, version: nil, to: try ChannelName(Desk.stable)))
    let review = try SigningReview(request)
    let bundle = release.bundles[0]
    #expect(
      review.changes.prefix(2).map(\.sentence) == [
        "stable would offer io.github.acme/time 1.0.0, sequence 1",
        "io.github.acme/time 1.0.0 for any: \(bundle.length) bytes, sha256 \(bundle.sha256.hex) (its last six: "
          + "\(bundle.sha256.lastSix))",
      ])
    let widening = review.changes.filter { $0.kind == .widening }.map(\.sentence)
    #expect(widening.contains("io.github.acme/time 1.0.0 may now connect to time.example.org"))
    #expect(widening.count == 2)
    #expect(review.digest == review.roles[0].payload.digest, "one role: the digest of its canonical form")
  }
}
