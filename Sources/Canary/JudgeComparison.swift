import RealModule

/// What one look at the blocks of both arms brings: a figure for each quantity that was measured.
struct JudgeComparison {
  /// The figures, in the order of ``CanaryQuantity``.
  let figures: [CanaryFigure]
  /// Ratios by which two sandboxes with the installed release differed, where that was too much to judge by.
  let noise: [CanaryQuantity: Double]
  /// What a block is called in a sentence.
  let stretches: String

  /// Compares at a look.
  ///
  /// - Parameter isShort: true when so little time is asked for that only counts can prove anything.
  init(_ timeline: JudgeTimeline, at look: JudgeLook, isShort: Bool) {
    let blocks = timeline.blocks(at: look)
    let compared = blocks.filter { !$0.block.isNoiseCheck }
    stretches = (3300...3900).contains(timeline.usual) ? "hours" : "stretches"
    let check = blocks.last { $0.block.isNoiseCheck }?.block
    var tests: [JudgeTest] = []
    if let errors = JudgeTest(errorsIn: compared.map(\.block)) { tests.append(errors) }
    for quantity in CanaryQuantity.allCases {
      guard let metric = quantity.metric else { continue }
      let test =
        quantity.isGrowth
        ? JudgeTest(quantity, growthOf: metric, in: compared)
        : JudgeTest(quantity, ratioOf: metric, in: compared.map(\.block), check: check?.pairs[metric])
      if let test { tests.append(test) }
    }
    let levels = Holm.levels(
      tests.map { ($0.isJudged ? $0.probability : 1, JudgeRules.weight($0.quantity)) }, level: look.level)
    figures = zip(tests, levels).map { $0.figure(level: $1, isShort: isShort) }
    noise = Dictionary(uniqueKeysWithValues: tests.compactMap { test in test.noise.map { (test.quantity, $0) } })
  }

  /// The first look at which something was worse, else the last one that was reached.
  static func decisive(_ blocks: [CanaryBlock], required: Double, observed: Double) -> (JudgeComparison, JudgeLook)? {
    let timeline = JudgeTimeline(blocks)
    var last: (JudgeComparison, JudgeLook)?
    for look in JudgeLook.all(required: required) where look.at <= observed {
      let comparison = JudgeComparison(timeline, at: look, isShort: required < JudgeRules.comparesFrom)
      last = (comparison, look)
      if comparison.figures.contains(where: { $0.outcome == .worse }) { break }
    }
    return last
  }
}

/// One test of a look, before it is known what level it is held against.
struct JudgeTest {
  let quantity: CanaryQuantity
  var installed = 0.0
  var candidate = 0.0
  var effect = 0.0
  var interval = 0.0...0.0
  var allowed = 0.0
  var blocks = 0
  var worseBlocks = 0
  var probability = 1.0
  /// True when there are enough figures for a test.
  var isJudged = false
  /// True when the effect is more than is allowed and large enough for anybody to notice.
  var exceeds = false
  /// True when the effect was seen in enough blocks to be the candidate's.
  var isSpread = true
  /// True when the figures leave more possible than a pass could bear.
  var isBlind = false
  /// The ratio of a noise check that was too much to judge by.
  var noise: Double?

  init(_ quantity: CanaryQuantity) { self.quantity = quantity }

  /// True when more than is allowed was seen, and chance alone seldom brings it.
  private var isSuspect: Bool { exceeds && probability <= JudgeRules.suspicion }

  /// The figure, given the level that the test is held against.
  func figure(level: Double, isShort: Bool) -> CanaryFigure {
    let outcome = outcome(level: level, canProve: !isShort || quantity.metric == nil)
    return CanaryFigure(
      quantity: quantity, outcome: outcome, installed: installed, candidate: candidate, effect: effect,
      interval: interval, allowed: allowed, blocks: blocks, worseBlocks: worseBlocks, probability: probability,
      level: level)
  }

  private func outcome(level: Double, canProve: Bool) -> CanaryFigure.Outcome {
    guard isJudged else { return .notJudged }
    if exceeds, isSpread, probability <= level, canProve { return .worse }
    return isSuspect || isBlind || noise != nil ? .undecided : .fine
  }
}
