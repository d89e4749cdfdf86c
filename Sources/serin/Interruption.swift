import UnixSignals

/// Lets a person or a supervisor end long work early, with everything it started.
enum Interruption {
  /// Does the work; SIGINT and SIGTERM cancel it, so that no sandbox outlives the command that watches it.
  ///
  /// Throws `CommandError.interrupted` then, and otherwise what the work throws.
  static func canEnd<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
      group.addTask { try await work() }
      group.addTask {
        for await _ in signals { return nil }
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let value = first else { throw CommandError.interrupted }
      return value
    }
  }
}
