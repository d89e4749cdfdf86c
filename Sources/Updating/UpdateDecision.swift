import Platform
package import Releases
import Storage

/// What a host does about what a channel offers now.
package enum UpdateDecision: Hashable, Sendable {
  /// What runs is what is offered.
  case nothingNew
  /// The offered release may be taken.
  case available
  /// Somebody said to stay.
  case held(reason: String, until: String?)
  /// This release was rolled back or skipped on this host.
  case skipped(reason: String)
  /// The publisher stopped the rollout.
  case paused
  /// The rollout has not reached this host.
  case notYet(percent: Int)
  /// The channel no longer offers the plugin at all.
  case notOffered
  /// The offered release cannot read the state that is there.
  case stateUnreadable(reads: [Int64], present: Int64)
  /// There is no bundle for this platform.
  case noBundle(offered: [String])
  /// The release is not yet as old as this host wants it to be.
  case tooYoung(age: DurationText, until: String)
  /// The release needs values that nobody has given yet; what is known of them is known once it was fetched.
  case needsConfiguration(keys: [String])

  /// The one word that `--json` prints.
  package var word: String {
    switch self {
    case .nothingNew: "nothing-new"
    case .available: "available"
    case .held: "held"
    case .skipped: "skipped"
    case .paused: "paused"
    case .notYet: "not-yet"
    case .notOffered: "not-offered"
    case .stateUnreadable: "state-unreadable"
    case .noBundle: "no-bundle"
    case .tooYoung: "too-young"
    case .needsConfiguration: "needs-configuration"
    }
  }

  /// The decision in a sentence.
  package var sentence: String {
    switch self {
    case .nothingNew: "up to date"
    case .available: "available"
    case .held(let reason, let until): "held\(until.map { " until \($0)" } ?? ""): \(reason)"
    case .skipped(let reason): "stays away: \(reason)"
    case .paused: "the publisher paused the rollout"
    case .notYet(let percent): "the rollout has reached \(percent) % of hosts, and not this one"
    case .notOffered: "the channel no longer offers it; what is installed stays"
    case .stateUnreadable(let reads, let present):
      "refused: it cannot read the plugin's data of epoch \(present), only epoch \(StateEpoch.list(reads))"
    case .noBundle(let offered): "there is no bundle for \(TargetPlatform.current), only for \(offered)"
    case .tooYoung(let age, let until): "waits until \(until), for it must be \(age) old"
    case .needsConfiguration(let keys):
      "waits for a value of \(keys.joined(separator: ", ")): "
        + "serin update NAME \(keys.map { "--set \($0)=VALUE" }.joined(separator: " "))"
    }
  }
}

/// How old a release is, and how old it must be.
struct ReleaseAge {
  /// From when its age counts.
  let since: Instant
  /// How old it must be.
  let minimum: DurationText
  /// The host's clock.
  let now: Instant

  /// When it is old enough; nil where it is already.
  var isWaitingUntil: Instant? {
    let end = since.advanced(by: minimum.duration)
    return minimum.milliseconds > 0 && end > now ? end : nil
  }
}

/// The facts from which a host decides, so that the decision itself is pure.
struct UpdateFacts {
  let plugin: PluginName
  let currentTree: TreeName?
  let currentVersion: ReleaseVersion?
  /// The epochs of the release that runs; nil where none does.
  var currentState: StateEpoch?
  let manifest: ChannelManifest
  let holds: [Hold]
  let hostID: String
  let platform: TargetPlatform
  /// How old the offered release is; nil where no age is asked.
  var age: ReleaseAge?
  /// The settings that the offered release needs and that have no value.
  var missingSettings: [String] = []

  /// The bundle that would run here.
  var bundle: BundleOffer? { manifest.bundle(for: platform) }

  /// What the offered release would mean for the state; nil where both are of the same epochs, or nothing runs.
  var stateChange: StateChange? {
    guard let currentState, let bundle, bundle.state != currentState else { return nil }
    return StateChange(from: currentState, to: bundle.state)
  }

  /// Decides; the first reason to stay wins.
  var decision: UpdateDecision {
    guard let bundle else { return .noBundle(offered: manifest.bundles.map(\.platform.text)) }
    if currentTree?.tree == bundle.tree && currentVersion == manifest.version { return .nothingNew }
    if let yank = manifest.yank(of: manifest.version) {
      return .skipped(reason: "withdrawn by its publisher: \(yank.reason)")
    }
    if let obstacle { return obstacle }
    if manifest.paused { return .paused }
    if !manifest.rollout.includes(hostID: hostID, plugin: plugin, version: manifest.version) {
      return .notYet(percent: manifest.rollout.percent)
    }
    if let currentState, !bundle.state.canRead(currentState.writes) {
      return .stateUnreadable(reads: bundle.state.reads, present: currentState.writes)
    }
    if let age, let end = age.isWaitingUntil { return .tooYoung(age: age.minimum, until: end.rfc3339) }
    if !missingSettings.isEmpty { return .needsConfiguration(keys: missingSettings) }
    return .available
  }

  /// What the user said against the offered release, if anything.
  var obstacle: UpdateDecision? {
    if let hold = holds.first(where: { $0.kind == .skip && $0.version == manifest.version }) {
      return .skipped(reason: hold.reason)
    }
    if let hold = holds.first(where: { $0.kind == .hold && ($0.version == nil || $0.version == manifest.version) }) {
      return .held(reason: hold.reason, until: hold.until?.rfc3339)
    }
    if let pin = holds.first(where: { $0.kind == .pin }), pin.version != manifest.version {
      return .held(reason: "pinned to \(pin.version?.text ?? "another version"): \(pin.reason)", until: nil)
    }
    return nil
  }
}
