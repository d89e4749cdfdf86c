import Releases
import Signing

/// A canary in plain words: the verdict, every figure of both sides, what was not judged and why, and what to do next.
package struct CanaryExplanation: Sendable {
  /// A part with its heading.
  package struct Section: Hashable, Sendable {
    /// What it is about.
    package let title: String
    /// One sentence each; foreign text in them is made harmless where it is shown.
    package let lines: [String]
  }

  /// A metric with both sides.
  package struct Comparison: Hashable, Sendable {
    /// What was measured.
    package let title: String
    /// The metric's name in records.
    package let name: String
    /// The installed release, with a unit.
    package let installed: String
    /// The candidate, with a unit.
    package let candidate: String
    /// The difference in percent, or a dash.
    package let change: String
    /// In how many blocks both were measured.
    package let blocks: Int
  }

  /// A comparison as the judge made it, in words with units.
  package struct Judgement: Hashable, Sendable {
    /// What was compared.
    package let title: String
    /// How much more the candidate took, and where that lies with 95 % confidence.
    package let effect: String
    /// The most that is allowed.
    package let allowed: String
    /// In how many of how many blocks the candidate did worse.
    package let blocks: String
    /// How probable such figures are by chance, and what that had to stay above.
    package let chance: String
    /// What came of it.
    package let outcome: String
  }

  private let account: CanaryAccount

  /// Explains a canary.
  package init(_ account: CanaryAccount) {
    self.account = account
  }

  private var evidence: Evidence { account.evidence }
  private var figures: EvidenceFigures { account.figures }

  /// Every metric that was measured, with both sides.
  package var comparisons: [Comparison] {
    MetricWords.all.compactMap { words in
      guard let summary = words.summary(figures) else { return nil }
      let both = figures.judgedBlocks.count { $0.installed[words.name] != nil && $0.candidate[words.name] != nil }
      return Comparison(
        title: words.title, name: words.name, installed: summary.installed.map(words.text) ?? "–",
        candidate: summary.candidate.map(words.text) ?? "–", change: summary.change ?? "–", blocks: both)
    }
  }

  /// The comparisons of the last planned look.
  package var judgements: [Judgement] {
    figures.judged.compactMap { judged in
      guard let quantity = CanaryQuantity(rawValue: judged.quantity) else { return nil }
      func amount(_ name: String) -> String {
        judged[name].map { JudgeWords.amount(Double($0) / 1e6, quantity) } ?? "∞"
      }
      func chance(_ name: String) -> String { JudgeWords.permille(Double(judged[name] ?? 0) / 1e9) }
      // With too few figures there is no effect, and nothing was allowed or tested.
      let isJudged = judged.outcome != CanaryFigure.Outcome.notJudged.rawValue
      return Judgement(
        title: quantity.name,
        effect: isJudged ? "\(amount("effect")) (\(amount("low")) to \(amount("high")))" : "–",
        allowed: isJudged ? amount("allowed") : "–",
        blocks: "\(judged["worseBlocks"] ?? 0) of \(judged["blocks"] ?? 0)",
        chance: !isJudged || (judged["level"] ?? 0) == 0
          ? "not tested" : "\(chance("probability")), above \(chance("level"))",
        outcome: Self.outcome(judged.outcome))
    }
  }

  private static func outcome(_ name: String) -> String {
    switch CanaryFigure.Outcome(rawValue: name) {
    case .fine: "fine"
    case .worse: "worse"
    case .undecided: "undecided"
    case .notJudged: "too few figures"
    case nil: name
    }
  }

  /// All parts, the verdict first; the comparisons are a table of their own.
  package var sections: [Section] {
    let parts: [(String, [String])] = [
      ("verdict", verdict), ("what spoke against it", sentences(.refusal)),
      ("what waits for a person", sentences(.approval) + account.waits.filter { !approvalSentences.contains($0) }),
      ("what was seen", sentences(.notice)), ("figures", counted), ("events", events), ("tools", tools),
      ("what was not judged, and why", unjudged), ("where", environment), ("what to do next", account.next),
    ]
    return parts.filter { !$0.1.isEmpty }.map { Section(title: $0.0, lines: $0.1) }
  }

  private var verdict: [String] {
    var lines = [account.headline]
    if !account.remark.isEmpty { lines.append(account.remark) }
    if let baseline = evidence.baseline { lines.append("it was compared with \(baseline)") }
    return lines
  }

  private func sentences(_ severity: Finding.Severity) -> [String] {
    evidence.reasons.filter { $0.severity == severity }.map { "\($0.sentence) [\($0.code)]" }
  }

  private var approvalSentences: Set<String> {
    Set(evidence.reasons.filter { $0.severity == .approval }.map(\.sentence))
  }

  private var counted: [String] {
    var lines = [
      "observed \(CanaryJudge.words(.seconds(evidence.observedSeconds))) of "
        + "\(CanaryJudge.words(.seconds(evidence.requiredSeconds))) needed, from \(evidence.started) to "
        + "\(evidence.ended)",
      "answered \(evidence.probes) rounds of probes"
        + (figures.gate("minimumProbes").map { ", and \($0) are needed" } ?? ""),
    ]
    lines += Self.counters.compactMap { name, words in
      let count = figures.count(name)
      return count > 0 || figures.counts.contains { $0.name == name } ? "\(words): \(count)" : nil
    }
    if let peak = figures.counts.first(where: { $0.name == "peakMemoryBytes" })?.value {
      let limit = figures.gate("memoryBytes").map { ", and \(MetricWords.bytes($0)) are allowed" } ?? ""
      lines.append("the most memory it used: \(MetricWords.bytes(peak))\(limit)")
    }
    for latency in figures.latencies where latency.count > 0 {
      lines.append(
        "\(Self.probe(latency.probe)): \(latency.count) times, \(MetricWords.time(latency.meanMicroseconds)) on "
          + "average, \(MetricWords.time(latency.slowestMicroseconds)) at the slowest\(deadline(latency.probe))")
    }
    let blocks = figures.judgedBlocks
    if !blocks.isEmpty {
      func sum(_ arm: (EvidenceFigures.Block) -> EvidenceFigures.Arm, _ path: (EvidenceFigures.Arm) -> Int64) -> Int64 {
        blocks.reduce(0) { $0 &+ path(arm($1)) }
      }
      lines.append(
        "errors: \(sum(\.candidate, \.errors)) in \(sum(\.candidate, \.requests)) requests of the candidate, "
          + "\(sum(\.installed, \.errors)) in \(sum(\.installed, \.requests)) of the installed release")
    }
    return lines
  }

  private static let counters = [
    ("requests", "requests to the candidate"), ("starts", "starts that were answered"),
    ("installedStarts", "starts of the installed release beside it"), ("bursts", "bursts of calls"),
    ("provocations", "provocations with broken, unknown and cancelled requests"),
    ("idleStretches", "idle stretches"), ("clockStretches", "stretches with the clock ahead"),
    ("replays", "replays of the user's own calls"), ("coldStarts", "cold starts beside it"),
    ("cleanStops", "times it left by itself on end of input"), ("uncleanCodes", "exit codes other than 0 then"),
    ("failures", "failed probes and other faults"), ("installedFailures", "faults of the installed release"),
    ("retries", "answers at the second try"),
    ("lateAnswers", "answers after their deadline"), ("noiseLines", "lines on standard output that are no messages"),
  ]

  private func deadline(_ probe: String) -> String {
    let gate =
      switch probe {
      case "start": "startMilliseconds"
      case "stop": "stopMilliseconds"
      default: "callMilliseconds"
      }
    return figures.gate(gate).map { "; the deadline is \(MetricWords.time($0 &* 1000))" } ?? ""
  }

  private static func probe(_ name: String) -> String {
    switch ProbeKind(rawValue: name) {
    case .start: "process start and handshake"
    case .alive: "sign of life"
    case .tools: "whole tool list"
    case .call: "sample call"
    case .replay: "recorded call"
    case .provocation: "provocation"
    case .stop: "leaving on end of input"
    case nil: name
    }
  }

  private var events: [String] {
    figures.events.map { event in
      "\(Self.event(event.kind)): \(event.subject)" + (event.count > 1 ? " (\(event.count) times)" : "")
    }
  }

  /// The kind of an event in words.
  package static func event(_ kind: String) -> String {
    switch CanaryEvent.Kind(rawValue: kind) {
    case .connectionRefused: "a connection that is not allowed was refused"
    case .pathRefused: "a path that is not declared was refused"
    case .decoyTouched: "a decoy that looks like a secret was touched"
    case .callRefused: "a system call that is not allowed was refused"
    case .programStarted: "a program was started"
    case .programRefused: "a program that is not declared was started"
    case .outOfMemory: "the kernel ended a process for want of memory"
    case .leftBehind: "processes were left behind"
    case nil: kind
    }
  }

  private var tools: [String] {
    if evidence.baseline == nil { return [] }
    if evidence.toolChanges.isEmpty { return account.state == .running ? [] : ["its tools are the same"] }
    return evidence.toolChanges.flatMap { change in
      ["\(change.kind): \(change.sentence)"]
        + [("was", change.before), ("is", change.after)].compactMap { word, text in
          text.map { "    \(word): \($0.prefix(300))" }
        }
    }
  }

  private var unjudged: [String] {
    guard evidence.figures != nil else { return ["the record carries no figures: an older Serin made it"] }
    var lines: [String] = []
    if evidence.baseline == nil {
      lines.append("it was compared with no other release, for none was installed: its tools and its speed are its own")
    }
    let blocks = figures.judgedBlocks
    if blocks.isEmpty {
      lines.append("no block of both releases side by side was completed: speed, memory and the like were not compared")
    } else {
      let missing = MetricWords.all.filter { words in
        !blocks.contains { $0.installed[words.name] != nil && $0.candidate[words.name] != nil }
      }
      if !missing.isEmpty {
        lines.append("not measured of both on this machine: \(missing.map(\.title).joined(separator: ", "))")
      }
      if !figures.blocks.contains(where: \.isNoiseCheck) {
        lines.append("the machine's own noise was not measured, for that needs an hour of the installed release twice")
      }
    }
    if !figures.latencies.contains(where: { $0.probe == "call" && $0.count > 0 }) {
      lines.append("no tool was called: the publisher declares no sample calls")
    }
    lines += figures.unkeptLimits
    return lines
  }

  private var environment: [String] {
    var lines = figures.environment.keys.sorted().map { "\($0): \(figures.environment[$0, default: ""])" }
    if let version = figures.protocolVersion { lines.append("protocol: MCP \(version)") }
    lines.append("tree: \(evidence.tree.hex)")
    if let digest = account.digest { lines.append("record: sha256 \(digest.hex)") }
    if let signer = account.signer { lines.append("signed by: \(signer)") }
    return lines
  }
}
