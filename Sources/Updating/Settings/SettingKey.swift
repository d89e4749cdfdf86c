import MCP
import Releases

/// Every option of this host, by its name in `config.yaml`.
///
/// A new option is one case here, one member of ``SettingValues``, and one line in each switch: the compiler asks for
/// them, and a test asks for the documentation.
package enum SettingKey: String, Hashable, Sendable, CaseIterable {
  case channel
  case mode
  case every
  case jitter
  case quietHours = "quiet-hours"
  case metered
  case network
  case soak
  case soakSkip = "soak-skip"
  case minimumAge = "minimum-age"
  case securitySoak = "security-soak"
  case securityAge = "security-age"
  case onYank = "on-yank"
  case destructive
  case tools
  case logArguments = "log-arguments"
  case integrity
  case secretStore = "secret-store"

  /// The environment variable that overrides the file: `SERIN_MINIMUM_AGE` for `minimum-age`.
  package var variable: String {
    "SERIN_" + rawValue.uppercased().split(separator: "-").joined(separator: "_")
  }

  /// Whether a plugin's own section may hold it.
  package var isPerPlugin: Bool {
    switch self {
    case .every, .jitter, .quietHours, .metered, .network, .integrity, .secretStore: false
    default: true
    }
  }

  /// Whether it takes several values.
  package var isList: Bool { self == .quietHours }

  /// What it is for, in a few words.
  package var summary: String {
    switch self {
    case .channel: "the channel of new installs; in a plugin's section, the channel that it follows from now on"
    case .mode: "how much of an update happens by itself"
    case .every: "how often the agent asks for updates"
    case .jitter: "by how much at most each of these checks is put off, at random"
    case .quietHours: "when the agent fetches and switches nothing, in this host's own time of day"
    case .metered: "what the agent does on a network that costs money"
    case .network: "whether the network costs money"
    case .soak: "how long a release is observed before it is switched to"
    case .soakSkip: "who may shorten the soak with --soak"
    case .minimumAge: "how old a release must be before it is taken"
    case .securitySoak: "how long a release that closes a security hole is observed"
    case .securityAge: "how old a release that closes a security hole must be"
    case .onYank: "what happens when the version that runs is withdrawn"
    case .destructive: "what happens when a tool is called that is marked as destructive"
    case .tools: "what happens to a tool that differs from what was observed and agreed to"
    case .logArguments: "whether the call log keeps the arguments of calls"
    case .integrity: "how often installed files are checked against what was signed"
    case .secretStore: "where the secrets of plugins are kept; auto takes what works, and never a file"
    }
  }

  /// The values that it takes, written to follow "must".
  package var rule: String {
    switch self {
    case .channel: "be the name of a channel, as in stable"
    case .mode: Self.oneOf(UpdateMode.self)
    case .every: "be a time from 1m to 30d"
    case .jitter: "be a time of at most 24h"
    case .quietHours: QuietHours.rule
    case .metered: Self.oneOf(MeteredUse.self)
    case .network: Self.oneOf(NetworkKind.self)
    case .soak: "be policy, or a time from 1s to 90d"
    case .soakSkip: Self.oneOf(SoakSkip.self)
    case .minimumAge: "be a time of at most 365d, as in 3d"
    case .securitySoak: "be same, or a time from 1m to 90d"
    case .securityAge: "be same, or a time of at most 365d"
    case .onYank: Self.oneOf(YankAnswer.self)
    case .destructive: Self.oneOf(DestructiveCalls.self)
    case .tools: Self.oneOf(LiveToolGuard.ChangePolicy.self)
    case .logArguments: "be true or false"
    case .integrity: "be a time from 10m to 30d"
    case .secretStore: Self.oneOf(SecretStoreChoice.self)
    }
  }

  private static func oneOf<Value: CaseIterable & RawRepresentable<String>>(_ type: Value.Type) -> String {
    "be one of " + type.allCases.map(\.rawValue).joined(separator: ", ")
  }
}
