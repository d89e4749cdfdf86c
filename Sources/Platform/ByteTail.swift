import Synchronization

/// Keeps the last bytes of a stream and counts them all.
final class ByteTail: Sendable {
  /// How many bytes are kept.
  static let capacity = 64 * 1024

  private struct State {
    var bytes: [UInt8] = []
    var count: Int64 = 0
  }

  private let state = Mutex(State())

  var count: Int64 { state.withLock { $0.count } }
  var bytes: [UInt8] { state.withLock { Array($0.bytes.suffix(Self.capacity)) } }

  func append(_ bytes: [UInt8]) {
    state.withLock { state in
      state.count += Int64(bytes.count)
      state.bytes += bytes
      // Trimming only now and then moves each byte once on average.
      if state.bytes.count > 2 * Self.capacity { state.bytes.removeFirst(state.bytes.count - Self.capacity) }
    }
  }
}
