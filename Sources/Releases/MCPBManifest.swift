internal import Signing
internal import StrictJSON

/// What a plugin's own `manifest.json` says: the manifest of MCPB (formerly DXT), versions 0.1 to 0.4.
///
/// Only what is needed to pack and start a plugin is read; Serin's own part lies under `_meta`.
package struct MCPBManifest: Hashable, Sendable {
  /// The kind of program that a plugin is.
  package enum ServerType: String, Hashable, Sendable, CaseIterable {
    /// JavaScript.
    case node
    /// Python.
    case python
    /// Machine code.
    case binary
    /// Python whose dependencies are fetched when it is installed.
    case uv
  }

  /// The versions that are read.
  package static let versions = ["0.1", "0.2", "0.3", "0.4"]
  /// The key under `_meta` that holds Serin's part.
  package static let metaKey = "io.github.serin"
  /// The longest manifest in bytes.
  package static let maxBytes = 1 << 20

  /// The name that the author chose; not unique.
  package let name: String
  /// The version.
  package let version: String
  /// What the plugin does.
  package let description: String
  /// The kind of program.
  package let serverType: ServerType
  /// The file that starts the plugin.
  package let entryPoint: String
  /// The command on Linux, with the manifest's overrides for it.
  package let launch: LaunchCommand
  /// What the user configures.
  package let userConfig: [UserConfigOption]
  /// The platforms that the author names; empty for all.
  package let platforms: [String]
  /// The plugin's full name, from Serin's part.
  package let plugin: PluginName?
  /// The permissions, from Serin's part.
  package let permissions: Permissions?
  /// The epochs of the state, from Serin's part.
  package let state: StateEpoch?
  /// Calls that change nothing, from Serin's part.
  package let probes: [SampleCall]

  /// Whether the plugin is meant to run on Linux.
  package var runsOnLinux: Bool { platforms.isEmpty || platforms.contains("linux") }

  /// Reads a manifest; throws a `ReleaseError` that names the field and the rule.
  package init(json bytes: [UInt8]) throws(ReleaseError) {
    let fields = try Fields(
      document: bytes, named: "manifest.json", limits: JSONLimits(maxBytes: MCPBManifest.maxBytes))
    try MCPBManifest.checkVersion(fields)
    name = try fields.string("name", limit: 256)
    version = try fields.string("version", limit: 256)
    description = try fields.string("description", limit: BundleManifest.maxDescription)
    let server = try fields.fields("server")
    serverType = try server.parse("type") { text throws(ReleaseError) in
      guard let type = ServerType(rawValue: text) else {
        let names = ServerType.allCases.map(\.rawValue).joined(separator: ", ")
        throw ReleaseError("type", .invalid(offered: text, rule: "be one of \(names)"))
      }
      return type
    }
    entryPoint = try MCPBManifest.entryPoint(server)
    launch = try MCPBManifest.launch(server.fields("mcp_config"))
    userConfig = try UserConfigOption.list(fields, "user_config")
    platforms = try fields.optionalFields("compatibility")?.strings("platforms", limit: 16) ?? []
    let meta = try fields.optionalFields("_meta")?.optionalFields(MCPBManifest.metaKey)
    try meta?.refuseUnknown(["plugin", "permissions", "state", "probes"])
    plugin = meta?.has("plugin") == true ? try meta?.parse("plugin", PluginName.init) : nil
    permissions = try meta?.optionalFields("permissions").map { fields throws(ReleaseError) in
      try Permissions(fields)
    }
    state = try meta?.optionalFields("state").map { fields throws(ReleaseError) in try StateEpoch(fields) }
    probes = try meta.map { fields throws(ReleaseError) in try SampleCall.list(fields, "probes") } ?? []
  }

  private static func checkVersion(_ fields: Fields) throws(ReleaseError) {
    let key = fields.has("manifest_version") || !fields.has("dxt_version") ? "manifest_version" : "dxt_version"
    let offered = try fields.string(key, limit: 16)
    guard versions.contains(offered) else {
      throw fields.error(
        key, .unsupportedFormat(offered: offered, supported: versions.joined(separator: ", ")))
    }
  }

  /// The file that starts the plugin, inside of the tree; some manifests begin it with `./` or `${__dirname}/`.
  private static func entryPoint(_ server: Fields) throws(ReleaseError) -> String {
    var path = try server.string("entry_point", limit: TreePath.maxBytes)[...]
    for prefix in ["${__dirname}/", "./"] where path.hasPrefix(prefix) { path = path.dropFirst(prefix.count) }
    try TreePath.check(String(path), field: server.path("entry_point"))
    return String(path)
  }

  /// The command; what is named under `platform_overrides.linux` replaces the whole of its field.
  private static func launch(_ config: Fields) throws(ReleaseError) -> LaunchCommand {
    let linux = try config.optionalFields("platform_overrides")?.optionalFields("linux")
    func source(_ key: String) -> Fields { linux?.has(key) == true ? linux ?? config : config }
    let (limit, members) = (LaunchCommand.maxText, LaunchCommand.maxMembers)
    let command = try source("command").string("command", limit: limit)
    let arguments = try source("args").strings("args", limit: members, maxText: limit)
    let environment = try source("env").texts("env", limit: members)
    do throws(ReleaseError) {
      return try LaunchCommand(command: command, arguments: arguments, environment: environment)
    } catch {
      throw config.error(error.field, error.problem)
    }
  }
}
