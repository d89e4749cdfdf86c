package import MCP
package import Releases

/// Turns the facts of a soak into a verdict; nothing else goes in, so that the same facts always judge the same.
package enum CanaryJudge {
  /// Judges a soak.
  ///
  /// One missed gate fails at once. At the planned looks the candidate is compared with the installed release that ran
  /// beside it; what was observed after the last look waits for the next one, so that looking more often changes
  /// nothing. Too little observed time, too few probes and figures that decide nothing are inconclusive, with every
  /// reason. Changed tools never decide the verdict; they need an approval of their own.
  ///
  /// - Parameters:
  ///   - baseline: the installed version that ran beside and that `changes` start from; nil when nothing is installed,
  ///     and then nothing but gates and counts can be judged.
  ///   - changes: the differences from its tools.
  package static func judge(
    _ record: CanaryRecord, observed: Duration, gates: CanaryGates, baseline: ReleaseVersion? = nil,
    changes: [ToolChange] = []
  ) -> CanaryVerdict {
    let compared = comparison(record, observed, gates, baseline)
    let failures = hardFailures(record, gates) + (compared?.failures ?? [])
    let isDemanded = baseline != nil && gates.required.judgedSeconds >= JudgeRules.comparesFrom
    let isTimeUp = observed >= gates.required
    var gaps: [Finding] = []
    var told = notices(record, observed, gates, baseline, changes)
    if failures.isEmpty {
      gaps = self.gaps(record, observed, gates)
      if isTimeUp { gaps += compared?.gaps ?? (isDemanded ? [notCompared(.refusal, baseline)] : []) }
      let again = gaps.isEmpty ? nil : nextLook(observed, gates)
      told += isTimeUp ? outlook(gaps, again) : []
    }
    if isTimeUp || !failures.isEmpty {
      told += compared?.notices ?? []
      if baseline != nil, compared == nil, !isDemanded { told.append(notCompared(.notice, baseline)) }
    }
    let kind: VerdictKind = !failures.isEmpty ? .fail : !gaps.isEmpty ? .inconclusive : .pass
    return CanaryVerdict(
      kind: kind, findings: failures + gaps + approvals(changes) + told, changes: changes,
      figures: compared?.comparison.figures ?? [],
      judgeAgainAt: kind == .inconclusive ? nextLook(observed, gates) : nil)
  }

  /// True when a gate was missed, so that no more time can help.
  ///
  /// - Parameter observed: the observed time, to judge also what the planned looks so far have shown; nil for the gates
  ///   alone.
  package static func hasFailed(_ record: CanaryRecord, gates: CanaryGates, observed: Duration? = nil) -> Bool {
    if !hardFailures(record, gates).isEmpty { return true }
    guard let observed else { return false }
    return comparison(record, observed, gates, nil)?.failures.isEmpty == false
  }

  private static func comparison(
    _ record: CanaryRecord, _ observed: Duration, _ gates: CanaryGates, _ baseline: ReleaseVersion?
  ) -> JudgeFindings? {
    // A candidate that was watched alone has blocks, too.
    guard record.blocks.contains(where: { !$0.isNoiseCheck && $0.installed.requests > 0 }) else { return nil }
    let required = gates.required.judgedSeconds
    return JudgeComparison.decisive(record.blocks, required: required, observed: observed.judgedSeconds).map {
      JudgeFindings(
        comparison: $0.0, installed: baseline?.description ?? "the installed release",
        isDemanded: required >= JudgeRules.comparesFrom)
    }
  }

  /// When to judge again what is inconclusive now; nil when only a person can go on.
  private static func nextLook(_ observed: Duration, _ gates: CanaryGates) -> Duration? {
    guard observed >= gates.required else { return gates.required }
    let (now, required) = (observed.judgedSeconds, min(gates.required.judgedSeconds, longestSoak))
    return JudgeRules.extensions.map { $0 * required }.first { $0 > now }.map { .seconds($0) }
  }

  /// Thousand years in seconds: nobody asks for more, and twice as much is a duration still.
  private static let longestSoak = 3.2e10

  private static func outlook(_ gaps: [Finding], _ again: Duration?) -> [Finding] {
    guard !gaps.isEmpty else { return [] }
    if let again {
      return [Finding(.notice, code: "extended", "it is worth judging again after \(words(again)) of observed time")]
    }
    return [Finding(.notice, code: "asks", "more time has not settled it: a person has to decide")]
  }

  private static func notCompared(_ severity: Finding.Severity, _ baseline: ReleaseVersion?) -> Finding {
    let installed = baseline?.description ?? "the installed release"
    let sentence =
      severity == .refusal
      ? "nothing was measured beside \(installed), so that it cannot be compared with it"
      : "time, growth and errors were not compared with \(installed): "
        + "that takes a soak of \(words(.seconds(JudgeRules.comparesFrom))) or more"
    return Finding(severity, code: "not-compared", sentence)
  }

  /// A kernel that enforces a limit may still charge a little beyond it: a sixty-fourth is forgiven.
  private static let forgivenShare: Int64 = 64

  private static func hardFailures(_ record: CanaryRecord, _ gates: CanaryGates) -> [Finding] {
    var findings = record.failures.map { failure in
      let often = failure.count > 1 ? " (\(failure.count) times)" : ""
      return Finding(.refusal, code: failure.code, failure.sentence + often)
    }
    if let limit = gates.memory, let peak = record.peakMemory, peak > limit + limit / forgivenShare {
      findings.append(
        Finding(
          .refusal, code: "memory-exceeded", "it used \(mebibytes(peak)) of memory, more than \(mebibytes(limit))"))
    }
    return findings + JudgeEvents.failures(record)
  }

  private static func gaps(_ record: CanaryRecord, _ observed: Duration, _ gates: CanaryGates) -> [Finding] {
    var findings: [Finding] = []
    if observed < gates.required {
      findings.append(
        Finding(
          .refusal, code: "too-short", "it was observed for \(words(observed)) of the \(words(gates.required)) needed"))
    }
    if record.probes < gates.minimumProbes {
      findings.append(
        Finding(
          .refusal, code: "too-few-probes", "it answered \(record.probes) of the \(gates.minimumProbes) probes needed"))
    }
    if record.starts == 0 { findings.append(Finding(.refusal, code: "not-started", "it was not started yet")) }
    if record.coldStarts == 0, gates.needsColdStart {
      findings.append(Finding(.refusal, code: "no-cold-start", "no cold start was tried yet"))
    }
    if record.cleanStops == 0, !record.sharedFailures.contains(where: { $0.code.hasPrefix("stop-") }) {
      findings.append(Finding(.refusal, code: "no-stop", "it was not seen leaving on end of input yet"))
    }
    return findings
  }

  private static func approvals(_ changes: [ToolChange]) -> [Finding] {
    changes.filter(\.needsApproval).sorted { $0.kind > $1.kind }.prefix(mostChanges).map { change in
      Finding(.approval, code: change.kind == .breaking ? "tool-breaking" : "tool-change", change.sentence)
    }
  }

  /// Most differences that become findings of their own; the verdict carries all of them in any case.
  private static let mostChanges = 100

  private static func notices(
    _ record: CanaryRecord, _ observed: Duration, _ gates: CanaryGates, _ baseline: ReleaseVersion?,
    _ changes: [ToolChange]
  ) -> [Finding] {
    var findings: [Finding] = []
    func add(_ code: String, _ sentence: String) { findings.append(Finding(.notice, code: code, sentence)) }
    if let era = record.era, let version = record.protocolVersion {
      add("protocol-era", "it speaks MCP \(version) (\(era.rawValue))")
    }
    if record.probes > 0, record.failures.isEmpty {
      // No failure in n tries leaves a failure rate below 3/n possible (95 %, rule of three).
      let permille = (3000 + record.probes - 1) / record.probes
      let bound = permille >= 1000 ? "" : "; a failure rate below \(permille / 10).\(permille % 10) % may still hide"
      add("answered", "it answered all \(record.probes) probes within \(words(observed)) of observed time\(bound)")
    }
    if record.noiseLines > 0 {
      let first = record.noiseExcerpts.first.map { ", the first “\($0)”" } ?? ""
      add("stdout-noise", "it wrote \(record.noiseLines) lines that are no messages to standard output\(first)")
    }
    if record.retries > 0 { add("slow-answers", "\(record.retries) answers came only at the second try") }
    if record.lateAnswers > 0 { add("late-answers", "\(record.lateAnswers) answers came after their deadline") }
    if record.uncleanCodes > 0 {
      add("stop-code", "it left with an exit code other than 0 on end of input (\(record.uncleanCodes) times)")
    }
    for sentence in record.unkeptLimits { add("limit-not-kept", sentence) }
    findings += JudgeEvents.notices(record) + record.told
    guard let baseline else {
      add("no-baseline", "no release is installed that it could be compared with: only gates and counts are judged")
      return findings
    }
    let reported = changes.filter { !$0.needsApproval }
    if changes.isEmpty, record.tools != nil { add("tools-equal", "its tools are those of \(baseline)") }
    for change in reported.prefix(mostChanges) { add("tool-difference", change.sentence) }
    return findings
  }

  private static func mebibytes(_ bytes: Int64) -> String { "\(bytes / 1_048_576) MiB" }

  /// A time in whole units, largest first: "23 h 59 min", "30 s".
  static func words(_ time: Duration) -> String {
    let seconds = time.components.seconds
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")]
    let shown = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return shown.isEmpty ? "0 s" : shown.joined(separator: " ")
  }
}
