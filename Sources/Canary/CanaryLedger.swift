package import Signing

/// Where a soak is written down, so that a killed supervisor can go on.
package protocol CanaryLedger: Sendable {
  /// Adds the samples of a round and replaces the progress of its soak, both or neither.
  func record(_ samples: [CanarySample], progress: CanaryProgress) async throws
  /// The observed time that a pass needs by now: what was asked for, or more where a person has extended the soak.
  func required(atLeast asked: Duration) async throws -> Duration
  /// The progress of the soak of this tree, if one was begun.
  func progress(of tree: SHA256Digest) async throws -> CanaryProgress?
}

extension CanaryLedger {
  /// Nobody extends a soak here.
  package func required(atLeast asked: Duration) async throws -> Duration { asked }
}
