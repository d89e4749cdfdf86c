/// Reads the client's own targets file while the network answers, because it is the largest file and mostly current.
///
/// Nothing is believed here: the file is read and its signatures are counted for the authority of the root that is
/// trusted so far. Whether it is the file that the snapshot role names, and whether that root stays, is judged by the
/// workflow.
struct TargetsAhead {
  private let reading: Task<SignedEnvelope?, Never>
  private let counting: Task<SignedEnvelope?, Never>

  /// Begins to read.
  init(store: any MetadataStore, limits: TUFLimits, authority: Authority) {
    // Detached: tasks of the caller's executor could only run when the caller waits.
    let reading = Task.detached { () -> SignedEnvelope? in
      guard let bytes = try? await store.load(.targets) else { return nil }
      return try? SignedEnvelope(bytes, role: .targets, limits: limits)
    }
    self.reading = reading
    counting = Task.detached {
      var envelope = await reading.value
      if !Task.isCancelled { envelope?.countSignatures(by: authority) }
      return envelope
    }
  }

  /// The file; nil when there is none or it cannot be read.
  ///
  /// The signatures of a file of another version than expected are not waited for.
  func envelope(expecting version: Int64?) async -> SignedEnvelope? {
    guard let envelope = await reading.value else { return nil }
    return envelope.claimedVersion == version ? await counting.value : envelope
  }

  /// Stops as soon as it can.
  func cancel() { counting.cancel() }
}
