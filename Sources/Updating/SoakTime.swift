package import Releases

/// How long and how often a host observes a release before it switches to it.
package struct SoakTime: Hashable, Sendable {
  /// The observed time that the design promises: 24 hours.
  package static let standard = SoakTime(policy: DurationText(seconds: 86_400), probes: 1000)

  /// The observed time that the host's policy asks for.
  package let policy: DurationText
  /// The probes that go with it.
  package let policyProbes: Int
  /// The observed time that is asked for this time; shorter than the policy's only by the user's explicit word.
  package let required: DurationText

  /// Whether an earlier verdict on the same tree is to be forgotten and the observation begun anew.
  package private(set) var startsAnew = false

  /// How long to wait for a verdict this time; without one by then the soak is inconclusive, and goes on when it is
  /// asked for again.
  package var giveUpAfter: DurationText?

  /// Calls of the user's own that are replayed in both sandboxes.
  package var replay: [SampleCall] = []

  /// The policy's time.
  package init(policy: DurationText, probes: Int) {
    self.init(policy: policy, probes: probes, required: policy)
  }

  private init(policy: DurationText, probes: Int, required: DurationText) {
    self.policy = policy
    policyProbes = probes
    self.required = required
  }

  /// The same policy with another time for once.
  package func asking(for required: DurationText) -> SoakTime {
    var time = SoakTime(policy: policy, probes: policyProbes, required: required)
    time.startsAnew = startsAnew
    time.giveUpAfter = giveUpAfter
    time.replay = replay
    return time
  }

  /// The same time, observed from the beginning whatever was found out before: the user's word after a failure.
  package var anew: SoakTime {
    var time = self
    time.startsAnew = true
    return time
  }

  /// Whether less is asked than the policy says; every output names it then.
  package var isShortened: Bool { required < policy }
}
