internal import StrictJSON

/// What a channel offers for a plugin now: the signed target `plugins/<namespace>/<name>/<channel>.json`.
package struct ChannelManifest: Hashable, Sendable {
  /// The longest manifest in bytes.
  package static let maxBytes = 1 << 20
  /// The highest sequence number: what every JSON reader can hold.
  package static let maxSequence: Int64 = (1 << 53) - 1
  /// The most bundles, one for each platform.
  package static let maxBundles = 16
  /// The most withdrawn releases.
  package static let maxYanked = 1000
  /// The most pointers to evidence.
  package static let maxEvidence = 64
  /// The longest notes in bytes.
  package static let maxNotes = 65_536

  /// The plugin's name.
  package let plugin: PluginName
  /// The channel's name.
  package let channel: ChannelName
  /// A number that only grows; a host refuses a smaller one than it has seen.
  package let sequence: Int64
  /// The version that is current.
  package let version: ReleaseVersion
  /// When this manifest was made.
  package let published: Timestamp
  /// The bundles of the version, one for each platform.
  package let bundles: [BundleOffer]
  /// Which part of the hosts it is offered to.
  package let rollout: RolloutPlan
  /// Whether the publisher has stopped the rollout.
  package let paused: Bool
  /// Whether the release closes a security hole.
  package let security: Bool
  /// The smallest sequence number that a host may go back to.
  package let minimumSequence: Int64
  /// Releases that were withdrawn.
  package let yanked: [YankedRelease]
  /// Signed verdicts about the version.
  package let evidence: [EvidenceLink]
  /// What is new, in the publisher's words.
  package let notes: String?

  /// A manifest; throws a `ReleaseError` that names the field and the rule.
  package init(
    plugin: PluginName, channel: ChannelName, sequence: Int64, version: ReleaseVersion, published: Timestamp,
    bundles: [BundleOffer], rollout: RolloutPlan = .everybody, paused: Bool = false, security: Bool = false,
    minimumSequence: Int64 = 0, yanked: [YankedRelease] = [], evidence: [EvidenceLink] = [], notes: String? = nil
  ) throws(ReleaseError) {
    self.plugin = plugin
    self.channel = channel
    self.sequence = sequence
    self.version = version
    self.published = published
    self.bundles = bundles
    self.rollout = rollout
    self.paused = paused
    self.security = security
    self.minimumSequence = minimumSequence
    self.yanked = yanked
    self.evidence = evidence
    self.notes = notes
    try check()
  }

  private func check() throws(ReleaseError) {
    guard (1...ChannelManifest.maxSequence).contains(sequence) else {
      throw ReleaseError(
        "sequence", .outOfRange(offered: sequence, minimum: 1, maximum: ChannelManifest.maxSequence))
    }
    guard (0...sequence).contains(minimumSequence) else {
      throw ReleaseError("minimumSequence", .outOfRange(offered: minimumSequence, minimum: 0, maximum: sequence))
    }
    try checkCount("bundles", bundles.count, ChannelManifest.maxBundles)
    try checkCount("yanked", yanked.count, ChannelManifest.maxYanked)
    try checkCount("evidence", evidence.count, ChannelManifest.maxEvidence)
    guard !bundles.isEmpty else { throw ReleaseError("bundles", .missing) }
    if let count = notes?.utf8.count, count > ChannelManifest.maxNotes {
      throw ReleaseError("notes", .tooLong(offered: count, limit: ChannelManifest.maxNotes))
    }
    // A channel's key must not be able to point at what another plugin's owner published.
    let folder = ReleasePaths.folder(plugin) + "/"
    for (index, bundle) in bundles.enumerated() {
      guard !bundles[..<index].contains(where: { $0.platform == bundle.platform }) else {
        throw ReleaseError("bundles[\(index)].platform", .duplicate(bundle.platform.text))
      }
      for (path, field) in [(bundle.path, "path")] + bundle.deltas.map({ ($0.path, "deltas") })
      where !path.hasPrefix(folder) {
        throw ReleaseError("bundles[\(index)].\(field)", .invalid(offered: path, rule: "begin with \(folder)"))
      }
    }
    for (index, link) in evidence.enumerated() where !link.path.hasPrefix(folder) {
      throw ReleaseError("evidence[\(index)].path", .invalid(offered: link.path, rule: "begin with \(folder)"))
    }
  }

  private func checkCount(_ field: String, _ count: Int, _ limit: Int) throws(ReleaseError) {
    guard count <= limit else { throw ReleaseError(field, .tooMany(offered: count, limit: limit)) }
  }

  /// Reads a channel manifest; throws a `ReleaseError` that names the field and the rule.
  ///
  /// Fields that this version does not know are passed over. Without a rollout the release is for everybody; a
  /// malformed rollout is for nobody.
  package init(json bytes: [UInt8]) throws(ReleaseError) {
    let fields = try Fields(
      document: bytes, named: "channel manifest", limits: JSONLimits(maxBytes: ChannelManifest.maxBytes))
    try fields.checkFormat()
    var bundles: [BundleOffer] = []
    for (index, member) in try fields.array("bundles", limit: ChannelManifest.maxBundles).enumerated() {
      bundles.append(try BundleOffer(Fields(member, at: "bundles", index: index)))
    }
    var yanked: [YankedRelease] = []
    for (index, member) in try fields.optionalArray("yanked", limit: ChannelManifest.maxYanked).enumerated() {
      yanked.append(try YankedRelease(Fields(member, at: "yanked", index: index)))
    }
    var evidence: [EvidenceLink] = []
    for (index, member) in try fields.optionalArray("evidence", limit: ChannelManifest.maxEvidence).enumerated() {
      evidence.append(try EvidenceLink(Fields(member, at: "evidence", index: index)))
    }
    try self.init(
      plugin: fields.parse("plugin", PluginName.init), channel: fields.parse("channel", ChannelName.init),
      sequence: fields.integer("sequence", in: 1...ChannelManifest.maxSequence),
      version: fields.parse("version", ReleaseVersion.init), published: fields.timestamp("published"),
      bundles: bundles, rollout: fields.object["rollout"].map(RolloutPlan.init(json:)) ?? .everybody,
      paused: fields.bool("paused", default: false), security: fields.bool("security", default: false),
      minimumSequence: fields.optionalInteger("minimumSequence", in: 0...ChannelManifest.maxSequence) ?? 0,
      yanked: yanked, evidence: evidence, notes: fields.optionalString("notes", limit: ChannelManifest.maxNotes))
  }

  /// The text of the manifest, the same for the same manifest.
  package func encoded() -> [UInt8] {
    var object = JSON.Object([
      ("format", 1), ("plugin", .string(plugin.text)), ("channel", .string(channel.text)),
      ("sequence", .integer(sequence)), ("version", .string(version.text)), ("published", .string(published.text)),
      ("bundles", .array(bundles.map(\.json))), ("rollout", rollout.json), ("paused", .bool(paused)),
      ("security", .bool(security)), ("minimumSequence", .integer(minimumSequence)),
      ("yanked", .array(yanked.map(\.json))), ("evidence", .array(evidence.map(\.json))),
    ])
    if let notes { object.set("notes", .string(notes)) }
    return JSON.object(object).serialized(pretty: true)
  }

  /// The bundle for a platform: the one made for it, else the one for any.
  package func bundle(for platform: TargetPlatform) -> BundleOffer? {
    bundles.first { $0.platform == platform } ?? bundles.first { $0.platform == .any }
  }

  /// Why a version was withdrawn; nil where it was not.
  package func yank(of version: ReleaseVersion) -> YankedRelease? { yanked.first { $0.version == version } }
}
