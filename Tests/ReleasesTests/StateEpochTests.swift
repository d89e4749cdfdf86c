import Releases
import Signing
import StrictJSON
import Testing

@Suite("epochs of the state") struct StateEpochTests {
  private func manifest(_ state: StateEpoch) throws -> BundleManifest {
    try BundleManifest(
      plugin: PluginName("io.github.acme/time"), version: ReleaseVersion("1.0"), platform: .any,
      launch: LaunchCommand(command: "python3"), state: state, entries: [Samples.file("server.py")])
  }

  @Test func `a manifest that says nothing has the bytes that it always had`() throws {
    let plain = try manifest(.original)
    #expect(!String(decoding: plain.encoded(), as: UTF8.self).contains("state"))
    #expect(plain.encoded() == (try manifest(StateEpoch(writes: 0, reads: [0]))).encoded())
    #expect(try BundleManifest(json: plain.encoded()).state == .original)
    // The digest of what was written for the same release before there were epochs.
    #expect(SHA256Digest.of(plain.encoded()).hex == Self.plainDigest)
  }

  static let plainDigest = "4ff308ea93423024c1351884f501088d926d9e78b1b570c3c359f33512eaa5d4"

  @Test func `epochs survive the text of a manifest, its outline, and an offer`() throws {
    let state = try StateEpoch(writes: 3, reads: [1, 3])
    let epoch = try manifest(state)
    let read = try BundleManifest(json: epoch.encoded())
    #expect(read == epoch && read.state == state && read.outline.state == state)
    #expect(read.encoded() == epoch.encoded())
    #expect(state.canRead(1) && state.canRead(3) && !state.canRead(2) && !state.canRead(0))
    let offer = try BundleOffer(
      platform: .any, path: "plugins/io.github.acme/time/2026.10.19/x.tar.zst", length: 1,
      sha256: Samples.digest,
      tree: Samples.digest, state: state)
    let channel = try Samples.channel(bundles: [offer])
    #expect(try ChannelManifest(json: channel.encoded()).bundles == [offer])
    let silent = try Samples.channel()
    #expect(!String(decoding: silent.encoded(), as: UTF8.self).contains("state"))
  }

  @Test func `a release that says no more than its epoch reads that one alone`() throws {
    let bytes = try manifest(.original).changed { $0.set("state", ["epoch": 2]) }
    let state = try BundleManifest(json: bytes).state
    #expect(state == (try StateEpoch(writes: 2, reads: [2])))
    #expect(state.sentence == "writes epoch 2, reads 2")
    #expect(StateEpoch.list([0, 1, 2]) == "0, 1 and 2")
  }

  static let refusals: [(JSON, String, ReleaseError.Problem)] = [
    ("2", "state", .wrongKind(offered: "a text", needed: "an object")),
    ([:], "state.epoch", .missing),
    (["epoch": "2"], "state.epoch", .wrongKind(offered: "a text", needed: "a whole number")),
    (["epoch": -1], "state.epoch", .outOfRange(offered: -1, minimum: 0, maximum: StateEpoch.maxEpoch)),
    (
      ["epoch": .integer(StateEpoch.maxEpoch + 1)], "state.epoch",
      .outOfRange(offered: StateEpoch.maxEpoch + 1, minimum: 0, maximum: StateEpoch.maxEpoch)
    ),
    (["epoch": 1, "read": [1]], "state.read", .unknown),
    (["epoch": 1, "reads": 1], "state.reads", .wrongKind(offered: "a whole number", needed: "a list")),
    (["epoch": 1, "reads": ["1"]], "state.reads[0]", .wrongKind(offered: "a text", needed: "a whole number")),
    (["epoch": 1, "reads": [1, 0]], "state.reads", .outOfOrder("0", after: "1")),
    (["epoch": 1, "reads": [1, 1]], "state.reads", .outOfOrder("1", after: "1")),
    (
      ["epoch": 1, "reads": [0]], "state.reads",
      .invalid(offered: "[0]", rule: "hold the epoch 1 that the release writes")
    ),
    (
      ["epoch": 1, "reads": []], "state.reads",
      .invalid(offered: "[]", rule: "hold the epoch 1 that the release writes")
    ),
    (
      ["epoch": 1, "reads": .array(Array(repeating: 1, count: StateEpoch.maxReads + 1))], "state.reads",
      .tooMany(offered: StateEpoch.maxReads + 1, limit: StateEpoch.maxReads)
    ),
  ]

  @Test(arguments: refusals.indices)
  func `each broken field is named with its rule`(index: Int) throws {
    let (value, field, problem) = Self.refusals[index]
    let bytes = try manifest(.original).changed { $0.set("state", value) }
    #expect(throws: ReleaseError(field, problem)) { try BundleManifest(json: bytes) }
    let own = try Self.pluginManifest(value)
    #expect(throws: ReleaseError("_meta.io.github.serin." + field, problem)) { try MCPBManifest(json: own) }
  }

  @Test func `a plugin's own manifest says its epochs under _meta`() throws {
    let own = try MCPBManifest(json: Self.pluginManifest(["epoch": 1, "reads": [0, 1]]))
    #expect(own.state == (try StateEpoch(writes: 1, reads: [0, 1])))
    #expect(try MCPBManifest(json: MCPBManifestTests.sample.serialized()).state == nil)
  }

  private static func pluginManifest(_ state: JSON) throws -> [UInt8] {
    var object = try #require(MCPBManifestTests.sample.objectValue)
    object.set("_meta", ["io.github.serin": ["plugin": "io.github.acme/time", "state": state]])
    return JSON.object(object).serialized()
  }
}
