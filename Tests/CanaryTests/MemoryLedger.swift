import Canary
import Signing
import Synchronization

/// A ledger in memory that goes through the kept form, as the real one does, and may fail on request.
final class MemoryLedger: CanaryLedger {
  struct PulledPlug: Error {}

  private struct State {
    var samples: [CanarySample] = []
    var progress: [SHA256Digest: [UInt8]] = [:]
    var writesLeft: Int?
  }

  private let state = Mutex(State())

  var samples: [CanarySample] { state.withLock { $0.samples } }

  /// Lets this many more writes succeed.
  func failAfter(_ writes: Int?) { state.withLock { $0.writesLeft = writes } }

  func record(_ sample: CanarySample, progress: CanaryProgress) async throws {
    try write { state in
      state.samples.append(sample)
      state.progress[progress.tree] = progress.encoded()
    }
  }

  func save(_ progress: CanaryProgress) async throws {
    try write { $0.progress[progress.tree] = progress.encoded() }
  }

  func progress(of tree: SHA256Digest) async throws -> CanaryProgress? {
    state.withLock { $0.progress[tree] }.flatMap(CanaryProgress.init(encoded:))
  }

  private func write(_ change: (inout State) -> Void) throws {
    try state.withLock { state in
      if let left = state.writesLeft {
        guard left > 0 else { throw PulledPlug() }
        state.writesLeft = left - 1
      }
      change(&state)
    }
  }
}
