import Releases

extension CanaryRecord {
  /// What a reader of the verdict should know of the twins and of what could not be tried; it decides nothing.
  var told: [Finding] {
    var findings = sharedFailures.map { failure in
      Finding(
        .notice, code: "both-" + failure.code,
        "as the installed release does: \(failure.sentence)\(Self.times(failure.count))")
    }
    findings += installedFailures.filter { failure in !sharedFailures.contains { $0.code == failure.code } }.map {
      Finding(
        .notice, code: "installed-" + $0.code, "the installed release failed: \($0.sentence)\(Self.times($0.count))")
    }
    if installedStarts > starts {
      findings.append(
        Finding(
          .notice, code: "installed-restarts", "the installed release was started \(installedStarts) times beside it"))
    }
    findings += remarks.map { Finding(.notice, code: $0.code, $0.sentence) }
    return findings
  }

  private static func times(_ count: Int) -> String { count > 1 ? " (\(count) times)" : "" }
}
