package import Signing

/// A value that breaks a rule of Serin's formats: which field, what was offered, and the rule.
package struct ReleaseError: SerinError, Equatable {
  /// What is wrong with the field.
  package enum Problem: Hashable, Sendable {
    /// The field is not there.
    case missing
    /// The field holds another kind of JSON value.
    case wrongKind(offered: String, needed: String)
    /// The text breaks a rule, which is written to follow "must".
    case invalid(offered: String, rule: String)
    /// The text or file has too many bytes.
    case tooLong(offered: Int, limit: Int)
    /// The list has too many members.
    case tooMany(offered: Int, limit: Int)
    /// The number lies outside of its range.
    case outOfRange(offered: Int64, minimum: Int64, maximum: Int64)
    /// Nobody knows a field of this name.
    case unknown
    /// The same thing is named twice.
    case duplicate(String)
    /// Two paths are one path on a file system that ignores case or Unicode form.
    case collision(String, String)
    /// Something lies below a path that is no folder, or a folder that is listed although it is not empty.
    case notAFolder(String)
    /// The entries are not sorted by the bytes of their paths.
    case outOfOrder(String, after: String)
    /// A value does not agree with what is computed from the others.
    case mismatch(offered: String, computed: String)
    /// The document has a format that this version cannot read.
    case unsupportedFormat(offered: String, supported: String)
    /// The text is not JSON or YAML; the reader's own sentence.
    case unreadable(String)
  }

  /// The path of the field, as in `bundles[0].length`; the name of the document for the whole of it.
  package let field: String
  /// What is wrong with it.
  package let problem: Problem
  /// Who wrote the value.
  package let blame: Blame

  /// Names a broken rule; the publisher wrote the value unless another one is named.
  package init(_ field: String, _ problem: Problem, blame: Blame = .repository) {
    self.field = field
    self.problem = problem
    self.blame = blame
  }

  /// The same error with another one to blame.
  package func blaming(_ blame: Blame) -> ReleaseError { ReleaseError(field, problem, blame: blame) }

  /// The same error with the field named from further out.
  func within(_ outer: String) -> ReleaseError {
    let separator = field.hasPrefix("[") || field.isEmpty || outer.isEmpty ? "" : "."
    return ReleaseError(outer + separator + field, problem, blame: blame)
  }

  /// What to do next.
  package var help: String? {
    switch (problem, blame) {
    case (.unsupportedFormat, _): "update serin"
    case (.unknown, .user): "check the spelling; see the documentation for the fields there are"
    case (_, .user): "correct the value and try again"
    default: "tell the publisher; nothing was changed here"
    }
  }

  /// One sentence with the field, the offered value and the rule.
  package var description: String {
    switch problem {
    case .missing: "\(field) is missing"
    case .wrongKind(let offered, let needed): "\(field) is \(offered), and it must be \(needed)"
    case .invalid(let offered, let rule): "\(field) is \(Quoted(offered)), and it must \(rule)"
    case .tooLong(let offered, let limit): "\(field) has \(offered) bytes, and at most \(limit) are allowed"
    case .tooMany(let offered, let limit): "\(field) has \(offered) members, and at most \(limit) are allowed"
    case .outOfRange(let offered, let minimum, let maximum):
      "\(field) is \(offered), and it must lie between \(minimum) and \(maximum)"
    case .unknown: "\(field) is not a field that is known here"
    case .duplicate(let value): "\(field) names \(Quoted(value)) twice"
    case .collision(let first, let second):
      "\(field) holds \(Quoted(first)) and \(Quoted(second)), which differ only in case or Unicode form"
    case .notAFolder(let path): "\(field) lists \(Quoted(path)) by itself and also something below it"
    case .outOfOrder(let path, let previous): "\(field) lists \(Quoted(path)) after \(Quoted(previous))"
    case .mismatch(let offered, let computed): "\(field) says \(Quoted(offered)), and computed is \(Quoted(computed))"
    case .unsupportedFormat(let offered, let supported):
      "\(field) is \(Quoted(offered)), and this version reads \(supported)"
    case .unreadable(let reason): "\(field) cannot be read: \(reason)"
    }
  }
}
