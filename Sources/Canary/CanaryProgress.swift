package import Platform
package import Signing

/// How far a soak has come; what a killed supervisor goes on from.
package struct CanaryProgress: Equatable, Sendable {
  /// The digest of the tree that is watched.
  package let tree: SHA256Digest
  /// The digest of the installed tree that it is compared with, if any; another one begins the soak anew.
  package let baseline: SHA256Digest?
  /// Observed time of the candidate so far.
  package internal(set) var observed: Duration
  /// Observed time of the noise check so far, in which both arms run the installed release.
  package internal(set) var noiseObserved: Duration
  /// The number of the last sample.
  package internal(set) var samples: Int
  /// The time of day at which the soak began, for display only.
  package let started: Instant
  /// The time of day of the last sample, for display only.
  package internal(set) var updated: Instant
  /// The facts so far.
  package internal(set) var record: CanaryRecord
  /// The rounds of the running block, of which its medians are taken.
  package internal(set) var rounds: [PairedRound] = []

  /// Begins a soak.
  package init(tree: SHA256Digest, baseline: SHA256Digest? = nil, started: Instant) {
    self.tree = tree
    self.baseline = baseline
    observed = .zero
    noiseObserved = .zero
    samples = 0
    self.started = started
    updated = started
    record = CanaryRecord()
  }

  /// The whole observed seconds.
  package var observedSeconds: Int64 { observed.components.seconds }
}
