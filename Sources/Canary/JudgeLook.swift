/// One planned look at the figures: when, and what error level it may use up.
struct JudgeLook: Equatable {
  /// The observed time in seconds.
  let at: Double
  /// The error level of all comparisons of this look.
  let level: Double
  /// True at and after the required time, when a pass is possible.
  let isFinal: Bool

  /// All looks of a soak of `required` seconds, extensions included.
  static func all(required: Double) -> [JudgeLook] {
    let levels = AlphaSpending.increments(JudgeRules.level - JudgeRules.extensionLevel, at: JudgeRules.looks)
    let planned = zip(JudgeRules.looks, levels).map { share, level in
      JudgeLook(at: required * share, level: level, isFinal: share >= 1)
    }
    let each = JudgeRules.extensionLevel / Double(JudgeRules.extensions.count)
    return planned + JudgeRules.extensions.map { JudgeLook(at: required * $0, level: each, isFinal: true) }
  }
}

/// A block with its place in observed time.
struct PlacedBlock {
  let block: CanaryBlock
  /// Its middle in hours of observed time.
  let middle: Double
}

/// The blocks of a soak in order, checked and placed in time.
///
/// Observed time is that of the comparison; a noise check takes none of it.
struct JudgeTimeline {
  private var placed: [(block: CanaryBlock, end: Double)] = []
  /// The usual length of a block in seconds.
  let usual: Double

  init(_ blocks: [CanaryBlock]) {
    let ordered = blocks.sorted { $0.number < $1.number }.suffix(JudgeRules.mostBlocks)
    usual = ordered.map(\.observed.judgedSeconds).median ?? 0
    var end = 0.0
    for block in ordered {
      if !block.isNoiseCheck { end += block.observed.judgedSeconds }
      placed.append((block, end))
    }
  }

  /// The blocks that were complete at a look; one that is still running counts only when the time is up.
  func blocks(at look: JudgeLook) -> [PlacedBlock] {
    // A block ends with the round that completes it, so that ends lag a little behind.
    let lag = look.at + usual / 2
    let least = usual * (look.isFinal ? JudgeRules.leastShare : JudgeRules.wholeShare)
    return placed.compactMap { block, end in
      let length = block.observed.judgedSeconds
      guard end <= lag, length > 0, length >= least else { return nil }
      return PlacedBlock(block: block, middle: (end - length / 2) / 3600)
    }
  }
}

extension Duration {
  /// Seconds, not negative, as a number that sums cannot overflow.
  var judgedSeconds: Double {
    let (seconds, attoseconds) = components
    return max(0, Double(seconds) + Double(attoseconds) / 1e18)
  }
}
