package import MCP
package import Releases
package import Signing

/// The installed release that a candidate is compared with.
package struct CanaryBaseline: Equatable, Sendable {
  /// The installed version.
  package let version: ReleaseVersion
  /// Its tool list, observed in the same environment.
  package let tools: ToolList

  /// Names the installed release and its tools.
  package init(version: ReleaseVersion, tools: ToolList) {
    self.version = version
    self.tools = tools
  }
}

/// What is watched, for how long, and against what.
package struct CanaryPlan: Sendable {
  /// The plugin.
  package var plugin: PluginName
  /// The candidate's version.
  package var version: ReleaseVersion
  /// The platform of its bundle.
  package var platform: TargetPlatform
  /// The digest of its tree; another digest is another soak.
  package var tree: SHA256Digest
  /// What it must keep to.
  package var gates: CanaryGates
  /// The observed time that the channel's policy asks for; less in `gates` makes a shortened soak.
  package var policyRequired: Duration
  /// The installed release, if there is one.
  package var baseline: CanaryBaseline?
  /// Sample calls that the publisher declared.
  package var calls: [ToolCallProbe]
  /// Time between two rounds of probes.
  package var interval: Duration
  /// Time between two cold starts; one is made in any case.
  package var coldStartEvery: Duration
  /// True to forget what was observed of this tree before.
  package var startsAnew = false
  /// How long to wait for a verdict; what was not observed by then makes it inconclusive.
  ///
  /// Nil waits without end.
  package var giveUpAfter: Duration?

  /// Plans a soak; the interval follows from its length unless it is given.
  package init(
    plugin: PluginName, version: ReleaseVersion, platform: TargetPlatform, tree: SHA256Digest, gates: CanaryGates,
    policyRequired: Duration, baseline: CanaryBaseline? = nil, calls: [ToolCallProbe] = [],
    interval: Duration? = nil, coldStartEvery: Duration = .seconds(1800)
  ) {
    self.plugin = plugin
    self.version = version
    self.platform = platform
    self.tree = tree
    self.gates = gates
    self.policyRequired = policyRequired
    self.baseline = baseline
    self.calls = calls
    self.interval = interval ?? Self.interval(for: gates.required)
    self.coldStartEvery = coldStartEvery
  }

  /// True when less time is observed than the policy asks for.
  package var isShortened: Bool { gates.required < policyRequired }

  /// The time between two rounds: a twentieth of the soak, at least one second, at most one minute.
  package static func interval(for soak: Duration) -> Duration {
    min(max(soak / 20, .seconds(1)), .seconds(60))
  }

  /// How many probes a soak of `required` must bring when the policy asks for `probes` in `policy`.
  ///
  /// A shortened soak needs its share, but never fewer than `fewest` nor more than its interval makes possible.
  package static func minimumProbes(for required: Duration, policy: Duration, probes: Int) -> Int {
    guard policy > .zero, (required < policy) else { return probes }
    let share = Int((Double(probes) * (required / policy)).rounded(.up))
    let possible = max(1, Int(required / interval(for: required)))
    return min(max(share, fewest), possible)
  }

  /// Fewest probes of a shortened soak, if its length allows them.
  package static let fewest = 5
}
