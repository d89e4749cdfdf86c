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

  /// Creates a verdict.
  package init(kind: VerdictKind, findings: [Finding], changes: [ToolChange]) {
    self.kind = kind
    self.findings = findings
    self.changes = changes
  }

  /// The differences that a person must agree to before the release is switched to, whatever the verdict.
  package var approvalsNeeded: [ToolChange] { changes.filter(\.needsApproval) }
}
