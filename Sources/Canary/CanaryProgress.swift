package import Platform
package import Signing

/// How far a soak has come; what a killed supervisor goes on from.
package struct CanaryProgress: Equatable, Sendable {
  /// The digest of the tree that is watched.
  package let tree: SHA256Digest
  /// Observed time so far.
  package internal(set) var observed: Duration
  /// The number of the last sample.
  package internal(set) var samples: Int
  /// The time of day at which the soak began, for display only.
  package let started: Instant
  /// The time of day of the last sample, for display only.
  package internal(set) var updated: Instant
  /// The facts so far.
  package internal(set) var record: CanaryRecord

  /// Begins a soak.
  package init(tree: SHA256Digest, started: Instant) {
    self.tree = tree
    observed = .zero
    samples = 0
    self.started = started
    updated = started
    record = CanaryRecord()
  }

  /// The whole observed seconds.
  package var observedSeconds: Int64 { observed.components.seconds }
}
