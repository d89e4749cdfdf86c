import Canary
import RealModule

/// The rule of Kayenta's judge on pooled minutes, for comparison.
///
/// As its MannWhitneyClassifier does it: the interval of the shift by Mann, Whitney, Hodges and Lehmann (98 %) must lie
/// wholly above a quarter of the estimated shift. The ratio of the means that it then demands is 1 unless it is set.
package enum PooledJudge {
  /// The largest ratio of means among the metrics that are classified as high; nil when none is.
  package static func highest(_ soak: SimulatedSoak) -> Double? {
    let series = soak.pooled.values.map { ($0.installed, $0.candidate) } + [soak.failing]
    return series.compactMap { high(control: $0.0, experiment: $0.1) }.max()
  }

  /// The ratio of means, when the experiment is classified as high.
  static func high(control: [Double], experiment: [Double]) -> Double? {
    let (control, experiment) = (control.sorted(), experiment.sorted())
    guard control != experiment, control.first != experiment.last || control.last != experiment.first else {
      return nil
    }
    // Where the ratio cannot be computed, it is left out of account.
    let ratio = mean(control) > 0 ? mean(experiment) / mean(control) : .infinity
    guard ratio >= 1 else { return nil }
    let (m, n) = (Double(control.count), Double(experiment.count))
    // The 99th percentile of the normal distribution, for an interval of 98 %.
    let reach = 2.326348 * (m * n * (m + n + 1) / 12).squareRoot()
    let lower = difference(Int(m * n / 2 - reach), control, experiment)
    guard lower > 0 else { return nil }
    return lower > 0.25 * difference(Int(m * n / 2), control, experiment).magnitude ? ratio : nil
  }

  /// The difference of that rank among all differences of both sorted series.
  static func difference(_ rank: Int, _ control: [Double], _ experiment: [Double]) -> Double {
    guard let low = control.first, let high = control.last, let least = experiment.first, let most = experiment.last
    else { return 0 }
    var range = (least - high, most - low)
    for _ in 0..<30 {
      let middle = (range.0 + range.1) / 2
      if count(below: middle, control, experiment) <= rank { range.0 = middle } else { range.1 = middle }
    }
    return (range.0 + range.1) / 2
  }

  private static func count(below limit: Double, _ control: [Double], _ experiment: [Double]) -> Int {
    var place = 0
    return control.reduce(into: 0) { sum, value in
      while place < experiment.count, experiment[place] - value <= limit { place += 1 }
      sum += place
    }
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
}
