package import StrictJSON

/// One thing that an examination of a workspace or a host found.
package struct HealthFinding: Hashable, Sendable {
  /// How bad it is.
  package enum Level: String, Hashable, Sendable, CaseIterable {
    /// All is well.
    case fine
    /// Somebody should do something before long.
    case warning
    /// Something is wrong.
    case problem
  }

  /// How bad it is.
  package let level: Level
  /// A short name for programs: lower-case words with dashes.
  package let code: String
  /// One sentence for people, without a full stop.
  package let sentence: String
  /// The command line that mends it, where there is one.
  package let command: String?

  /// Makes a finding.
  package init(_ level: Level, code: String, _ sentence: String, command: String? = nil) {
    self.level = level
    self.code = code
    self.sentence = sentence
    self.command = command
  }

  /// The finding as a JSON object.
  package var json: JSON {
    [
      "level": .string(level.rawValue), "code": .string(code), "sentence": .string(sentence),
      "command": command.map { .string($0) } ?? .null,
    ]
  }
}
