package import Canary
package import Signing
import Synchronization

/// A ledger in memory that goes through the kept form, as the real one does, and may fail on request.
package final class MemoryLedger: CanaryLedger {
  /// An empty ledger.
  package init() {}

  package struct PulledPlug: Error {}

  private struct State {
    var samples: [CanarySample] = []
    var progress: [SHA256Digest: CanaryProgress] = [:]
    var writesLeft: Int?
    var required = Duration.zero
  }

  private let state = Mutex(State())

  package var samples: [CanarySample] { state.withLock { $0.samples } }

  /// Lets this many more writes succeed.
  package func failAfter(_ writes: Int?) { state.withLock { $0.writesLeft = writes } }

  /// Asks for more observed time from now on.
  package func extend(to required: Duration) { state.withLock { $0.required = required } }

  package func record(_ samples: [CanarySample], progress: CanaryProgress) async throws {
    try state.withLock { state in
      if let left = state.writesLeft {
        guard left > 0 else { throw PulledPlug() }
        state.writesLeft = left - 1
      }
      state.samples += samples
      state.progress[progress.tree] = progress
    }
  }

  package func required(atLeast asked: Duration) async throws -> Duration { state.withLock { max(asked, $0.required) } }

  /// The progress as it comes back from its kept form.
  package func progress(of tree: SHA256Digest) async throws -> CanaryProgress? {
    state.withLock { $0.progress[tree] }.flatMap { CanaryProgress(encoded: $0.encoded()) }
  }
}
