import Testing

@testable import Canary

/// Each statistic against figures that somebody else has computed.
@Suite struct StatisticsTests {
  private func isClose(_ value: Double, _ wanted: Double, share: Double = 1e-9) -> Bool {
    (value - wanted).magnitude <= share * wanted.magnitude
  }

  @Test func `the median is the middle value, or halfway between two`() {
    #expect([Double]().median == nil)
    #expect([3.0, 1, 2].median == 2)
    #expect([4.0, 1, 2, 3].median == 2.5)
    #expect([1.7e308, 1.7e308].median == 1.7e308)
  }

  /// scipy 1.17.1: norm.sf and norm.isf.
  @Test func `the normal distribution has the tails that scipy gives`() {
    #expect(isClose(Normal.upperTail(2.5), 0.006209665325776132))
    #expect(isClose(Normal.upperTail(6), 9.865876450376946e-10))
    #expect(isClose(Normal.quantile(upperTail: 0.01), 2.3263478740408408))
    #expect(isClose(Normal.quantile(upperTail: 1e-6), 4.753424308822899))
  }

  @Test func `equal values share the mean of their ranks`() {
    let ranks = Ranks([2, 5, 2, 1, 5, 5])
    #expect(ranks.doubled == [5, 10, 5, 2, 10, 10])
    #expect(ranks.ties == [2, 3])
  }

  /// Hamilton's depression scores of nine patients.
  ///
  /// Hollander and Wolfe, Nonparametric Statistical Methods, table 3.1: T+ = 40, one-sided p = 0.019 53, estimate 0.46.
  @Test func `Wilcoxon's test gives what Hollander and Wolfe print`() {
    let before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    let test = SignedRank(zip(before, after).map { $0 - $1 })
    #expect(isClose(test.upperTail(), 0.01953125))
    #expect(isClose(test.estimate, 0.46))
    let interval = test.interval(confidence: 0.95)
    #expect(isClose(interval.lowerBound, 0.01, share: 1e-6))
    #expect(isClose(interval.upperBound, 0.786, share: 1e-6))
  }

  /// By going through all 1024 signs: 38 of them bring 45.5 or more.
  @Test func `Wilcoxon's test counts shared ranks exactly`() {
    #expect(isClose(SignedRank([2, 1, 2, 3, -1, 4, 2, -3, 1, 5]).upperTail(), 0.037109375))
  }

  /// scipy 1.17.1: wilcoxon(…, alternative="greater", mode="approx", correction=True).
  @Test func `Wilcoxon's test of many differences takes the normal distribution, shared ranks counted`() {
    #expect(SignedRank.mostExact < Self.seventy.count)
    #expect(isClose(SignedRank(Self.seventy).upperTail(), 0.1908071812181485, share: 1e-6))
  }

  static let seventy = [
    0.3, 0.6, 0.03, -0.59, -0.15, -0.69, 0.36, 1.64, -0.19, -0.32, 0.79, 0.66, 0.41, -0.63, 0.27, 1.0, -1.04, -0.16,
    -1.6, -0.99, -1.54, 0.06, -0.97, 0.57, 0.46, 0.11, -2.22, -0.24, 0.25, 0.41, -1.23, -0.18, -0.68, -0.51, 1.36,
    -0.51, 0.27, 1.18, -0.28, 0.19, 0.41, 0.36, -0.93, 0.38, 1.66, -1.25, 1.16, 0.42, -0.34, 2.3, 1.06, -0.9, 0.37,
    0.88, 0.11, 0.98, 0.23, 0.97, 1.74, -0.38, 0.5, -0.16, 0.43, -0.89, -0.28, 0.1, 1.2, 1.45, -1.02, -0.49,
  ]

  @Test func `Wilcoxon's test of nothing finds nothing`() {
    let test = SignedRank([.nan, .infinity])
    #expect(test.count == 0)
    #expect(test.upperTail() == 1)
    #expect(test.estimate == 0)
    #expect(test.interval(confidence: 0.95) == 0...0)
  }

  @Test func `a difference of exactly the tolerated size counts as no excess`() {
    #expect(SignedRank([1, 1, 1, 1]).upperTail(above: 1) == 1)
  }

  private func points(_ values: [Double], stretch: Int = 0) -> [TrendPoint] {
    values.enumerated().map { TrendPoint(time: Double($0), value: $1, stretch: stretch) }
  }

  /// scipy 1.17.1: theilslopes(y, x, alpha=0.95) and kendalltau(x, y, alternative="greater", method="exact").
  @Test func `Theil, Sen and Kendall find the trend that scipy finds`() {
    let trend = Trend(points([9.2, 8.1, 9.9, 10.4, 11.2, 9.7, 12.8, 12.1, 13.3, 14.9]))
    #expect(isClose(trend.slope, 0.65))
    #expect(isClose(trend.upperTail, 0.00047315917107583776))
    let interval = trend.interval(confidence: 0.95)
    #expect(isClose(interval.lowerBound, 0.4142857142857143))
    #expect(isClose(interval.upperBound, 0.85))
  }

