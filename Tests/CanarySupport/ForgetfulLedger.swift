package import Canary
package import Signing

/// A ledger that keeps nothing, for runs that are not interrupted.
package struct ForgetfulLedger: CanaryLedger {
  /// Makes one.
  package init() {}

  package func record(_ samples: [CanarySample], progress: CanaryProgress) async throws {}
  package func progress(of tree: SHA256Digest) async throws -> CanaryProgress? { nil }
}
