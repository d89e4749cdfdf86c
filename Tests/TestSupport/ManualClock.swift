package import Platform
import Synchronization

/// A clock that moves only when a test moves it, or when somebody sleeps by it.
package final class ManualClock: WallClock {
  /// What sleeping means.
  package enum Sleeping: Sendable {
    /// Sleeping moves the clock on at once: a day of waiting takes no time.
    case advances
    /// Sleeping waits until `advance(by:)` has moved the clock far enough.
    case waits
  }

  private struct State {
    var now: Instant
    var uptime: Duration = .zero
    var nextID = 0
    var sleepers: [Int: (until: Duration, wake: CheckedContinuation<Bool, Never>)] = [:]
    var cancelled: Set<Int> = []
    var slept: [Duration] = []
  }

  private let state: Mutex<State>
  private let sleeping: Sleeping

  /// Makes a clock that stands at a moment; 2026-11-23T05:00:00Z unless told otherwise.
  package init(now: Instant = Instant(seconds: 1_795_410_000), sleeping: Sleeping = .advances) {
    self.state = Mutex(State(now: now))
    self.sleeping = sleeping
  }

  /// The time of day.
  package func now() -> Instant { state.withLock { $0.now } }

  /// The time since the clock was made, without suspended time.
  package func uptime() -> Duration { state.withLock { $0.uptime } }

  /// How long each sleep was asked to take, in order.
  package var slept: [Duration] { state.withLock { $0.slept } }

  /// How many tasks are asleep.
  package var sleepers: Int { state.withLock { $0.sleepers.count } }

  /// Lets time pass: the time of day and the uptime move on, and whoever's time has come wakes.
  package func advance(by duration: Duration) {
    let woken = state.withLock { state in
      state.now = state.now.advanced(by: duration)
      state.uptime += duration
      let due = state.sleepers.filter { $0.value.until <= state.uptime }
      for id in due.keys { state.sleepers[id] = nil }
      return due.values.map(\.wake)
    }
    for wake in woken { wake.resume(returning: true) }
  }

  /// Moves the time of day alone, as a suspended machine or somebody who sets the clock does.
  package func jump(by duration: Duration) {
    state.withLock { $0.now = $0.now.advanced(by: duration) }
  }

  /// Starts the uptime anew, as a reboot does.
  package func reboot() { state.withLock { $0.uptime = .zero } }

  /// Sleeps as the clock was told to.
  package func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    if sleeping == .advances {
      state.withLock { $0.slept.append(duration) }
      advance(by: max(duration, .zero))
      await Task.yield()
      return
    }
    let id = state.withLock { state in
      state.slept.append(duration)
      state.nextID += 1
      return state.nextID
    }
    let completed = await withTaskCancellationHandler {
      await withCheckedContinuation { (wake: CheckedContinuation<Bool, Never>) in
        let answer: Bool? = state.withLock { state in
          if state.cancelled.remove(id) != nil { return false }
          if duration <= .zero { return true }
          state.sleepers[id] = (state.uptime + duration, wake)
          return nil
        }
        if let answer { wake.resume(returning: answer) }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        let sleeper = state.sleepers.removeValue(forKey: id)
        if sleeper == nil { state.cancelled.insert(id) }
        return sleeper
      }
      sleeper?.wake.resume(returning: false)
    }
    if !completed { throw CancellationError() }
  }
}
