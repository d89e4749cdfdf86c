/// Reads the client's own targets file while the network answers, because it is the largest file and mostly current.
///
/// Nothing is believed here: the file is read and its signatures are counted for the authority of the root that is
/// trusted so far. Whether it is the file that the snapshot role names, and whether that root stays, is judged by the
/// workflow.
struct TargetsAhead {
  private let task: Task<SignedEnvelope?, Never>

  /// Begins to read.
  init(store: any MetadataStore, limits: TUFLimits, authority: Authority) {
    // Detached: a task of the caller's executor could only run when the caller waits.
    task = Task.detached {
      guard let bytes = try? await store.load(.targets), !Task.isCancelled,
        var envelope = try? SignedEnvelope(bytes, role: .targets, limits: limits), !Task.isCancelled
      else { return nil }
      envelope.countSignatures(by: authority)
      return envelope
    }
  }

  /// The file; nil when there is none or it cannot be read.
  var envelope: SignedEnvelope? {
    get async { await task.value }
  }

  /// Stops as soon as it can.
  func cancel() { task.cancel() }
}
