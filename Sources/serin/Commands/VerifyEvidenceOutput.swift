import Releases
import Signing
import StrictJSON

/// A verdict whose signature was checked.
struct VerifyEvidenceOutput: CommandOutput {
  static let schema = "serin.verify.1"
  let file: String
  let evidence: Evidence
  /// The number of the key that signed it.
  let signer: String
  let digest: SHA256Digest

  var json: JSON.Object {
    [
      "verified": true, "file": .string(file), "plugin": .string(evidence.plugin.text),
      "version": .string(evidence.version.text), "platform": .string(evidence.platform.text),
      "tree": .string(evidence.tree.hex), "verdict": .string(evidence.verdict.rawValue),
      "observedSeconds": .integer(evidence.observedSeconds), "requiredSeconds": .integer(evidence.requiredSeconds),
      "shortened": .bool(evidence.shortened), "probes": .integer(evidence.probes), "signer": .string(signer),
      "sha256": .string(digest.hex), "reasons": .array(evidence.reasons.map(\.json)),
    ]
  }

  var text: [TextLine] {
    let observed = DurationText(seconds: evidence.observedSeconds)
    let verdict = "\(evidence.verdict.rawValue) after \(observed) and \(evidence.probes) probes"
    return [
      .good("\(file) is the word of key \(signer)"),
      .fields([
        ("release", "\(evidence.plugin) \(evidence.version) (\(evidence.platform))"),
        ("verdict", verdict + (evidence.shortened ? " (shortened: less than the policy asks for)" : "")),
        ("compared with", evidence.baseline?.text ?? "nothing"), ("observed until", evidence.ended.text),
        ("tree", evidence.tree.hex), ("sha256", digest.hex),
      ]),
    ] + evidence.reasons.map { .plain("  \($0.severity.rawValue): \($0.sentence)") } + [
      .hint("`serin canary explain \(file)` says what it rests on")
    ]
  }
}
