internal import Releases

/// Where in a large old file the content of each part of a large new one probably lies.
///
/// A rolling hash over 64 bytes picks the same places of both files, however far they moved (content-defined sampling,
/// as in casync and LBFS). Each part votes with the old places of its samples; the stretch of the old file with the
/// most votes becomes its prefix.
struct DeltaAlignment {
  /// How many places of the old file are remembered, roughly.
  private static let samples: Int64 = 1 << 17
  /// The unit in which votes are counted, in bytes.
  private static let bucket: Int64 = 64 << 10
  /// A place that several stretches of the old file share says nothing.
  private static let ambiguous: Int64 = -1

  private let oldSize: Int64
  private let mask: UInt64
  private var places: [UInt64: Int64] = [:]

  /// Learns an old file from its content piece by piece.
  init(oldSize: Int64, newSize: Int64, feed: ((([UInt8]) -> Void) throws(BundleError) -> Void)) throws(BundleError) {
    self.oldSize = oldSize
    var bits = 6
    while max(oldSize, newSize) >> Int64(bits) > Self.samples, bits < 40 { bits += 1 }
    mask = ((1 << UInt64(bits)) - 1) << 20
    var found: [UInt64: Int64] = [:]
    var sampler = ContentSampler(mask: mask)
    try feed { bytes in
      sampler.take(bytes) { hash, place in found[hash] = found[hash] == nil ? place : Self.ambiguous }
    }
    places = found
  }

  /// The stretches of the old file, one for each part of the new one; `length` bytes long where the old file is longer.
  func stretches(
    for parts: [Range<Int64>], length: Int64, feed: ((([UInt8]) -> Void) throws(BundleError) -> Void)
  ) throws(BundleError) -> [Range<Int64>] {
    guard oldSize > length, let end = parts.last?.upperBound else { return parts.map { _ in 0..<oldSize } }
    var votes: [[Int64]] = parts.map { _ in [] }
    var sampler = ContentSampler(mask: mask)
    var current = 0
    try feed { bytes in
      sampler.take(bytes) { hash, place in
        while current + 1 < parts.count, place >= parts[current].upperBound { current += 1 }
        if let old = places[hash], old != Self.ambiguous { votes[current].append(old) }
      }
    }
    return zip(parts, votes).map { part, votes in
      // Without votes: the same share of the file.
      let middle = Self.middle(of: votes, length: length) ?? share(part, of: end)
      let begin = max(0, min(middle - length / 2, oldSize - length))
      return begin..<(begin + length)
    }
  }

  private func share(_ part: Range<Int64>, of end: Int64) -> Int64 {
    Int64(Double((part.lowerBound + part.upperBound) / 2) / Double(end) * Double(oldSize))
  }

  /// The middle of the stretch that holds the most votes; nil when there are too few to tell.
  private static func middle(of votes: [Int64], length: Int64) -> Int64? {
    let sorted = votes.sorted()
    var (best, bestCount, low) = (0..<0, 7, 0)
    for high in sorted.indices {
      while sorted[high] - sorted[low] >= length - bucket { low += 1 }
      if high - low + 1 > bestCount { (best, bestCount) = (low..<(high + 1), high - low + 1) }
    }
    guard !best.isEmpty else { return nil }
    return sorted[best.lowerBound] + (sorted[best.upperBound - 1] - sorted[best.lowerBound]) / 2
  }
}

/// Picks places of a stream of bytes by their content.
struct ContentSampler {
  private let mask: UInt64
  private var hash: UInt64 = 0
  private var position: Int64 = 0
  private var last: UInt64 = 0

  init(mask: UInt64) { self.mask = mask }

  /// Random numbers, one for each byte; the same on every machine, for deltas must be.
  private static let table: [UInt64] = {
    var state: UInt64 = 0x5345_5249_4e00
    return (0..<256).map { _ in
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }()

  /// Goes over the next bytes and hands over the hash and the place of each sample.
  ///
  /// The same sample twice in a row is handed over once: a stretch of zeros is one place.
  mutating func take(_ bytes: [UInt8], _ sink: (UInt64, Int64) -> Void) {
    let table = Self.table.span
    let span = bytes.span
    var hash = hash
    for index in span.indices {
      hash = (hash << 1) &+ table[Int(span[index])]
      if hash & mask == 0, hash != last {
        last = hash
        sink(hash, position + Int64(index))
      }
    }
    self.hash = hash
    position += Int64(bytes.count)
  }
}
