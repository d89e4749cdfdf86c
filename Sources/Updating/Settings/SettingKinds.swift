package import Releases

/// How much of an update happens by itself.
package enum UpdateMode: String, Hashable, Sendable, CaseIterable {
  /// Fetched, observed and switched to without anybody's word.
  case automatic
  /// Fetched and observed; a person says when to switch.
  case ask
  /// Nothing happens until a person asks for it.
  case manual
}

/// Who may shorten a soak below what is set.
package enum SoakSkip: String, Hashable, Sendable, CaseIterable {
  /// Nobody.
  case nobody
  /// Whoever takes a release that closes a security hole.
  case security
  /// Anybody, by an explicit word that every output repeats.
  case anybody
}

/// How long a release is observed.
package enum SoakSetting: Hashable, Sendable {
  /// As long as the design promises: ``SoakTime/standard``.
  case policy
  /// For this observed time.
  case time(DurationText)
}

/// A length of time for releases that close a security hole.
package enum SecuritySetting: Hashable, Sendable {
  /// The same as for every other release.
  case same
  /// This one.
  case time(DurationText)
}

/// What happens when the publisher withdraws the version that runs.
package enum YankAnswer: String, Hashable, Sendable, CaseIterable {
  /// It is said wherever the plugin is shown.
  case warn
  /// The newest kept release that is not withdrawn comes back.
  case goBack = "go-back"
}

/// What happens when a client calls a tool that is marked as destructive.
package enum DestructiveCalls: String, Hashable, Sendable, CaseIterable {
  /// It is called.
  case allow
  /// A person is asked through the client; where the client cannot ask, it is refused.
  case ask
  /// A person is asked before every call of a tool that does not say of itself that it only reads.
  case askAll = "ask-all"
  /// It is refused.
  case refuse
}

/// Where the secrets of plugins are kept.
package enum SecretStoreChoice: String, Hashable, Sendable, CaseIterable {
  /// In the Secret Service where it works, else in the kernel's keyring; never in a file.
  case automatic = "auto"
  /// In the Secret Service of the user's session.
  case secretService = "secret-service"
  /// In the kernel's keyring.
  case keyring
  /// In a file of the host that only its owner can read.
  case file
}

/// Whether a network that costs money is used.
package enum MeteredUse: String, Hashable, Sendable, CaseIterable {
  /// Nothing is fetched over it.
  case wait
  /// It is used like every other.
  case allow
}

/// How this host knows whether its network costs money.
package enum NetworkKind: String, Hashable, Sendable, CaseIterable {
  /// NetworkManager is asked; without one the network counts as unmetered.
  case automatic = "auto"
  /// It does.
  case metered
  /// It does not.
  case unmetered
}
