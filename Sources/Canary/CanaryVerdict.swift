package import MCP
package import Releases

/// The judgement about a soak, with every reason for it.
package struct CanaryVerdict: Equatable, Sendable {
  /// Pass, fail or inconclusive.
  package let kind: VerdictKind
  /// All reasons: refusals first, then what a person has to approve, then notices.
  package let findings: [Finding]
  /// Every difference of the tools from the installed release's.
  package let changes: [ToolChange]
  /// The comparisons with the installed release, as of the last planned look.
  package let figures: [CanaryFigure]
  /// The observed time at which it is worth judging again; nil when nothing but a person can change the verdict.
  package let judgeAgainAt: Duration?

  /// Creates a verdict.
  package init(
    kind: VerdictKind, findings: [Finding], changes: [ToolChange], figures: [CanaryFigure] = [],
    judgeAgainAt: Duration? = nil
  ) {
    self.kind = kind
    self.findings = findings
    self.changes = changes
    self.figures = figures
    self.judgeAgainAt = judgeAgainAt
  }

  /// The differences that a person must agree to before the release is switched to, whatever the verdict.
  package var approvalsNeeded: [ToolChange] { changes.filter(\.needsApproval) }
}
