package import Signing
internal import StrictJSON

/// What a bundle holds: `bundle.json`, the first entry of every bundle and, with its signature, what vouches for an
/// installed tree.
package struct BundleManifest: Hashable, Sendable {
  /// The largest number of entries of a tree: what a host reads within its bound on memory.
  package static let maxEntries = 24_576
  /// The largest sum of file sizes in bytes: 4 GiB.
  package static let maxTotalSize: Int64 = 4 << 30
  /// The largest manifest in bytes: 5 MiB, 213 for each entry.
  package static let maxManifestBytes = 5 << 20
  /// The longest description in bytes.
  package static let maxDescription = 4096

  /// The plugin's name.
  package let plugin: PluginName
  /// The release's version.
  package let version: ReleaseVersion
  /// What the bundle runs on.
  package let platform: TargetPlatform
  /// What the plugin does, in the publisher's words.
  package let description: String?
  /// How the plugin is started.
  package let launch: LaunchCommand
  /// What the user configures.
  package let userConfig: [UserConfigOption]
  /// What the plugin may do.
  package let permissions: Permissions
  /// The digests of the plugin's tools, where the publisher recorded them.
  package let toolPins: ToolPins?
  /// Which form of its state the release writes, and which forms it can read.
  package let state: StateEpoch
  /// Calls that change nothing, which canaries make.
  package let probes: [SampleCall]
  /// The files, links and empty folders, sorted by the bytes of their paths.
  package let entries: [TreeEntry]
  /// The digest of the tree: SHA-256 over the canonical JSON of the entries.
  package let tree: SHA256Digest
  /// The sum of all file sizes in bytes.
  package let totalSize: Int64

  /// A manifest for a tree; sorts the entries and computes digest and size.
  ///
  /// Throws a `ReleaseError` for duplicates, collisions, too much of anything, or a launch command that needs
  /// configuration nobody declared.
  package init(
    plugin: PluginName, version: ReleaseVersion, platform: TargetPlatform, description: String? = nil,
    launch: LaunchCommand, userConfig: [UserConfigOption] = [], permissions: Permissions = .none,
    toolPins: ToolPins? = nil, state: StateEpoch = .original, probes: [SampleCall] = [], entries: [TreeEntry]
  ) throws(ReleaseError) {
    let sorted = entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    try self.init(
      plugin: plugin, version: version, platform: platform, description: description, launch: launch,
      userConfig: userConfig, permissions: permissions, toolPins: toolPins, state: state, probes: probes,
      sorted: sorted)
  }

  private init(
    plugin: PluginName, version: ReleaseVersion, platform: TargetPlatform, description: String?,
    launch: LaunchCommand, userConfig: [UserConfigOption], permissions: Permissions, toolPins: ToolPins?,
    state: StateEpoch, probes: [SampleCall], sorted entries: [TreeEntry]
  ) throws(ReleaseError) {
    guard entries.count <= BundleManifest.maxEntries else {
      throw ReleaseError("entries", .tooMany(offered: entries.count, limit: BundleManifest.maxEntries))
    }
    if let description { try BundleManifest.check(description: description) }
    try TreeCheck.run(entries, field: "entries")
    var hasher = TreeHasher()
    var total: Int64 = 0
    for entry in entries {
      hasher.update(entry)
      // Each size is at most 4 GiB and there are at most 24,576, so that the sum cannot overflow.
      total += entry.size
    }
    guard total <= BundleManifest.maxTotalSize else {
      throw ReleaseError("totalSize", .outOfRange(offered: total, minimum: 0, maximum: BundleManifest.maxTotalSize))
    }
    try UserConfigOption.check(userConfig, usedBy: launch, permissions)
    self.plugin = plugin
    self.version = version
    self.platform = platform
    self.description = description
    self.launch = launch
    self.userConfig = userConfig
    self.permissions = permissions
    self.toolPins = toolPins
    self.state = state
    self.probes = probes
    self.entries = entries
    self.tree = hasher.finalize()
    self.totalSize = total
  }

  /// The same without its entries: all that is needed to run a release, and small whatever its tree holds.
  package var outline: BundleManifest { BundleManifest(self, entries: []) }

  private init(_ other: BundleManifest, entries: [TreeEntry]) {
    plugin = other.plugin
    version = other.version
    platform = other.platform
    description = other.description
    launch = other.launch
    userConfig = other.userConfig
    permissions = other.permissions
    toolPins = other.toolPins
    state = other.state
    probes = other.probes
    self.entries = entries
    tree = other.tree
    totalSize = other.totalSize
  }

  /// Reads `bundle.json` strictly; throws a `ReleaseError` that names the field and the rule.
  ///
  /// Fields that this version does not know are passed over; the digest of the tree is computed and compared.
  package init(json bytes: [UInt8]) throws(ReleaseError) {
    guard bytes.count <= BundleManifest.maxManifestBytes else {
      throw ReleaseError("bundle.json", .tooLong(offered: bytes.count, limit: BundleManifest.maxManifestBytes))
    }
    var list = EntryList()
    let fields = try Fields(document: bytes, named: "bundle.json", limits: .manifest, passing: "entries") {
      list.take($0)
    }
    try fields.checkFormat()
    _ = try fields.array("entries", limit: 0)
    let entries = try list.finished()
    try self.init(
      plugin: fields.parse("plugin", PluginName.init), version: fields.parse("version", ReleaseVersion.init),
      platform: fields.parse("platform", TargetPlatform.init),
      description: fields.optionalString("description", limit: BundleManifest.maxDescription),
      launch: LaunchCommand(fields.fields("launch")), userConfig: UserConfigOption.list(fields, "userConfig"),
      permissions: Permissions(fields.fields("permissions")),
      toolPins: fields.has("toolPins") ? ToolPins(fields.fields("toolPins")) : nil,
      state: fields.has("state") ? StateEpoch(fields.fields("state")) : .original,
      probes: SampleCall.list(fields, "probes"), sorted: entries)
    let offered = try (fields.digest("tree"), fields.integer("totalSize", in: 0...BundleManifest.maxTotalSize))
    guard offered.0 == tree else {
      throw ReleaseError("tree", .mismatch(offered: offered.0.hex, computed: tree.hex))
    }
    guard offered.1 == totalSize else {
      throw ReleaseError("totalSize", .mismatch(offered: "\(offered.1)", computed: "\(totalSize)"))
    }
  }

  /// The entries of a manifest that is being read, made one by one as they come by.
  private struct EntryList {
    private var entries: [TreeEntry] = []
    private var count = 0
    private var failure: ReleaseError?

    mutating func take(_ json: JSON) {
      count += 1
      guard failure == nil, entries.count < BundleManifest.maxEntries else { return }
      do throws(ReleaseError) {
        entries.append(try TreeEntry(json, at: "entries", index: count - 1))
      } catch {
        failure = error
      }
    }

    func finished() throws(ReleaseError) -> [TreeEntry] {
      if let failure { throw failure }
      guard count <= BundleManifest.maxEntries else {
        throw ReleaseError("entries", .tooMany(offered: count, limit: BundleManifest.maxEntries))
      }
      return entries
    }
  }

  /// The text of `bundle.json`: one line for each field and each entry, the same for the same manifest.
  package func encoded() -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(4096 + entries.count * 200)
    output += "{\n".utf8
    func line(_ key: String, _ value: JSON) {
      output += "  \"\(key)\": ".utf8
      output += value.serialized(pretty: false)
      output += ",\n".utf8
    }
    line("format", 1)
    line("plugin", .string(plugin.text))
    line("version", .string(version.text))
    line("platform", .string(platform.text))
    if let description { line("description", .string(description)) }
    line("launch", launch.json)
    line("userConfig", UserConfigOption.json(of: userConfig))
    line("permissions", permissions.json)
    if let toolPins { line("toolPins", toolPins.json) }
    if !state.isOriginal { line("state", state.json) }
    if !probes.isEmpty { line("probes", .array(probes.map(\.json))) }
    line("tree", .string(tree.hex))
    line("totalSize", .integer(totalSize))
    output += "  \"entries\": [".utf8
    for (index, entry) in entries.enumerated() {
      output += index == 0 ? "\n    ".utf8 : ",\n    ".utf8
      entry.append(to: &output)
    }
    output += entries.isEmpty ? "]\n}\n".utf8 : "\n  ]\n}\n".utf8
    return output
  }

  private static func check(description: String) throws(ReleaseError) {
    let count = description.utf8.count
    guard count <= maxDescription else {
      throw ReleaseError("description", .tooLong(offered: count, limit: maxDescription))
    }
  }

  /// The trusted comment that the signature of this manifest must carry: plugin, version and platform.
  package var trustedComment: String { "plugin:\(plugin) version:\(version) platform:\(platform)" }
}
