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
  /// Calls of the user's own that were recorded, to be replayed: only tools that say they change nothing.
  package var replay: [ToolCallProbe] = []
  /// When what is done.
  package var schedule: CanarySchedule
  /// The digest of the installed tree, if there is one.
  package var baselineTree: SHA256Digest?
  /// What the order within pairs is drawn from.
  package var seed: UInt64 = 1
  /// The most observed time that a doubt is given before it is left to a person.
  package var longest: Duration
  /// True to forget what was observed of this tree before.
  package var startsAnew = false
  /// How long to wait for a verdict; what was not observed by then makes it inconclusive.
  ///
  /// Nil waits without end.
  package var giveUpAfter: Duration?

  /// Plans a soak; the schedule follows from its length unless it is given.
  package init(
    plugin: PluginName, version: ReleaseVersion, platform: TargetPlatform, tree: SHA256Digest, gates: CanaryGates,
    policyRequired: Duration, baseline: CanaryBaseline? = nil, calls: [ToolCallProbe] = [],
    schedule: CanarySchedule? = nil
  ) {
    self.plugin = plugin
    self.version = version
    self.platform = platform
    self.tree = tree
    self.gates = gates
    self.policyRequired = policyRequired
    self.baseline = baseline
    self.calls = calls
    self.schedule = schedule ?? CanarySchedule(for: gates.required)
    longest = gates.required * 2
  }

  /// True when less time is observed than the policy asks for.
  package var isShortened: Bool { gates.required < policyRequired }

  /// How many probes a soak of `required` must bring when the policy asks for `probes` in `policy`.
  ///
  /// A shortened soak needs its share, but never fewer than `fewest` nor more than its interval makes possible.
  package static func minimumProbes(for required: Duration, policy: Duration, probes: Int) -> Int {
    guard policy > .zero, (required < policy) else { return probes }
    let share = Int((Double(probes) * (required / policy)).rounded(.up))
    let possible = max(1, Int(required / CanarySchedule.interval(for: required)))
    return min(max(share, fewest), possible)
  }

  /// Fewest probes of a shortened soak, if its length allows them.
  package static let fewest = 5
}
