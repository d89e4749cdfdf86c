import Platform
import Releases
import Signing
import Storage
import Testing

@testable import Updating

@Suite("What a host does about an offer")
struct UpdateDecisionTests {
  private static let start = Instant(seconds: 1_795_410_000)

  private let plugin: PluginName
  private let tree = SHA256Digest.of([1])

  init() throws { plugin = try PluginName("io.github.acme/time") }

  private func manifest(
    _ version: String = "2.0.0", platform: TargetPlatform = .any, paused: Bool = false,
    rollout: RolloutPlan = .everybody, yanked: [YankedRelease] = []
  ) throws -> ChannelManifest {
    let bundle = try BundleOffer(
      platform: platform, path: "plugins/\(plugin)/\(version)/time.tar.zst", length: 1, sha256: .of([2]), tree: tree)
    return try ChannelManifest(
      plugin: plugin, channel: ChannelName("stable"), sequence: 7, version: ReleaseVersion(version),
      published: Timestamp(seconds: 0), bundles: [bundle], rollout: rollout, paused: paused, yanked: yanked)
  }

  private func hold(_ kind: Hold.Kind, _ version: String? = nil, until: Instant? = nil) throws -> Hold {
    Hold(
      plugin: plugin, kind: kind, version: try version.map { try ReleaseVersion($0) }, until: until, reason: "because",
      created: Self.start)
  }

  private func decide(
    _ manifest: ChannelManifest, current: String? = "1.0.0", currentTree: SHA256Digest? = nil, holds: [Hold] = [],
    platform: TargetPlatform = .current
  ) throws -> UpdateDecision {
    UpdateFacts(
      plugin: plugin, currentTree: current == nil ? nil : TreeName(currentTree ?? .of([0])),
      currentVersion: try current.map { try ReleaseVersion($0) }, manifest: manifest, holds: holds,
      hostID: "00000000000000000000000000000000", platform: platform
    ).decision
  }

  @Test func `takes a newer release, and an older one that the publisher went back to`() throws {
    #expect(try decide(manifest()) == .available)
    #expect(try decide(manifest("0.9.0")) == .available)
    #expect(try decide(manifest(), current: nil) == .available)
  }

  @Test func `does nothing when it runs what is offered, and looks at the content, not the name`() throws {
    #expect(try decide(manifest("1.0.0"), currentTree: tree) == .nothingNew)
    #expect(try decide(manifest("1.0.0")) == .available, "the same version with another tree is another release")
  }

  @Test func `stays where the user said so`() throws {
    #expect(try decide(manifest(), holds: [hold(.hold)]) == .held(reason: "because", until: nil))
    #expect(try decide(manifest(), holds: [hold(.hold, "2.0.0")]) == .held(reason: "because", until: nil))
    #expect(try decide(manifest(), holds: [hold(.hold, "1.9.0")]) == .available)
    #expect(
      try decide(manifest(), holds: [hold(.hold, until: Instant(seconds: 0))])
        == .held(reason: "because", until: "1970-01-01T00:00:00Z"))
    #expect(try decide(manifest(), holds: [hold(.skip, "2.0.0")]) == .skipped(reason: "because"))
    #expect(try decide(manifest(), holds: [hold(.skip, "1.9.0")]) == .available)
    #expect(
      try decide(manifest(), holds: [hold(.pin, "1.0.0")]) == .held(reason: "pinned to 1.0.0: because", until: nil))
    #expect(try decide(manifest(), holds: [hold(.pin, "2.0.0")]) == .available)
  }

  @Test func `waits where the publisher said so`() throws {
    #expect(try decide(manifest(paused: true)) == .paused)
    #expect(try decide(manifest(rollout: RolloutPlan(percent: 0, salt: "s"))) == .notYet(percent: 0))
    #expect(try decide(manifest(rollout: RolloutPlan(percent: 100, salt: "s"))) == .available)
    #expect(try decide(manifest(rollout: RolloutPlan(percent: -3, salt: "s"))) == .notYet(percent: 0))
    let yank = try YankedRelease(version: ReleaseVersion("2.0.0"), reason: "it eats data")
    #expect(
      try decide(manifest(yanked: [yank])) == .skipped(reason: "withdrawn by its publisher: it eats data"))
  }

  @Test func `takes only what runs here`() throws {
    let other: TargetPlatform = try .init(
      TargetPlatform.current.text == "linux-x86_64" ? "linux-aarch64" : "linux-x86_64")
    #expect(try decide(manifest(platform: other)) == .noBundle(offered: [other.text]))
  }

  @Test func `says each decision in one word and one sentence`() throws {
    let all: [UpdateDecision] = [
      .nothingNew, .available, .held(reason: "r", until: nil), .skipped(reason: "r"), .paused, .notYet(percent: 5),
      .noBundle(offered: ["any"]),
    ]
    #expect(Set(all.map(\.word)).count == all.count)
    #expect(all.allSatisfy { !$0.sentence.isEmpty && !$0.word.contains(" ") })
  }
}