  /// By hand: S = 37 and, after Kendall, Rank Correlation Methods, a variance of 115.67 for groups of 2, 3, 2, 3.
  @Test func `Kendall's test counts equal values`() {
    let trend = Trend(points([3, 3, 4, 4, 4, 5, 5, 6, 6, 6]))
    #expect(isClose(trend.upperTail, 0.0004079716571470933, share: 1e-6))
  }

  @Test func `stretches are compared within themselves only`() {
    // Each half falls, though the second lies far higher.
    let trend = Trend(points([5, 4, 3, 2, 1]) + points([50, 49, 48, 47, 46], stretch: 1))
    #expect(trend.slope == -1)
    #expect(trend.upperTail == 1)
    // Two stretches of three rising points: one of 3! * 3! orders.
    let rising = Trend(points([1, 2, 4]) + points([7, 8.5, 9], stretch: 1))
    #expect(isClose(rising.upperTail, 1.0 / 36))
  }

  @Test func `a trend of nothing, of one point and of equal points is none`() {
    for values in [[], [1], [2, 2, 2, 2], [.nan, .infinity, 1]] {
      #expect(Trend(points(values)).upperTail == 1)
      #expect(Trend(points(values)).slope == 0)
    }
  }

  @Test func `values that plainly follow each other weaken a trend`() {
    // A slow wave on a slope: the first one alone would be as good as certain.
    func rising(every place: Int) -> [Double] {
      (0..<24).map { index in
        let up = index / place % 2 == 0
        return Double(index) / 10 + (up ? 2 : -2)
      }
    }
    let (wave, jitter) = (rising(every: 6), rising(every: 1))
    #expect(Trend(points(wave)).interval(confidence: 0.95).lowerBound < 0)
    let calm = Trend(points(jitter)).interval(confidence: 0.95)
    let dependent = Trend(points(wave)).interval(confidence: 0.95)
    #expect(calm.upperBound - calm.lowerBound < dependent.upperBound - dependent.lowerBound)
  }

  @Test func `one step is told from steady growth`() throws {
    let steps = points([1, 2, 1, 2, 1, 2, 21, 22, 21, 22, 21, 22])
    let step = try #require(GrowthStep(steps, slope: Trend(steps).slope))
    #expect(Trend(step.separated(steps)).slope == 0)
    let growth = points((0..<12).map { Double($0) * 2 + Double($0 % 2) })
    #expect(GrowthStep(growth, slope: Trend(growth).slope) == nil)
  }

  /// Fisher's own tables, the tea and the twins (17/70 and 0.000 465 180 9), and what scipy 1.17.1 gives.
  @Test(arguments: [
    ((1, 3), (4, 4), 17.0 / 70), ((2, 10), (17, 13), 0.000465180943362905), ((5, 5), (10, 10), 0.6718591006516703),
    ((0, 30), (6000, 6000), 8.980864455709321e-10), ((3, 31), (6000, 5934), 3.1709822507886e-07),
  ])
  func `Fisher's test gives what Fisher and scipy give`(hits: (Int, Int), tries: (Int, Int), wanted: Double) {
    #expect(isClose(FisherExact.upperTail(hits: hits, tries: tries), wanted, share: 1e-7))
  }

  @Test func `Fisher's test of any numbers is a probability`() {
    for hits in [Int.min, -1, 0, 5, .max] {
      for tries in [Int.min, 0, 1, 100, .max] {
        let chance = FisherExact.upperTail(hits: (3, hits), tries: (50, tries))
        #expect(chance >= 0 && chance <= 1)
      }
    }
    #expect(FisherExact.upperTail(hits: (5000, 0), tries: (10_000, 10_000)) == 1)
  }

  /// Holm, 1979: with equal weights the smallest is held against a third, the next against a half.
  @Test func `Holm's procedure stops at the first test that is not rejected`() {
    let levels = Holm.levels([(0.04, 1), (0.01, 1), (0.03, 1)], level: 0.05)
    #expect(isClose(levels[1], 0.05 / 3))
    #expect(isClose(levels[2], 0.025))
    #expect(levels[0] == 0)
    #expect(Holm.levels([], level: 0.05) == [])
  }

  @Test func `Holm's weights share the level out`() {
    let levels = Holm.levels([(0.012, 3), (0.9, 1)], level: 0.02)
    #expect(isClose(levels[0], 0.015))
    #expect(isClose(levels[1], 0.02))
  }

  /// scipy 1.17.1: 2 * norm.sf(norm.isf(level / 2) / sqrt(t)); the second row is table 1 of Lan and DeMets.
  @Test func `the error level is spent as Lan and DeMets say`() {
    #expect(isClose(AlphaSpending.spent(0.009, at: 0.25), 1.749963576024694e-07, share: 1e-6))
    #expect(isClose(AlphaSpending.spent(0.009, at: 0.5), 0.00022075172299105113, share: 1e-6))
    #expect(isClose(AlphaSpending.spent(0.05, at: 0.6), 0.011396418465313158, share: 1e-6))
    let increments = AlphaSpending.increments(0.01, at: JudgeRules.looks)
    #expect(isClose(increments.reduce(0, +), 0.01))
    #expect(increments == increments.sorted())
  }
}
