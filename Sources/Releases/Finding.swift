package import StrictJSON

/// One judgement about a release, in a sentence; judgements are values, so that all of them can be shown.
package struct Finding: Hashable, Sendable, CustomStringConvertible {
  /// How much a finding weighs.
  package enum Severity: String, Hashable, Sendable, Comparable, CaseIterable {
    /// Worth knowing; stops nothing.
    case notice
    /// A person has to approve.
    case approval
    /// Stops the release.
    case refusal

    /// Whether one weighs less than another.
    package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

    private var rank: Int {
      switch self {
      case .notice: 0
      case .approval: 1
      case .refusal: 2
      }
    }
  }

  /// How much it weighs.
  package let severity: Severity
  /// A short name for programs: lower-case words with dashes.
  package let code: String
  /// One sentence for people, without a trailing period.
  package let sentence: String

  /// Makes a finding.
  package init(_ severity: Severity, code: String, _ sentence: String) {
    self.severity = severity
    self.code = code
    self.sentence = sentence
  }

  /// The sentence.
  package var description: String { sentence }

  /// The finding as a JSON object.
  package var json: JSON {
    ["severity": .string(severity.rawValue), "code": .string(code), "sentence": .string(sentence)]
  }

  static let maxSentence = 2000

  /// Reads what ``json`` wrote; throws a `ReleaseError` that names the field and the rule.
  package init(json: JSON) throws(ReleaseError) { try self.init(Fields(json, at: "finding")) }

  init(_ fields: Fields) throws(ReleaseError) {
    severity = try fields.parse("severity") { text throws(ReleaseError) in
      guard let severity = Severity(rawValue: text) else {
        throw ReleaseError("severity", .invalid(offered: text, rule: "be notice, approval or refusal"))
      }
      return severity
    }
    code = try fields.parse("code", limit: 64) { text throws(ReleaseError) in
      let isPlain = text.utf8.allSatisfy {
        Characters.isLower($0) || Characters.isDigit($0) || $0 == UInt8(ascii: "-")
      }
      guard isPlain, !text.isEmpty else {
        throw ReleaseError("code", .invalid(offered: text, rule: "be lower-case words with dashes"))
      }
      return text
    }
    sentence = try fields.string("sentence", limit: Finding.maxSentence)
  }
}
