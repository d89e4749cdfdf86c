import Releases
import Signing
import StrictJSON
import Testing

@Suite("channel manifests") struct ChannelManifestTests {
  private func full() throws -> ChannelManifest {
    let plugin = try PluginName("io.github.acme/time")
    let (old, new) = (try ReleaseVersion("2026.10.10"), try ReleaseVersion("2026.10.19"))
    let delta = try DeltaOffer(
      from: Samples.otherDigest, version: old, path: ReleasePaths.delta(plugin, from: old, to: new, .linuxX86_64),
      length: 300, sha256: Samples.digest)
    let offer = try BundleOffer(
      platform: .linuxX86_64, path: ReleasePaths.bundle(plugin, new, .linuxX86_64), length: 7_453_233,
      sha256: Samples.digest, tree: Samples.otherDigest, deltas: [delta])
    return try ChannelManifest(
      plugin: plugin, channel: .stable, sequence: 17, version: new, published: Samples.time,
      bundles: [offer, Samples.offer()], rollout: RolloutPlan(percent: 25, salt: "ab12"), paused: true, security: true,
      minimumSequence: 12, yanked: [YankedRelease(version: old, reason: "loses data")],
      evidence: [EvidenceLink(path: ReleasePaths.evidence(plugin, new, Samples.digest), sha256: Samples.digest)],
      notes: "Faster")
  }

  @Test func `a manifest survives its text`() throws {
    let manifest = try full()
    let read = try ChannelManifest(json: manifest.encoded())
    #expect(read == manifest && read.encoded() == manifest.encoded())
    #expect(read.bundle(for: .linuxX86_64)?.platform == .linuxX86_64)
    #expect(read.bundle(for: .linuxAarch64)?.platform == .any)
    #expect(try read.yank(of: ReleaseVersion("2026.10.10"))?.reason == "loses data")
    #expect(try read.yank(of: ReleaseVersion("2026.10.19")) == nil)
  }

  static let refusals: [(String, JSON?, String)] = [
    ("format", 2, "format"), ("plugin", "x", "plugin"), ("channel", "X", "channel"), ("channel", nil, "channel"),
    ("sequence", 0, "sequence"), ("sequence", -1, "sequence"), ("sequence", "17", "sequence"),
    ("sequence", 9_007_199_254_740_992, "sequence"), ("minimumSequence", 18, "minimumSequence"),
    ("version", "..", "version"), ("published", "yesterday", "published"),
    ("published", "2026-11-23T05:00:00+01:00", "published"), ("bundles", [], "bundles"), ("bundles", nil, "bundles"),
    ("bundles", [["platform": "amiga"]], "bundles[0].platform"), ("paused", "no", "paused"), ("paused", 0, "paused"),
    ("security", 1, "security"), ("yanked", [["version": "1"]], "yanked[0].reason"),
    ("evidence", [["path": "/x", "sha256": .string(String(repeating: "0", count: 64))]], "evidence[0].path"),
    ("evidence", [["path": "other/x", "sha256": .string(String(repeating: "0", count: 64))]], "evidence[0].path"),
    ("notes", 5, "notes"), ("notes", .string(String(repeating: "x", count: 65_537)), "notes"),
  ]

  @Test("each broken field is named", arguments: refusals)
  func refused(field: String, value: JSON?, expected: String) throws {
    guard case .object(var object) = try JSON.parse(full().encoded()) else { return }
    object[field] = value
    let error = #expect(throws: ReleaseError.self) { try ChannelManifest(json: JSON.object(object).serialized()) }
    #expect(error?.field == expected, "\(String(describing: error))")
  }

