import Synchronization

/// Bytes between a pump and a reader of lines: bounded, so that a chatty child waits instead of filling the memory.
final class LineBuffer: Sendable {
  /// The pump waits when so many bytes lie here, unless the reader waits for a longer line.
  static let capacity = 256 * 1024

  private struct State {
    var bytes: [UInt8] = []
    /// Where the unread bytes start.
    var start = 0
    /// How many of the unread bytes are known to hold no line feed.
    var scanned = 0
    var room = LineBuffer.capacity
    /// The rest of a line that was too long is thrown away.
    var dropping = false
    var isFinished = false
    var isAbandoned = false

    var unread: Int { bytes.count - start }
  }

  private let state = Mutex(State())
  private let filled = Gate()
  private let drained = Gate()

  /// Adds bytes, waiting for room; false when nobody will read them any more.
  func append(_ bytes: [UInt8]) async -> Bool {
    while true {
      let seen = drained.generation
      let outcome: Bool? = state.withLock { state in
        if state.isAbandoned { return false }
        guard state.unread < state.room else { return nil }
        if state.start > 0, state.start >= state.bytes.count / 2 {
          state.bytes.removeSubrange(..<state.start)
          state.start = 0
        }
        state.bytes += bytes
        return true
      }
      if let outcome {
        if outcome { filled.open() }
        return outcome
      }
      if await drained.wait(after: seen, timeout: nil) == .cancelled { return false }
    }
  }

  /// Says that no more bytes will come.
  func finish() {
    state.withLock { $0.isFinished = true }
    filled.open()
  }

  /// Says that nobody will read any more: the pump goes on without waiting.
  func abandon() {
    state.withLock { state in
      state.isAbandoned = true
      state.bytes = []
      state.start = 0
      state.scanned = 0
    }
    drained.open()
  }

  /// The next line; see `ProcessSession.nextLine`.
  func next(limit: Int, timeout: Duration, clock: any WallClock) async -> LineEvent {
    let deadline = clock.uptime() + timeout
    while true {
      let seen = filled.generation
      let event = state.withLock { Self.take(&$0, limit: limit) }
      drained.open()
      if let event { return event }
      switch await filled.wait(after: seen, timeout: deadline - clock.uptime()) {
      case .changed: continue
      case .timedOut, .cancelled: return .timedOut
      }
    }
  }

  private static func take(_ state: inout State, limit: Int) -> LineEvent? {
    while true {
      let feed = state.bytes[(state.start + state.scanned)...].firstIndex(of: UInt8(ascii: "\n"))
      guard let feed else { return takeRest(&state, limit: limit) }
      let length = feed - state.start
      let line = state.dropping || length > limit ? nil : Array(state.bytes[state.start..<feed])
      let wasDropping = state.dropping
      state.start = feed + 1
      state.scanned = 0
      state.dropping = false
      state.room = capacity
      if let line { return .line(line) }
      // The rest of a line that was reported before is skipped without a word.
      if !wasDropping { return .tooLong }
    }
  }

  /// No line feed among the unread bytes: wait for more, or give up on this line.
  private static func takeRest(_ state: inout State, limit: Int) -> LineEvent? {
    state.scanned = state.unread
    if state.dropping || state.unread > limit {
      let wasDropping = state.dropping
      state.start = state.bytes.count
      state.scanned = 0
      state.dropping = true
      if !wasDropping { return .tooLong }
    }
    guard state.isFinished else {
      // Room for the longest line that the reader would take, and its line feed.
      state.room = max(capacity, limit < .max - 2 ? limit + 2 : limit)
      return nil
    }
    guard state.unread > 0 else { return .closed }
    let last = Array(state.bytes[state.start...])
    state.start = state.bytes.count
    state.scanned = 0
    return .line(last)
  }
}
