import Canary
import MCP
package import Releases
import Storage
package import StrictJSON

/// One difference of a candidate's tools from the installed release's.
package struct ToolChangeSummary: Hashable, Sendable {
  /// Breaking, approval or reported.
  package let kind: String
  /// What changed, in a sentence.
  package let sentence: String
  /// Whether somebody must agree before the switch.
  package let needsApproval: Bool
  /// How many fields the sentence sums up.
  package let fields: Int
  /// The old text, cut and with hidden characters written out, where the change is one of text.
  package let before: String?
  /// The new text.
  package let after: String?

  init(_ change: ToolChange, withTexts: Bool) {
    kind = change.kind.rawValue
    sentence = change.sentence
    needsApproval = change.needsApproval
    fields = change.fields
    let texts = Evidence.ToolChange(change)
    (before, after) = withTexts ? (texts.before, texts.after) : (nil, nil)
  }

  init?(json: JSON) {
    guard let kind = json["kind"]?.stringValue, let sentence = json["sentence"]?.stringValue,
      let needs = json["needsApproval"]?.boolValue, let fields = json["fields"]?.intValue
    else { return nil }
    self.kind = kind
    self.sentence = sentence
    needsApproval = needs
    self.fields = Int(clamping: fields)
    (before, after) = (json["before"]?.stringValue, json["after"]?.stringValue)
  }

  /// The difference as JSON.
  package var json: JSON {
    var object: JSON.Object = [
      "kind": .string(kind), "sentence": .string(sentence), "needsApproval": .bool(needsApproval),
      "fields": .integer(Int64(fields)),
    ]
    if let before { object["before"] = .string(before) }
    if let after { object["after"] = .string(after) }
    return .object(object)
  }

  /// The sentence, and both texts where there are any.
  package var lines: [String] {
    [sentence]
      + [("was", before), ("is", after)].compactMap { word, text in text.map { "    \(word): \($0.prefix(500))" } }
  }
}

/// What the canary found out about a prepared release.
package struct SoakResult: Sendable {
  /// Pass, fail or inconclusive.
  package let verdict: VerdictKind
  /// Every reason, refusals first.
  package let findings: [Finding]
  /// How the tools differ from the installed release's.
  package let toolChanges: [ToolChangeSummary]
  /// Observed time in seconds.
  package let observedSeconds: Int64
  /// How many rounds of probes were answered.
  package let probes: Int
  /// Whether less was asked than the policy says.
  package let isShortened: Bool

  /// Most changes whose texts are kept.
  private static let mostTexts = 50

  init(_ outcome: CanaryOutcome, isShortened: Bool) {
    verdict = outcome.verdict.kind
    findings = outcome.verdict.findings
    // Texts of a few changes: the ledger keeps this with every run.
    toolChanges = outcome.verdict.changes.sorted { $0.kind > $1.kind }.enumerated().map { index, change in
      ToolChangeSummary(change, withTexts: index < Self.mostTexts)
    }
    observedSeconds = outcome.progress.observedSeconds
    probes = outcome.progress.record.probes
    self.isShortened = isShortened
  }

  /// Reads what ``json`` wrote; nil for anything else.
  package init?(json: JSON) {
    guard let verdict = json["verdict"]?.stringValue.flatMap(VerdictKind.init(rawValue:)),
      let findings = json["findings"]?.arrayValue, let changes = json["toolChanges"]?.arrayValue,
      let observed = json["observedSeconds"]?.intValue, let probes = json["probes"]?.intValue,
      let isShortened = json["shortened"]?.boolValue
    else { return nil }
    self.verdict = verdict
    self.findings = findings.compactMap { try? Finding(json: $0) }
    toolChanges = changes.compactMap(ToolChangeSummary.init)
    observedSeconds = Int64(observed)
    self.probes = Int(clamping: probes)
    self.isShortened = isShortened
  }

  /// The result as JSON.
  package var json: JSON {
    [
      "verdict": .string(verdict.rawValue), "findings": .array(findings.map(\.json)),
      "toolChanges": .array(toolChanges.map(\.json)), "observedSeconds": .integer(observedSeconds),
      "probes": .integer(Int64(probes)), "shortened": .bool(isShortened),
    ]
  }

  /// The reasons as sentences, the ones that decided first.
  package var reasons: [String] { findings.filter { $0.severity == .refusal }.map(\.sentence) }
}

extension Storage.CanaryRun.State {
  init(_ verdict: VerdictKind) {
    switch verdict {
    case .pass: self = .passed
    case .fail: self = .failed
    case .inconclusive: self = .inconclusive
    }
  }
}