  @Test(
    "each broken bundle is named",
    arguments: [
      ("path", "plugins/io.github.evil/x/1/a.tar.zst", "bundles[0].path"),
      ("path", "plugins/io.github.acme/time/../x", "bundles[0].path"), ("length", 0, "bundles[0].length"),
      ("length", 8_589_934_593, "bundles[0].length"), ("sha256", "00", "bundles[0].sha256"),
      ("tree", nil, "bundles[0].tree"), ("platform", "any", "bundles[1].platform"),
      ("deltas", [["from": "x"]], "bundles[0].deltas[0].from"),
    ] as [(String, JSON?, String)])
  func brokenBundle(field: String, value: JSON?, expected: String) throws {
    guard case .object(var object) = try JSON.parse(full().encoded()), var bundles = object["bundles"]?.arrayValue,
      case .object(var bundle) = bundles[0]
    else { return }
    bundle[field] = value
    bundles[0] = .object(bundle)
    object["bundles"] = .array(bundles)
    let error = #expect(throws: ReleaseError.self) { try ChannelManifest(json: JSON.object(object).serialized()) }
    #expect(error?.field == expected, "\(String(describing: error))")
  }

  @Test(
    "a malformed rollout is for nobody",
    arguments: [
      nil, 50, "all", [:], ["percent": 50], ["percent": "50", "salt": "a"], ["percent": 101, "salt": "a"],
      ["percent": -1, "salt": "a"], ["percent": .number("50.5"), "salt": "a"], ["percent": 50, "salt": 5],
      ["percent": 100, "salt": .string(String(repeating: "x", count: 65))],
    ] as [JSON])
  func malformed(rollout: JSON) throws {
    guard case .object(var object) = try JSON.parse(full().encoded()) else { return }
    object.set("rollout", rollout)
    let manifest = try ChannelManifest(json: JSON.object(object).serialized())
    #expect(manifest.rollout == .nobody)
  }

  @Test func `without a rollout a release is for everybody`() throws {
    guard case .object(var object) = try JSON.parse(full().encoded()) else { return }
    object.remove("rollout")
    #expect(try ChannelManifest(json: JSON.object(object).serialized()).rollout == .everybody)
  }
}

@Suite("rollouts") struct RolloutTests {
  private func included(_ percent: Int, salt: String, version: String = "1.0") throws -> Set<Int> {
    let plan = RolloutPlan(percent: percent, salt: salt)
    let (plugin, release) = (try PluginName("a/b"), try ReleaseVersion(version))
    return Set((0..<2000).filter { plan.includes(hostID: "host-\($0)", plugin: plugin, version: release) })
  }

  @Test func `a quarter of the hosts is about a quarter, and every step keeps those before it`() throws {
    let quarter = try included(25, salt: "s")
    #expect((400...600).contains(quarter.count))
    #expect(try quarter.isSubset(of: included(50, salt: "s")))
    #expect(try included(0, salt: "s").isEmpty && included(100, salt: "s").count == 2000)
  }

  @Test func `another version or another salt begins with other hosts`() throws {
    let first = try included(10, salt: "s")
    for other in [try included(10, salt: "t"), try included(10, salt: "s", version: "1.1")] {
      #expect(first.intersection(other).count < first.count / 2)
    }
  }

  @Test func `a host without an id is never early`() throws {
    let plan = RolloutPlan(percent: 99, salt: "s")
    #expect(try !plan.includes(hostID: "", plugin: PluginName("a/b"), version: ReleaseVersion("1")))
    #expect(try RolloutPlan.everybody.includes(hostID: "", plugin: PluginName("a/b"), version: ReleaseVersion("1")))
  }

  @Test func `buckets never change`() throws {
    let buckets = try (0..<5).map {
      try RolloutPlan.bucket(
        hostID: "host-\($0)", plugin: PluginName("io.github.acme/time"), version: ReleaseVersion("1.0"), salt: "s")
    }
    #expect(buckets.allSatisfy { (0..<100).contains($0) })
    #expect(buckets == Self.golden)
  }

  /// Computed by another program from the text of the rule.
  static let golden = [62, 50, 3, 68, 60]
}
