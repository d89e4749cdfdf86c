/// Who has to act when something went wrong; exit codes and the wording of reports derive from it.
public enum Blame: String, Sendable, Hashable, CaseIterable {
  /// What the publisher signed or serves is wrong.
  case repository
  /// The way to the repository failed.
  case network
  /// This machine failed: disk, memory, a missing program.
  case machine
  /// What was typed, or a file that somebody edits by hand, is wrong.
  case user
  /// The plugin itself misbehaves.
  case plugin
}

/// An error of Serin: one sentence, whose fault it is, and what to do next.
///
/// `description` says in one sentence what happened and why, without a trailing period.
public protocol SerinError: Error, Sendable, CustomStringConvertible {
  /// Who has to act.
  var blame: Blame { get }
  /// What to do next, where there is something to advise.
  var help: String? { get }
}

extension SerinError {
  /// Nothing to advise unless an error says otherwise.
  public var help: String? { nil }
}
