/// All the disks that a power cut may leave, at every moment of what happened to a model disk.
///
/// Nothing but a barrier orders anything: of the changes that no barrier covers, any set may have reached the disk, and
/// of a write the first half, or its length with zeros. Where there are at most `limit` such disks at a moment, all of
/// them come; else nothing, everything, and as many drawn by the seed, and where `includesSingles` also each change
/// alone, each change missing, and each beginning of the list.
package struct CrashStates {
  /// How many disks at one moment are all tried.
  package let limit: Int
  /// Whether, where not all are tried, each change alone and each change missing are.
  package let includesSingles: Bool
  private var random: SplitMix64

  /// How many moments were looked at, and at how many of them every possible disk came.
  package private(set) var moments = (all: 0, exhaustive: 0)

  /// - Parameter seed: chooses where not everything can be tried.
  package init(limit: Int, includesSingles: Bool, seed: UInt64) {
    self.limit = limit
    self.includesSingles = includesSingles
    random = SplitMix64(seed: seed)
  }

  private struct Pending {
    var change: DiskChange
    var barriers: Set<Int>
    var isCertain: Bool { barriers.isEmpty }
  }

  /// Calls the closure with every disk, some of them more than once.
  package mutating func forEach(
    from base: DiskImage, _ events: [ModelDisk.Event], _ body: (DiskImage, _ moment: Int) throws -> Void
  ) rethrows {
    var base = base
    var pending: [Pending] = []
    try body(base, 0)
    for (index, event) in events.enumerated() {
      switch event {
      case .change(let change): pending.append(Pending(change: change, barriers: change.barriers))
      case .sync(let node): for place in pending.indices { pending[place].barriers.remove(node) }
      case .syncAll: for place in pending.indices { pending[place].barriers = [] }
      }
      // What is certain from the beginning on need not be looked at again.
      while let first = pending.first, first.isCertain {
        base.apply(first.change)
        pending.removeFirst()
      }
      try forEachDisk(base, pending) { try body($0, index + 1) }
    }
  }

  private mutating func forEachDisk(
    _ base: DiskImage, _ pending: [Pending], _ body: (DiskImage) throws -> Void
  ) rethrows {
    moments.all += 1
    let open = pending.indices.filter { !pending[$0].isCertain }
    let total = open.reduce(1) { min($0 * pending[$1].change.parts.count, limit + 1) }
    func disk(_ part: (Int) -> DiskChange.Part) -> DiskImage {
      var image = base
      for (index, one) in pending.enumerated() { image.apply(one.change, one.isCertain ? .whole : part(index)) }
      return image
    }
    if total <= limit {
      moments.exhaustive += 1
      for number in 0..<total { try body(disk(Self.choice(number, open, pending))) }
      return
    }
    try body(disk { _ in .nothing })
    try body(disk { _ in .whole })
    for index in open where includesSingles {
      for part in pending[index].change.parts where part != .whole { try body(disk { $0 == index ? part : .whole }) }
      try body(disk { $0 == index ? .whole : .nothing })
      try body(disk { $0 <= index ? .whole : .nothing })
    }
    for _ in 0..<limit {
      let chosen = Dictionary(
        uniqueKeysWithValues: open.map { index in
          (index, pending[index].change.parts.randomElement(using: &random) ?? .whole)
        })
      try body(disk { chosen[$0] ?? .whole })
    }
  }

  /// The parts that a number stands for, as digits of changing bases.
  private static func choice(_ number: Int, _ open: [Int], _ pending: [Pending]) -> (Int) -> DiskChange.Part {
    var rest = number
    var parts: [Int: DiskChange.Part] = [:]
    for index in open {
      let all = pending[index].change.parts
      parts[index] = all[rest % all.count]
      rest /= all.count
    }
    return { parts[$0] ?? .whole }
  }
}
