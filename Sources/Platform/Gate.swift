import Synchronization

/// Lets tasks wait until something changes, with a deadline; no wake-up is ever lost.
///
/// Read `generation`, look at the guarded state, and if it is not ready wait for a later generation.
final class Gate: Sendable {
  /// Why a wait ended.
  enum Wake: Sendable { case changed, timedOut, cancelled }

  private struct State {
    var generation: UInt64 = 0
    var nextID: UInt64 = 0
    var waiters: [UInt64: CheckedContinuation<Wake, Never>] = [:]
    var early: [UInt64: Wake] = [:]
  }

  private let state = Mutex(State())

  /// Grows with every change.
  var generation: UInt64 { state.withLock { $0.generation } }

  /// Tells all waiters that something has changed.
  func open() {
    let waiters = state.withLock { state in
      state.generation += 1
      defer { state.waiters = [:] }
      return state.waiters
    }
    for waiter in waiters.values { waiter.resume(returning: .changed) }
  }

  /// Waits for a generation later than the given one.
  ///
  /// - Parameters:
  ///   - timeout: how long; nil waits without end.
  ///   - cancellable: whether cancelling the task ends the wait.
  func wait(after seen: UInt64, timeout: Duration?, cancellable: Bool = true) async -> Wake {
    if let timeout, timeout <= .zero { return generation > seen ? .changed : .timedOut }
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    let timer = timeout.map { timeout in
      Task {
        try? await SystemClock().sleep(for: timeout)
        if !Task.isCancelled { self.wake(id, .timedOut) }
      }
    }
    defer {
      timer?.cancel()
      state.withLock { _ = $0.early.removeValue(forKey: id) }
    }
    guard cancellable else { return await suspend(id, after: seen) }
    return await withTaskCancellationHandler {
      await suspend(id, after: seen)
    } onCancel: {
      wake(id, .cancelled)
    }
  }

  private func suspend(_ id: UInt64, after seen: UInt64) async -> Wake {
    await withCheckedContinuation { continuation in
      let ready: Wake? = state.withLock { state in
        if state.generation > seen { return .changed }
        if let wake = state.early.removeValue(forKey: id) { return wake }
        state.waiters[id] = continuation
        return nil
      }
      if let ready { continuation.resume(returning: ready) }
    }
  }

  /// Ends one wait; one that has not begun yet finds the reason when it does.
  private func wake(_ id: UInt64, _ wake: Wake) {
    let waiter = state.withLock { state in
      let waiter = state.waiters.removeValue(forKey: id)
      if waiter == nil { state.early[id] = wake }
      return waiter
    }
    waiter?.resume(returning: wake)
  }
}
