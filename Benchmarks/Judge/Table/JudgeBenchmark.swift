import Foundation
import JudgeSimulation

/// Prints how often the judge fails candidates that are good, and how often it catches those that are not:
/// `judge-benchmark [RUNS [KIND...]]`.
@main
struct JudgeBenchmark {
  static func main() async throws {
    let runs = CommandLine.arguments.dropFirst().first.flatMap { UInt64($0) } ?? 10_000
    print("simulated days of 24 hours after one of noise check; shares in percent")
    print(row(["", "days", "failed", "passed", "inconcl.", "wanted", "pooled MW", "MW and 10 %"]))
    let wanted = Set(CommandLine.arguments.dropFirst(2))
    var isRight = true
    for (number, scenario) in Scenario.all.enumerated() where wanted.isEmpty || wanted.contains(scenario.name) {
      // What is there for information only gets a tenth of the days.
      let days = scenario.wanted == nil ? max(runs / 10, 1) : runs
      let rates = try await rates(scenario, number: UInt64(number), runs: days)
      let share = percent(rates.failed, of: rates.runs)
      let limit = scenario.wanted.map { $0.lowerBound == 0 ? "at most \($0.upperBound)" : "at least \($0.lowerBound)" }
      isRight = isRight && (scenario.wanted?.contains(share) ?? true)
      print(
        row(
          [
            scenario.name, String(rates.runs), text(share), text(percent(rates.passed, of: rates.runs)),
            text(percent(rates.inconclusive, of: rates.runs)), limit ?? "",
            text(percent(rates.pooled.any, of: rates.runs)), text(percent(rates.pooled.tenth, of: rates.runs)),
          ]))
      if ProcessInfo.processInfo.environment["CODES"] != nil {
        print(
          "    " + rates.codes.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
      }
    }
    if !isRight { exit(1) }
  }

  /// Shares the runs out to all cores; each run has a seed of its own.
  private static func rates(_ scenario: Scenario, number: UInt64, runs: UInt64) async throws -> Rates {
    let lot: UInt64 = 100
    let first = number * 1_000_000_000
    return try await withThrowingTaskGroup(of: Rates.self) { group in
      for start in stride(from: 0, to: runs, by: UInt64.Stride(lot)) {
        group.addTask { @concurrent in
          var rates = Rates()
          try rates.run(scenario, seeds: (first + start)..<(first + min(start + lot, runs)), comparesPooled: true)
          return rates
        }
      }
      return try await group.reduce(into: Rates()) { $0.add($1) }
    }
  }

  private static func percent(_ count: Int, of all: Int) -> Double { Double(count) * 100 / Double(max(all, 1)) }

  private static func text(_ share: Double) -> String { String(format: "%.2f", share) }

  private static func row(_ columns: [String]) -> String {
    let widths = [32, 7, 8, 8, 10, 14, 11, 12]
    return zip(columns, widths).enumerated().map { index, column in
      let space = String(repeating: " ", count: max(0, column.1 - column.0.count))
      return index == 0 ? column.0 + space : space + column.0
    }.joined()
  }
}
