import Releases

/// Puts a comparison into findings.
struct JudgeFindings {
  let comparison: JudgeComparison
  /// The installed release, as sentences call it.
  let installed: String
  /// True when a pass needs the comparison.
  let isDemanded: Bool

  /// Reasons to fail.
  var failures: [Finding] {
    comparison.figures.filter { $0.outcome == .worse }.map {
      Finding(.refusal, code: $0.quantity.code, worse($0))
    }
  }

  /// Reasons not to pass yet, when the time is up.
  var gaps: [Finding] { isDemanded ? open.map { Finding(.refusal, code: $0.code, $0.sentence) } : [] }

  /// What is worth knowing: what was open and need not be settled at this length, and what was found fine.
  var notices: [Finding] {
    var findings = isDemanded ? [] : open.map { Finding(.notice, code: $0.code, $0.sentence) }
    let fine = comparison.figures.filter { $0.outcome == .fine }
    if !fine.isEmpty {
      let names = fine.map(\.quantity.name).joined(separator: ", ")
      let blocks = fine.map(\.blocks).max() ?? 0
      findings.append(
        Finding(
          .notice, code: "compared",
          "in \(blocks) \(comparison.stretches) beside \(installed) it was no worse in: \(names)"))
    }
    let measured = Set(comparison.figures.map(\.quantity))
    let missing = CanaryQuantity.allCases.filter { !measured.contains($0) && !Self.needed.contains($0) }
    if !missing.isEmpty {
      let names = missing.map(\.name).joined(separator: ", ")
      findings.append(Finding(.notice, code: "not-measured", "nothing was measured of: \(names)"))
    }
    return findings
  }

  /// What every soak measures; without it the figures are incomplete, whoever lost them.
  private static let needed: [CanaryQuantity] = [.errors, .toolsLatency, .memoryGrowth]

  private var open: [(code: String, sentence: String)] {
    let measured = Set(comparison.figures.map(\.quantity))
    let missing = Self.needed.filter { !measured.contains($0) }.map { quantity in
      ("data-missing", "nothing was measured of \(quantity.name), so that it cannot be compared with \(installed)")
    }
    let few = comparison.figures.filter { $0.outcome == .notJudged }
    var open = missing
    if let fewest = few.min(by: { $0.blocks < $1.blocks }) {
      let names = few.map(\.quantity.name).joined(separator: ", ")
      open.append(
        (
          "too-few-blocks",
          "only \(fewest.blocks) of the \(JudgeRules.fewestBlocks(fewest.quantity)) \(comparison.stretches) needed "
            + "beside \(installed) have figures of: \(names)"
        ))
    }
    return open + comparison.figures.filter { $0.outcome == .undecided }.map(undecided)
  }

  private func undecided(_ figure: CanaryFigure) -> (code: String, sentence: String) {
    let name = figure.quantity.name
    if let noise = comparison.noise[figure.quantity] {
      return (
        "machine-noisy",
        "two sandboxes with \(installed) alone already differed by \(JudgeWords.percent(noise)) in \(name); "
          + "this machine is too noisy to judge it"
      )
    }
    let code = figure.quantity.code + "-undecided"
    guard figure.effect > figure.allowed, figure.probability <= JudgeRules.suspicion else {
      let most = JudgeWords.amount(figure.interval.upperBound, figure.quantity)
      return (code, "\(name) scatter so much that up to \(most) more than with \(installed) cannot be ruled out")
    }
    return (code, worse(figure) + ", but that may still be chance")
  }

  private func worse(_ figure: CanaryFigure) -> String {
    let quantity = figure.quantity
    let share = "\(figure.worseBlocks) of \(figure.blocks) \(comparison.stretches)"
    let more = JudgeWords.amount(figure.effect, quantity, beside: figure.allowed)
    let allowed = JudgeWords.amount(figure.allowed, quantity)
    switch quantity {
    case .errors:
      let sides = (JudgeWords.permille(figure.candidate), JudgeWords.permille(figure.installed))
      return "\(sides.0) of its requests failed, \(sides.1) with \(installed) (more in \(share)); "
        + "\(allowed) more are allowed"
    case .memoryGrowth, .descriptorGrowth, .threadGrowth:
      return "its \(quantity.noun) grow by \(more) an hour more than those of \(installed) over \(figure.blocks) "
        + "\(comparison.stretches), more than the \(allowed) allowed"
    case .processorTime:
      return "it takes \(more) more processor time than \(installed) (more in \(share)), "
        + "more than the \(allowed) allowed"
    case .callLatency, .toolsLatency, .aliveLatency, .startLatency:
      return "\(quantity.noun) take \(more) longer than with \(installed) (longer in \(share)), "
        + "more than the \(allowed) allowed"
    }
  }
}

extension CanaryQuantity {
  /// The subject of a sentence about it.
  var noun: String {
    switch self {
    case .errors: "errors"
    case .callLatency: "calls"
    case .toolsLatency: "tool lists"
    case .aliveLatency: "signs of life"
    case .startLatency: "starts"
    case .processorTime: "processor time"
    case .memoryGrowth: "bytes in memory"
    case .descriptorGrowth: "open descriptors"
    case .threadGrowth: "processes and threads"
    }
  }

  /// Its name in a list.
  var name: String {
    switch self {
    case .errors, .processorTime: noun
    case .callLatency, .toolsLatency, .aliveLatency, .startLatency: "times of \(noun)"
    case .memoryGrowth, .descriptorGrowth, .threadGrowth: "growth of \(noun)"
    }
  }
}
