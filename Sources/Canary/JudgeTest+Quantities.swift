import RealModule

extension JudgeTest {
  /// Confidence of the intervals that are shown.
  private static let confidence = 0.95

  /// Compares times: the medians over the pairs of each block; nil when the metric was never measured.
  init?(_ quantity: CanaryQuantity, ratioOf metric: CanaryMetric, in blocks: [CanaryBlock], check: PairSummary?) {
    self.init(quantity)
    guard blocks.contains(where: { $0.measures(metric) }) else { return nil }
    let both = blocks.compactMap { $0.ratio(metric) }
    setSides(blocks, metric)
    self.blocks = both.count
    worseBlocks = both.count { $0 > 0 }
    guard both.count >= 2 else { return }
    let test = SignedRank(both)
    // What two sandboxes with the installed release differ by, beyond what blocks scatter by anyway, is the machine's.
    let scatter = 1.4826 * (both.map { ($0 - test.estimate).magnitude }.median ?? 0)
    let own = check.flatMap { $0.judgedRatio.map(\.magnitude) } ?? 0
    let excess = max(0, own - JudgeRules.usualNoise * scatter)
    let limit = JudgeRules.allowed(quantity) + excess
    let bounds = test.interval(confidence: Self.confidence)
    effect = .expMinusOne(test.estimate)
    interval = .expMinusOne(bounds.lowerBound) ... .expMinusOne(bounds.upperBound)
    allowed = .expMinusOne(limit)
    probability = test.upperTail(above: JudgeRules.tolerated(quantity) + excess)
    isJudged = both.count >= JudgeRules.fewestBlocks(quantity)
    exceeds = test.estimate > limit && candidate - installed >= JudgeRules.leastDifference(quantity)
    isBlind =
      bounds.upperBound > JudgeRules.blind(quantity)
      && installed * interval.upperBound >= JudgeRules.leastDifference(quantity)
    noise = excess > JudgeRules.allowed(quantity) ? .expMinusOne(own) : nil
  }

  /// Compares growth: the candidate's medians less the installed release's, over observed time.
  init?(_ quantity: CanaryQuantity, growthOf metric: CanaryMetric, in placed: [PlacedBlock]) {
    self.init(quantity)
    guard placed.contains(where: { $0.block.measures(metric) }) else { return nil }
    setSides(placed.map(\.block), metric)
    var points = placed.compactMap { placed in
      placed.block.difference(metric).map {
        TrendPoint(time: placed.middle, value: $0, stretch: placed.block.session)
      }
    }
    blocks = points.count
    worseBlocks = zip(points, points.dropFirst()).count { $0.value < $1.value }
    guard let first = points.first, let last = points.last, points.count >= 2 else { return }
    allowed = JudgeRules.allowedGrowth(quantity, hours: last.time - first.time)
    isJudged = points.count >= JudgeRules.fewestBlocks(quantity)
    var trend = Trend(points)
    if isJudged, trend.slope > allowed, let step = GrowthStep(points, slope: trend.slope) {
      points = step.separated(points)
      trend = Trend(points)
    }
    effect = trend.slope
    interval = trend.interval(confidence: Self.confidence)
    probability = trend.upperTail
    exceeds = effect > allowed
    isBlind = interval.upperBound > allowed * JudgeRules.blindGrowth
  }

  /// Compares errors; nil when nothing was asked.
  init?(errorsIn blocks: [CanaryBlock]) {
    self.init(.errors)
    let tries = blocks.reduce(into: (0, 0)) { sum, block in
      sum.0 += block.installed.judgedRequests
      sum.1 += block.candidate.judgedRequests
    }
    guard tries.0 > 0, tries.1 > 0 else { return nil }
    let hits = blocks.reduce(into: (0, 0)) { sum, block in
      sum.0 += block.installed.judgedErrors
      sum.1 += block.candidate.judgedErrors
    }
    installed = Double(hits.0) / Double(tries.0)
    candidate = Double(hits.1) / Double(tries.1)
    effect = candidate - installed
    interval = Self.interval(hits: hits, tries: tries)
    allowed = JudgeRules.allowedErrors
    self.blocks = blocks.count
    worseBlocks = blocks.count { $0.candidate.judgedErrors > $0.installed.judgedErrors }
    probability = FisherExact.upperTail(hits: hits, tries: tries)
    isJudged = true
    exceeds = effect > allowed && hits.1 >= JudgeRules.fewestErrors
    isSpread = worseBlocks >= JudgeRules.fewestErrorBlocks
    isBlind = interval.upperBound > JudgeRules.blindErrors
  }

  /// The interval of a difference of shares; one more hit and one more miss on each side keep it from closing at 0.
  ///
  /// A. Agresti and B. Caffo, Simple and Effective Confidence Intervals for Proportions, 2000.
  private static func interval(hits: (Int, Int), tries: (Int, Int)) -> ClosedRange<Double> {
    func side(_ hits: Int, _ tries: Int) -> (share: Double, variance: Double) {
      let share = (Double(hits) + 1) / (Double(tries) + 2)
      return (share, share * (1 - share) / (Double(tries) + 2))
    }
    let (first, second) = (side(hits.0, tries.0), side(hits.1, tries.1))
    let reach = Normal.quantile(upperTail: (1 - confidence) / 2) * (first.variance + second.variance).squareRoot()
    let middle = second.share - first.share
    return (middle - reach)...(middle + reach)
  }

  /// The medians of both sides over those blocks in which both were measured.
  private mutating func setSides(_ blocks: [CanaryBlock], _ metric: CanaryMetric) {
    let both = blocks.compactMap { block -> (Double, Double)? in
      guard let installed = block.installed.judged(metric), let candidate = block.candidate.judged(metric) else {
        return nil
      }
      return (installed, candidate)
    }
    installed = both.map(\.0).median ?? 0
    candidate = both.map(\.1).median ?? 0
  }
}

extension CanaryBlock {
  /// True when one side at least was measured.
  func measures(_ metric: CanaryMetric) -> Bool {
    installed.judged(metric) != nil || candidate.judged(metric) != nil
  }

  /// The median log ratio of its pairs, when both sides were measured.
  func ratio(_ metric: CanaryMetric) -> Double? {
    guard installed.judged(metric) != nil, candidate.judged(metric) != nil else { return nil }
    return pairs[metric]?.judgedRatio
  }

  /// The candidate's median less the installed release's.
  func difference(_ metric: CanaryMetric) -> Double? {
    guard let installed = installed.judged(metric), let candidate = candidate.judged(metric) else { return nil }
    return candidate - installed
  }
}

extension PairSummary {
  /// The ratio, if it is one that measurements can bring.
  var judgedRatio: Double? {
    pairs > 0 && medianLogRatio.isFinite ? min(max(medianLogRatio, -50), 50) : nil
  }
}

extension ArmBlock {
  /// Requests, held within what can be summed up over all blocks.
  var judgedRequests: Int { min(max(requests, 0), FisherExact.mostTries) }
  /// Errors, never more than requests.
  var judgedErrors: Int { min(max(errors, 0), judgedRequests) }

  /// The median of a metric, if it is one that measurements can bring.
  func judged(_ metric: CanaryMetric) -> Double? {
    guard let median = medians[metric], median >= 0, median < 1e15 else { return nil }
    return median
  }
}
