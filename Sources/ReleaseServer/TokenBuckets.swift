/// A bounded table of token buckets, one per client address.
///
/// A value without a clock: the caller says what time it is, so that a test can.
package struct TokenBuckets: Sendable {
  private struct Bucket {
    var tokens: Double
    var filled: Duration
  }

  private let limit: RateLimit
  private let capacity: Int
  private var buckets: [String: Bucket] = [:]

  /// Makes an empty table.
  /// - Parameters:
  ///   - limit: What each client is granted.
  ///   - capacity: How many clients are remembered at most.
  package init(limit: RateLimit, capacity: Int) {
    self.limit = limit
    self.capacity = max(1, capacity)
  }

  /// How many clients are remembered now.
  package var count: Int { buckets.count }

  /// Takes one token of a client's bucket.
  /// - Parameters:
  ///   - client: The client's address.
  ///   - now: The time on a clock that only moves forward.
  /// - Returns: Nil when the request may pass, else the whole seconds after which the next one may.
  package mutating func take(_ client: String, at now: Duration) -> Int64? {
    guard limit.perSecond > 0 else { return nil }
    var bucket = buckets[client] ?? Bucket(tokens: max(1, limit.burst), filled: now)
    bucket.tokens = tokens(in: bucket, at: now)
    bucket.filled = now
    let isGranted = bucket.tokens >= 1
    if isGranted { bucket.tokens -= 1 }
    if buckets[client] == nil { makeRoom(at: now) }
    buckets[client] = bucket
    guard !isGranted else { return nil }
    return max(1, Int64(((1 - bucket.tokens) / limit.perSecond).rounded(.up)))
  }

  private func tokens(in bucket: Bucket, at now: Duration) -> Double {
    let seconds = max(0, (now - bucket.filled) / .seconds(1))
    return min(max(1, limit.burst), bucket.tokens + seconds * limit.perSecond)
  }

  /// Forgets clients whose buckets are full again, which changes nothing for them; if all are busy, the fullest
  /// half goes.
  ///
  /// Without the second step a flood of addresses would grow the table; with it the flood pays with its own buckets
  /// first, because somebody who has used up his tokens is never forgiven before somebody who has not.
  private mutating func makeRoom(at now: Duration) {
    guard buckets.count >= capacity else { return }
    let full = max(1, limit.burst)
    buckets = buckets.filter { tokens(in: $0.value, at: now) < full }
    guard buckets.count >= capacity else { return }
    let emptiest = buckets.sorted { tokens(in: $0.value, at: now) < tokens(in: $1.value, at: now) }
    buckets = Dictionary(uniqueKeysWithValues: emptiest.prefix(capacity / 2).map { ($0.key, $0.value) })
  }
}
