package import Releases
import Signing

extension Publisher {
  /// Whether no other channel takes its releases from this one: the channel that everybody follows in the end.
  package func isLast(_ channel: ChannelName) -> Bool {
    !workspace.policies.contains { $0.policy.follows == channel }
  }

  /// How long a release of a channel must be observed before the next channel may take it.
  package func soak(after channel: ChannelName) throws -> DurationText {
    let next = workspace.policies.first { $0.policy.follows == channel }
    return try (next?.policy ?? workspace.policy(channel)).soak.observed
  }

  /// Whether this machine holds enough of the online keys to sign timestamp and snapshot role.
  package func canRenew() throws -> Bool {
    for role in [workspace.settings.snapshot, workspace.settings.timestamp] {
      let held = try role.keys.filter { try keys.signer(named: $0) != nil }
      if held.count < role.threshold { return false }
    }
    return true
  }

  /// How long the online roles' signatures last, by role.
  package func onlineLifetimes() throws -> [String: Duration] {
    [
      "snapshot": .seconds(try workspace.settings.snapshot.lifetimeSeconds()),
      "timestamp": .seconds(try workspace.settings.timestamp.lifetimeSeconds()),
    ]
  }
}
