package import Releases
package import SystemPackage

/// Turns a release, its permissions and the user's configuration into a sandbox.
package struct LaunchPlan: Sendable {
  /// The signed manifest of the release.
  package let manifest: BundleManifest
  /// The release's tree on the host.
  package let tree: FilePath
  /// The state folder that the sandbox may write, where the plugin asks for one.
  package let state: FilePath
  /// The cache folder that the sandbox may write, where the plugin asks for one.
  package let cache: FilePath
  /// What the user configured.
  package let configuration: [String: UserConfigValue]
  /// Observation, or the user's own use.
  package let mode: SandboxRequest.Mode
  /// The variables of the user, for what the permissions pass on.
  package let environment: [String: String]
  /// The values of the variables that the permissions declare secret.
  package let secrets: [String: String]

  /// A plan for one start of a release.
  package init(
    manifest: BundleManifest, tree: FilePath, state: FilePath, cache: FilePath,
    configuration: [String: UserConfigValue], mode: SandboxRequest.Mode, environment: [String: String],
    secrets: [String: String] = [:]
  ) {
    self.manifest = manifest
    self.tree = tree
    self.state = state
    self.cache = cache
    self.configuration = configuration
    self.mode = mode
    self.environment = environment
    self.secrets = secrets
  }

  /// What an observed plugin gets instead of its secret variables, the same for both twins.
  ///
  /// It was not agreed to yet, and nobody's secret is its to see.
  private static func decoys(_ names: [String]) -> [String: String] {
    Dictionary(names.map { ($0, "serin-decoy-\($0)") }, uniquingKeysWith: { first, _ in first })
  }

  /// What is asked of the sandbox; every text is substituted without a shell.
  package func request() throws -> SandboxRequest {
    let permissions = manifest.permissions
    let hasState = (permissions.write + permissions.read).contains { $0.text == "@state" }
    let values = try UserConfigOption.resolved(
      configuration, options: manifest.userConfig, directory: SandboxPaths.plugin.string,
      home: SandboxPaths.home(hasState: hasState).string)
    return try SandboxRequest(
      name: manifest.plugin.name, mode: mode, tree: tree, state: state, cache: cache, launch: manifest.launch,
      permissions: permissions, userConfig: values, userVariables: environment,
      secrets: mode == .canary ? Self.decoys(permissions.env.secret) : secrets)
  }
}
