import Canary
import CanarySupport
import MCP
import Releases
import Signing
import StrictJSON
import TestSupport
import Testing

/// One row of the zoo's table: a plugin with one fault, or none, and what must become of it.
struct Animal: Sendable, CustomTestStringConvertible {
  /// Its name, which `zoo.py` knows too.
  let name: String
  /// What is wrong with it.
  let fault: String
  /// The verdict that it deserves.
  let expected: VerdictKind
  /// The code of the finding that must be there.
  let code: String?
  /// By when it must be caught, in observed time; nil for whenever the judge looks.
  var caughtBy: Duration?

  init(
    _ name: String, _ fault: String, _ expected: VerdictKind, _ code: String? = nil, by caughtBy: Duration? = nil
  ) {
    (self.name, self.fault, self.expected, self.code, self.caughtBy) = (name, fault, expected, code, caughtBy)
  }

  var testDescription: String { name }

  /// The row with what came of it, as the tests print it.
  func line(_ outcome: CanaryOutcome) -> String {
    func column(_ text: String, _ width: Int) -> String {
      text.count < width ? text + String(repeating: " ", count: width - text.count) : text + " "
    }
    let deciding = outcome.verdict.findings.first { $0.code == code } ?? outcome.verdict.findings.first
    return "zoo  " + column(name, 26) + column(expected.rawValue, 14) + column(outcome.verdict.kind.rawValue, 14)
      + column("\(outcome.progress.observedSeconds) s", 10) + (deciding.map { "\($0.code): \($0.sentence)" } ?? "")
  }
}

/// Draws numbers that only seem to be random: the same for the same place.
struct Jitter: Sendable {
  let seed: UInt64

  /// A number from about the normal distribution: the sum of twelve even ones, less six.
  func normal(_ place: Int) -> Double {
    var random = SplitMix64(seed: seed &+ UInt64(bitPattern: Int64(place)) &* 0x9E37_79B9_7F4A_7C15)
    return (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
  }

  /// A latency around `median` with the scatter of a machine that has other things to do.
  func latency(_ median: Duration, _ place: Int) -> Duration { median * max(0.5, 1 + 0.2 * normal(place)) }
}
