package import StrictJSON

/// Which form of its state a release writes, and which forms it can read (snapd calls the same thing an epoch).
///
/// A release that writes its state so that older releases cannot read it gets a higher epoch. Nobody says anything for
/// as long as every release reads what every other one wrote: that is epoch 0, which reads 0.
package struct StateEpoch: Hashable, Sendable {
  /// The highest epoch there can be.
  package static let maxEpoch: Int64 = 1 << 31 - 1
  /// The most epochs that a release can say it reads.
  package static let maxReads = 16
  /// The epoch of a release that says nothing about it.
  package static let original = StateEpoch(0)

  /// The epoch of the state once this release ran.
  package let writes: Int64
  /// The epochs that this release can read, in rising order; its own is one of them.
  package let reads: [Int64]

  private init(_ epoch: Int64) {
    writes = epoch
    reads = [epoch]
  }

  /// An epoch from its parts.
  ///
  /// - Throws: a `ReleaseError` for numbers out of range, out of order, or a release that cannot read what it writes.
  package init(writes: Int64, reads: [Int64]) throws(ReleaseError) {
    guard reads.count <= Self.maxReads else {
      throw ReleaseError("reads", .tooMany(offered: reads.count, limit: Self.maxReads))
    }
    for epoch in [writes] + reads where !(0...Self.maxEpoch).contains(epoch) {
      throw ReleaseError("epoch", .outOfRange(offered: epoch, minimum: 0, maximum: Self.maxEpoch))
    }
    for (lower, higher) in zip(reads, reads.dropFirst()) where lower >= higher {
      throw ReleaseError("reads", .outOfOrder(String(higher), after: String(lower)))
    }
    guard reads.contains(writes) else {
      throw ReleaseError(
        "reads", .invalid(offered: "\(reads)", rule: "hold the epoch \(writes) that the release writes"))
    }
    self.writes = writes
    self.reads = reads
  }

  /// Reads `{"epoch": 2, "reads": [1, 2]}`; without `reads` a release reads its own epoch alone.
  init(_ fields: Fields) throws(ReleaseError) {
    try fields.refuseUnknown(["epoch", "reads"])
    let writes = try fields.integer("epoch", in: 0...Self.maxEpoch)
    var reads: [Int64] = []
    for (index, value) in try fields.optionalArray("reads", limit: Self.maxReads).enumerated() {
      guard case .integer(let epoch) = value else {
        throw fields.error("reads[\(index)]", .wrongKind(offered: value.kindName, needed: "a whole number"))
      }
      reads.append(epoch)
    }
    do throws(ReleaseError) {
      try self.init(writes: writes, reads: fields.has("reads") ? reads : [writes])
    } catch {
      throw fields.error(error.field, error.problem)
    }
  }

  /// Reads what ``json`` wrote; nil for anything else.
  package init?(json: JSON) {
    guard let fields = try? Fields(json, at: "state"), let epoch = try? StateEpoch(fields) else { return nil }
    self = epoch
  }

  /// Whether a release of this epoch can read a state of that one.
  package func canRead(_ epoch: Int64) -> Bool { reads.contains(epoch) }

  /// Whether nothing has to be said.
  package var isOriginal: Bool { self == .original }

  /// The epochs as a JSON object.
  package var json: JSON { ["epoch": .integer(writes), "reads": .array(reads.map { .integer($0) })] }

  /// The epochs in a few words: "writes epoch 2, reads 1 and 2".
  package var sentence: String { "writes epoch \(writes), reads \(Self.list(reads))" }

  /// Numbers as a person lists them: "0, 1 and 2".
  package static func list(_ epochs: [Int64]) -> String {
    guard let last = epochs.last, epochs.count > 1 else { return epochs.first.map { String($0) } ?? "none" }
    return epochs.dropLast().map { String($0) }.joined(separator: ", ") + " and \(last)"
  }
}
