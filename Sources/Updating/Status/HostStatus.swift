package import Platform
package import Releases
package import Storage
package import SystemPackage

/// What a host does at this moment, and what it wants of its user: read from ledger and disk alone.
package struct HostStatus: Sendable {
  /// One installed plugin.
  package struct Plugin: Sendable {
    /// What is remembered about it.
    package let install: InstallRecord
    /// The version that runs; nil where what runs cannot be read.
    package let running: ReleaseVersion?
    /// The release that is being observed, if one is.
    package let soak: Soak?
    /// Everything else that its user should know, the most urgent first.
    package let notes: [HostNote]
    /// What keeps it from taking updates: holds, pins and skips.
    package let holds: [Hold]
    /// How many sessions run it now.
    package let sessions: Int
    /// Since when its first sessions are watched, after which it goes back by itself where they fail; nil where they
    /// have proved it.
    package let watchedSince: Instant?
  }

  /// A release under observation, as far as it came.
  package struct Soak: Sendable, Hashable {
    /// The release.
    package let version: ReleaseVersion
    /// Observed time in seconds.
    package let observedSeconds: Int64
    /// How much is needed.
    package let requiredSeconds: Int64
    /// Whether a process observes it now.
    package let isWatched: Bool

    /// How much of it is done, in whole percent.
    package var percent: Int {
      guard requiredSeconds > 0 else { return 100 }
      return min(100, Int(clamping: observedSeconds / max(1, requiredSeconds / 100)))
    }
  }

  /// What is known of a trusted repository.
  package struct Repository: Sendable, Hashable {
    /// Its id.
    package let id: String
    /// Its address.
    package let url: String
    /// When it was refreshed last; nil where that is not known.
    package let refreshed: Instant?
    /// When what is known of it expires; nil where nothing is known.
    package let expires: Instant?
  }

  /// The host's folder.
  package let folder: FilePath
  /// When it was looked at.
  package let time: Instant
  /// The installed plugins, by name.
  package let plugins: [Plugin]
  /// The trusted repositories, by id.
  package let repositories: [Repository]
  /// The process of the agent that looks after this host; nil where none does.
  package let agent: Int32?
  /// What that agent, or the last one, said of itself.
  package let agentReport: AgentReport?
  /// What stands in the way of everything, in sentences: settings that cannot be read.
  package let problems: [String]
  /// The release of this program that is switched on; nil where it is not in its own care.
  package let program: ReleaseVersion?

  /// Everything that waits for a person.
  package var waiting: [HostNote] { plugins.flatMap(\.notes).filter { $0.command != nil } }
}

/// One thing that the user of a plugin should know.
package struct HostNote: Hashable, Sendable {
  /// What it is about; in the order of urgency.
  package enum Kind: String, Hashable, Sendable, CaseIterable, Comparable {
    /// It does not start: its files are not what was signed.
    case blocked
    /// It cannot be read.
    case damaged
    /// A switch was interrupted.
    case interrupted
    /// The publisher withdrew what runs.
    case withdrawn
    /// A release waits for a person's agreement.
    case approval
    /// A release waits for values that only its user knows.
    case settings
    /// A release was observed and not taken.
    case refused
    /// A soak stands still.
    case idle
    /// A release is offered and was not looked at yet.
    case offered
    /// Something keeps it from taking what is offered.
    case held
    /// The channel gives it nothing now.
    case notNow

    /// Whether one is more urgent than another.
    package static func < (one: Kind, other: Kind) -> Bool {
      (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
    }
  }

  /// What it is about.
  package let kind: Kind
  /// The plugin.
  package let plugin: PluginName
  /// The release; nil where it is about the plugin.
  package let version: ReleaseVersion?
  /// One sentence without a full stop.
  package let sentence: String
  /// The command that answers it; nil where nobody need do anything.
  package let command: String?
}
