package import Releases
package import SystemPackage

/// Everything about one sandbox that does not depend on the runtime: what runs, what it sees, what it may use.
package struct SandboxPlan: Hashable, Sendable {
  /// A short name for messages and identifiers, such as `time`.
  package var name: String
  /// The program and its arguments, as seen from inside.
  package var arguments: [String]
  /// All the variables of the plugin.
  package var environment: [String: String]
  /// The folder to start in, as seen from inside.
  package var workingDirectory: FilePath
  /// The paths of the machine that are visible inside.
  package var mounts: [SandboxMount]
  /// Paths inside that are hidden.
  package var hidden: [FilePath]
  /// The mounts of paths that were declared, by where they appear.
  package var declared: Set<FilePath> = []
  /// Links at the top, such as `/bin` to `usr/bin`.
  package var links: [String: String]
  /// The places that may be reached through the proxy; none means no network at all.
  package var network: [NetworkRule] = []
  /// The limits.
  package var limits: SandboxLimits
  /// The weakest kind of runtime that will do.
  package var minimumLevel: RuntimeLevel
  /// The runtimes that the plugin's publisher prefers, the first most.
  package var preferred: [RuntimeKind]
  /// The declared programs besides the plugin's own.
  package var programs: [String] = []
  /// How closely it is looked at.
  package var observation = Observation.none
  /// Names that lead to an address of the sandbox itself, so that a draft learns to which port they belong.
  package var hosts: [String: String] = [:]
  /// What a person should know about this sandbox, one sentence each.
  package var notes: [String]

  /// The name of the machine inside, the same everywhere, so that plugins answer the same everywhere.
  package static let hostName = "plugin"
  /// The search path inside.
  package static let searchPath = "/usr/local/bin:/usr/bin:/bin"
  /// The most bytes of arguments and variables together (ARG_MAX is 2 MiB).
  static let mostCommandBytes = 1 << 20
}

/// What somebody asks a sandbox for.
package struct SandboxRequest: Hashable, Sendable {
  /// What the sandbox is for.
  package enum Mode: Hashable, Sendable {
    /// Observation under a fixed environment: nothing of the user's own variables.
    case canary
    /// The user's own use.
    case run
  }

  /// A short name for messages and identifiers, such as `time`.
  package var name: String
  /// What the sandbox is for.
  package var mode: Mode
  /// The plugin's tree.
  package var tree: FilePath
  /// The plugin's state folder; needed when it asks for `@state`.
  package var state: FilePath?
  /// The plugin's cache folder; needed when it asks for `@cache`.
  package var cache: FilePath?
  /// The program and its arguments, with `SandboxPaths` substituted.
  package var arguments: [String]
  /// The variables of the launch command, substituted.
  package var environment: [String: String]
  /// The paths and tokens that may be read.
  package var read: [String]
  /// The paths and tokens that may be written.
  package var write: [String]
  /// The declared places on the network, `host:port`.
  package var network: [String]
  /// The declared programs besides the plugin's own.
  package var programs: [String]
  /// How closely the plugin is looked at.
  package var observation: Observation
  /// Names of the user's variables that are passed on.
  package var passedVariables: [String]
  /// Names of variables that hold secrets.
  package var secretNames: [String]
  /// The user's variables, for `passedVariables`.
  package var userVariables: [String: String]
  /// The values of the secrets.
  package var secrets: [String: String]
  /// The limits.
  package var limits: SandboxLimits
  /// The weakest kind of runtime that will do.
  package var minimumLevel: RuntimeLevel
  /// The runtimes that the plugin's publisher prefers, the first most.
  package var preferred: [RuntimeKind]

  /// Makes a request for a plugin that asks for nothing but to run.
  package init(name: String, mode: Mode, tree: FilePath, arguments: [String], limits: SandboxLimits) {
    self.name = name
    self.mode = mode
    self.tree = tree
    self.arguments = arguments
    self.limits = limits
    environment = [:]
    read = []
    write = []
    network = []
    programs = []
    observation = mode == .canary ? .touches : .none
    passedVariables = []
    secretNames = []
    userVariables = [:]
    secrets = [:]
    minimumLevel = .container
    preferred = []
  }

  /// Whether the plugin may keep state.
  package var asksForState: Bool { write.contains("@state") || read.contains("@state") }
}
