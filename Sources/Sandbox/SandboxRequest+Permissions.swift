package import Releases
package import SystemPackage

extension SandboxRequest {
  /// Makes a request from what a release's signed manifest and the user's own configuration say.
  ///
  /// - Parameters:
  ///   - name: a short name for messages, such as `time`.
  ///   - launch: the launch command with its variables still in it; they are replaced by the paths inside.
  ///   - userVariables: the user's own variables, of which only the declared ones are passed on, and only to `.run`.
  ///   - secrets: the values of the declared secrets.
  package init(
    name: String, mode: Mode, tree: FilePath, state: FilePath?, cache: FilePath? = nil, launch: LaunchCommand,
    permissions: Permissions, userConfig: [String: UserConfigValue] = [:], userVariables: [String: String] = [:],
    secrets: [String: String] = [:]
  ) throws(SandboxError) {
    let hasState = (permissions.read + permissions.write).contains { $0.target == .token(.state) }
    let command: LaunchCommand
    do {
      command = try launch.substituted(
        directory: SandboxPaths.plugin.string, home: SandboxPaths.home(hasState: hasState).string,
        userConfig: userConfig)
    } catch {
      throw .badCommand(reason: error.description)
    }
    self.init(
      name: name, mode: mode, tree: tree, arguments: [command.command] + command.arguments,
      limits: SandboxLimits(permissions.limits))
    self.state = state
    self.cache = cache
    environment = permissions.env.set.merging(command.environment) { _, own in own }
    read = Self.paths(permissions.read, userConfig)
    write = Self.paths(permissions.write, userConfig)
    network = permissions.net.allow.map(\.text)
    programs = permissions.run
    passedVariables = permissions.env.pass
    secretNames = permissions.env.secret
    self.userVariables = userVariables
    self.secrets = secrets
    minimumLevel = permissions.runtime.min
    preferred = permissions.runtime.prefer.compactMap(RuntimeKind.init)
  }

  /// The grants as texts; an option that nobody has set grants nothing.
  private static func paths(_ grants: [PathGrant], _ userConfig: [String: UserConfigValue]) -> [String] {
    grants.flatMap { grant in
      switch grant.target {
      case .token(let token): [token.rawValue]
      case .path(let path): [path]
      case .userConfig(let key): (userConfig[key]?.texts ?? []).filter { !$0.isEmpty }
      }
    }
  }
}

extension SandboxLimits {
  /// The limits of a sandbox, out of those that a release asks for.
  package init(_ limits: ResourceLimits) {
    self.init(
      memory: limits.memory.bytes, cpus: limits.cpus, pids: limits.pids, files: limits.files, tmp: limits.tmp.bytes)
  }
}
